// What user threads may ask of the coordinator. Each call takes the token for a moment, or rings.
#include <unistd.h>

#include <algorithm>

#include "coordinator.hpp"

namespace hpcflow {
namespace {

// As long as it takes to send a run to a sleeping worker, and to be woken when it has ended.
constexpr std::int64_t help_ns = 40'000;

}  // namespace

bool Coordinator::submit(SpanPtr span) {
  {
    const std::lock_guard lock(inbox_mutex_);
    if (closed_.load(relaxed) != 0) return false;
    inbox_.push_back(std::move(span));
    // SYNC SUBMIT: sequential, pairs with SYNC SUBMIT in park(): either the thread sees the span
    // before it sleeps, or we see that it is parked. Within the lock, so that the count never lags
    // behind the inbox when close() looks.
    inbox_count_.fetch_add(1, sequential);
  }
  if (switchboard_.coordinator_parked.load(sequential) == 0) return true;
  if (owner_.try_lock()) {
    const std::lock_guard lock(owner_, std::adopt_lock);
    take_turn(Turn::sending);
    const std::int64_t due = graph_.next_tick_ns();
    // A worker that rang during a help may leave the first of several runs unannounced: the thread
    // must linger. With one run a lane there is nothing behind it that could keep it waiting.
    const bool must_linger =
        monotonic_ns() - helped_ns_ < ring_defer_ns && graph_.longest_backlog() > 1;
    const std::int64_t beat = monotonic_ns() + heartbeat_ns;
    const std::int64_t wanted = due < 0 ? beat : std::min(due, beat);
    const bool wakes_in_time = parked_until_ns_ >= 0 && parked_until_ns_ <= wanted;
    if (!must_linger && wakes_in_time) return true;
  }
  ring();
  return true;
}

void Coordinator::help(RunRef run) {
  const auto has_ended = [&] { return run.span->ending(run.item) != Ending::none; };
  {
    const std::unique_lock lock(owner_, std::try_to_lock);
    if (!lock || run.span->function->mean_ns > help_ns) return;
  }
  // From here until we give the flag back, rings are ours to answer.
  if (switchboard_.coordinator_parked.exchange(0, sequential) == 0) return;
  const std::int64_t until = monotonic_ns() + help_ns;
  try {
    do {
      const std::unique_lock lock(owner_, std::try_to_lock);
      if (lock) take_turn(Turn::reading);
      yield_core();
    } while (!has_ended() && monotonic_ns() < until);
  } catch (const std::exception&) {
    // Out of memory: the thread meets the same in its own turn, and knows what to do then.
    nudged_.store(1, sequential);
  }
  // SYNC PARK: as in park(). If the thread has woken meanwhile, the flag only costs a ring too
  // many.
  switchboard_.coordinator_parked.store(1, sequential);
  bool is_quiet = false;
  {
    const std::lock_guard lock(owner_);
    helped_ns_ = monotonic_ns();
    is_quiet = graph_.is_idle() && !has_work() && nudged_.load(sequential) == 0;
  }
  // Somebody rang while we had the flag, or a worker may now be silent for a moment: the thread
  // looks.
  if (!is_quiet) ring();
}

bool Coordinator::cancel(RunRef run) {
  bool cancelled = false;
  {
    const std::lock_guard lock(owner_);
    admit_submitted();
    if (run.span->runs[run.item].step != Step::ended) {
      graph_.cancel(run);
      carry_out_commands();
      graph_.forget_closed();
      run.span->runs[run.item].cancel_wanted = false;  // too late: it had begun
      cancelled = run.span->runs[run.item].ending == Ending::cancelled;
    }
  }
  nudge();
  return cancelled;
}

void Coordinator::cancel_open() {
  {
    const std::lock_guard lock(owner_);
    admit_submitted();
    graph_.cancel_open();
    carry_out_commands();
    graph_.forget_closed();
  }
  nudge();
}

bool Coordinator::is_running(RunRef run) {
  const std::lock_guard lock(owner_);
  std::uint32_t sequence = 0;
  if (!graph_.sequence_of(run, sequence)) return false;
  const std::uint32_t next = lanes_[run.span->runs[run.item].slot].claim().next;
  return static_cast<std::int32_t>(next - sequence) > 0;
}

void Coordinator::watch(RunRef run, std::shared_ptr<WatchQueue> queue, std::uint64_t token) {
  const std::lock_guard lock(owner_);
  Run& watched = run.span->runs[run.item];
  if (run.span->ending(run.item) != Ending::none) {
    queue->push(token);
    return;
  }
  watched.word.fetch_or(run_watched, relaxed);
  watches_[&watched].push_back({std::move(queue), token});
}

void Coordinator::unwatch(const std::shared_ptr<WatchQueue>& queue) {
  const std::lock_guard lock(owner_);
  for (auto& [run, entries] : watches_) {
    std::erase_if(entries, [&](const WatchEntry& entry) { return entry.queue == queue; });
  }
  std::erase_if(watches_, [](const auto& item) { return item.second.empty(); });
}

bool Coordinator::attach_template(int socket, int pidfd) {
  TemplateLink link(socket, pidfd);
  {
    const std::lock_guard lock(owner_);
    if (phase_ != Phase::working || stop_wanted_) return false;
    crew_.attach(std::move(link));
  }
  nudge();
  return true;
}

void Coordinator::break_pool(const std::string& reason) {
  {
    const std::lock_guard lock(owner_);
    admit_submitted();
    break_locked(reason);
  }
  nudge();
}

void Coordinator::close() {
  {
    const std::lock_guard lock(inbox_mutex_);
    closed_.store(1, sequential);
  }
  nudge();
}

void Coordinator::kill() {
  {
    const std::lock_guard lock(owner_);
    stop_wanted_ = true;
    admit_submitted();
    break_locked("the pool was stopped");
    crew_.dismiss(monotonic_ns());
  }
  close();
}

bool Coordinator::join(std::int64_t timeout_ns) {
  if (thread_ended_.load(acquire) == 0) {
    // Ends by the thread's end, by a signal, or by the timeout.
    (void)futex_wait(thread_ended_, 0, timeout_ns, FutexScope::process);
    if (thread_ended_.load(acquire) == 0) return false;
  }
  const std::lock_guard lock(owner_);
  if (thread_.joinable()) thread_.join();
  return true;
}

std::string Coordinator::broken_body() {
  const std::lock_guard lock(owner_);
  return broken_body_;
}

std::vector<SlotFacts> Coordinator::slot_facts() {
  const std::lock_guard lock(owner_);
  return facts_;
}

std::string Coordinator::story() {
  const std::lock_guard lock(owner_);
  return graph_.story();
}

void Coordinator::nudge() {
  // SYNC NUDGE: sequential, pairs with SYNC NUDGE in park().
  nudged_.store(1, sequential);
  ring();
}

void Coordinator::ring() {
  if (switchboard_.coordinator_parked.exchange(0, sequential) == 0) return;
  const std::uint64_t one = 1;
  (void)!::write(doorbell_.get(), &one, sizeof one);
}

}  // namespace hpcflow
