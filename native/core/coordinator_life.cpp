// The coordinator's thread: its one wait, the processes that come and go, and its end.
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

#include "coordinator.hpp"

namespace hpcflow {
namespace {

// So long after its last run a pool sleeps without a heartbeat.
constexpr std::int64_t calm_ns = 5'000'000'000;
// Templates in a row that died before any worker stood: they cannot run here.
constexpr std::uint32_t lost_templates_most = 5;
constexpr int events_most = 64;

// epoll_wait with a nanosecond timeout; kernels before 5.11 round up to milliseconds.
int epoll_wait_ns(int epoll, epoll_event* events, std::int64_t timeout_ns) noexcept {
#ifdef SYS_epoll_pwait2
  struct {
    std::int64_t seconds;
    std::int64_t nanoseconds;
  } timeout{timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
  const long count = ::syscall(SYS_epoll_pwait2, epoll, events, events_most,
                               timeout_ns < 0 ? nullptr : &timeout, nullptr, 0);
  if (count >= 0 || errno != ENOSYS) return static_cast<int>(count);
#endif
  const int timeout_ms = timeout_ns < 0 ? -1 : static_cast<int>((timeout_ns + 999'999) / 1'000'000);
  return ::epoll_wait(epoll, events, events_most, timeout_ms);
}

[[nodiscard]] std::int64_t earlier(std::int64_t one, std::int64_t other) noexcept {
  if (one < 0) return other;
  return other < 0 ? one : std::min(one, other);
}

[[nodiscard]] int checked(int descriptor, const char* what) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
  return descriptor;
}

}  // namespace

Coordinator::Coordinator(std::shared_ptr<Store> store, CoordinatorPolicy policy,
                         std::shared_ptr<WatchQueue> pool_events)
    : store_(std::move(store)),
      policy_(policy),
      pool_events_(std::move(pool_events)),
      switchboard_(store_->switchboard()),
      doorbell_(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "cannot make an eventfd")),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "cannot make an epoll instance")),
      graph_(policy.graph),
      crew_(*store_, policy.graph.slot_count, epoll_.get()),
      facts_(policy.graph.slot_count),
      crash_bodies_(policy.graph.slot_count),
      held_(policy.graph.slot_count),
      inherited_(policy.graph.slot_count),
      retire_by_ns_(policy.graph.slot_count) {
  for (std::uint32_t slot = 0; slot < policy.graph.slot_count; ++slot) {
    lanes_.emplace_back(store_->arena(), store_->lane_offset(slot));
  }
  epoll_event event{.events = EPOLLIN, .data = {.u64 = Crew::tag(Crew::Watch::doorbell)}};
  (void)checked(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, doorbell_.get(), &event),
                "cannot watch the doorbell");
}

Coordinator::~Coordinator() {
  if (thread_.joinable()) thread_.detach();  // only when the thread itself drops the last reference
}

std::shared_ptr<Coordinator> Coordinator::create(std::shared_ptr<Store> store,
                                                 CoordinatorPolicy policy,
                                                 std::shared_ptr<WatchQueue> pool_events) {
  auto self = std::make_shared<Coordinator>(std::move(store), policy, std::move(pool_events));
  self->last_busy_ns_ = monotonic_ns();
  // Signals are for the user's threads.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  self->thread_ = std::thread([self] { self->run_thread(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return self;
}

void Coordinator::run_thread() {
  for (;;) {
    {
      const std::lock_guard lock(owner_);
      try {
        take_turn(Turn::full);
        advance_closing(monotonic_ns());
      } catch (const std::exception& error) {
        fail(error.what());
      }
      if (phase_ == Phase::ended) break;
    }
    park();
  }
  pool_events_->push(token_ended);
  thread_ended_.store(1, sequential);
  futex_wake(thread_ended_, INT32_MAX, FutexScope::process);
}

// Out of memory or of descriptors in the parent: end every run rather than hang.
void Coordinator::fail(const std::string& reason) {
  {
    const std::lock_guard lock(inbox_mutex_);
    closed_.store(1, sequential);
  }
  phase_ = Phase::ended;
  try {
    admit_submitted();
    break_locked("the coordinator failed: " + reason);
    carry_out_commands();  // what was left when it failed, had the pool been broken before
  } catch (const std::exception&) {
    // Not even that is possible. Processes at least must not stay.
  }
  crew_.end();
}

// --- parking -------------------------------------------------------------------------------------

bool Coordinator::has_work() {
  if (inbox_count_.load(sequential) != 0) return true;
  for (std::uint32_t slot = 0; slot < lanes_.size(); ++slot) {
    if (crew_.is_live(slot) && lanes_[slot].peek_report() != nullptr) return true;
  }
  return false;
}

// When the next timer is due; negative: there is none.
std::int64_t Coordinator::next_timer() {
  std::int64_t due = earlier(graph_.next_tick_ns(), crew_due_ns_);
  due = earlier(due, crew_.dismissal_due_ns());
  const std::int64_t now = monotonic_ns();
  // Also for a while after the last run, so that a submit need not ring for it.
  if (graph_.open_runs() != 0 || now - last_busy_ns_ < calm_ns) {
    due = earlier(due, now + heartbeat_ns);
  }
  for (const std::int64_t by : retire_by_ns_) due = by != 0 ? earlier(due, by) : due;
  if (phase_ == Phase::closing && !crew_.is_dismissed()) {
    due = earlier(due, close_ordered_ns_ + leave_grace_ns);
  }
  if (phase_ == Phase::working && policy_.idle_close_ns >= 0) {
    due = earlier(due, last_busy_ns_ + policy_.idle_close_ns);
  }
  return due;
}

// The one wait. Ended by: a submit, a cancel or a close (doorbell), a worker's ring (doorbell), the
// death of any process of the pool (pidfd), the template's word (socket), or the next timer.
void Coordinator::park() {
  std::int64_t due = -1;
  {
    const std::lock_guard lock(owner_);
    // SYNC PARK, SYNC SUBMIT, SYNC NUDGE: sequential; pairs with report() and ring() in lane.cpp,
    // submit() and nudge(): whoever publishes after our look sees that we are parked, and rings.
    switchboard_.coordinator_parked.store(1, sequential);
    if (nudged_.exchange(0, sequential) != 0 || has_work()) {
      switchboard_.coordinator_parked.store(0, sequential);
      return;
    }
    due = parked_until_ns_ = next_timer();
  }
  // Linger: a worker that found us awake may leave completions unannounced for a moment. So every
  // park looks again once that moment is over, and is parked meanwhile: no ring can get lost.
  const std::int64_t linger_until = monotonic_ns() + linger_ns;
  int count = sleep(due >= 0 && due < linger_until ? due : linger_until);
  if (count == 0 && (due < 0 || due > linger_until)) {
    bool found = false;
    {
      const std::lock_guard lock(owner_);
      found = has_work();
    }
    if (!found) count = sleep(due);
  }
  switchboard_.coordinator_parked.store(0, sequential);
}

// Sleep until `until_ns` (negative: no limit); notes what epoll says for the next turn.
int Coordinator::sleep(std::int64_t until_ns) {
  epoll_event ready[events_most];
  const std::int64_t timeout =
      until_ns < 0 ? -1 : std::max<std::int64_t>(until_ns - monotonic_ns(), 0);
  const int count = epoll_wait_ns(epoll_.get(), ready, timeout);
  const int error = count < 0 ? errno : 0;
  const std::lock_guard lock(owner_);
  if (error != 0 && error != EINTR) sleep_error_ = error;
  for (int index = 0; index < count; ++index) {
    if (ready[index].data.u64 == Crew::tag(Crew::Watch::doorbell)) {
      std::uint64_t rings = 0;
      (void)!::read(doorbell_.get(), &rings, sizeof rings);
    } else {
      ready_tags_.push_back(ready[index].data.u64);
    }
  }
  return count;
}

// --- processes -----------------------------------------------------------------------------------

void Coordinator::handle_crew_events(std::int64_t now_ns) {
  for (const std::uint64_t tag : std::exchange(ready_tags_, {})) crew_.handle(tag, now_ns, events_);
  end_late_retirements(now_ns);
  crew_due_ns_ = crew_.tick(now_ns, events_);
  for (const CrewEvent& event : std::exchange(events_, {})) {
    switch (event.kind) {
      case CrewEvent::Kind::opened:
        lost_templates_ = 0;
        facts_[event.slot].pid = crew_.pid(event.slot);
        if (phase_ == Phase::closing) {
          lanes_[event.slot].order_close();
        } else {
          graph_.slot_opened(event.slot, now_ns);
        }
        break;
      case CrewEvent::Kind::lost:
        slot_lost(event, now_ns);
        break;
      case CrewEvent::Kind::start_failed:
        graph_.slot_lost(event.slot, 0, now_ns);
        note_if_broken(form_text + ("no worker can be started: " + event.text));
        break;
      case CrewEvent::Kind::template_lost:
        if (policy_.graph.breaks_on_death) {
          break_locked("the template process of the pool died");
        } else if (++lost_templates_ >= lost_templates_most) {
          break_locked("the template process of the pool dies whenever it is started");
        } else if (phase_ == Phase::working) {
          pool_events_->push(token_template_lost);
        }
        break;
      case CrewEvent::Kind::template_gone:
        break;
    }
  }
}

void Coordinator::end_late_retirements(std::int64_t now_ns) {
  for (std::uint32_t slot = 0; slot < retire_by_ns_.size(); ++slot) {
    if (retire_by_ns_[slot] == 0 || now_ns < retire_by_ns_[slot]) continue;
    crew_.kill_worker(slot);
    retire_by_ns_[slot] = 0;
  }
}

void Coordinator::slot_lost(const CrewEvent& event, std::int64_t now_ns) {
  const std::uint32_t slot = event.slot;
  const bool was_planned = std::exchange(retire_by_ns_[slot], 0) != 0;
  // Read what it reported before it died: those results win over the crash.
  read_outbox(slot);
  std::string& body = crash_bodies_[slot];
  body.clear();
  append_head(body, event.facts);
  body += event.text;
  facts_[slot].pid = 0;
  store_->close_segment(crew_.segment(slot));
  if (phase_ == Phase::closing) return;
  if (!was_planned) ++facts_[slot].deaths;
  graph_.slot_lost(slot, lanes_[slot].claim().next, now_ns);
  note_if_broken(policy_.graph.breaks_on_death
                     ? body
                     : form_text + std::string("workers die as soon as they start"));
  held_[slot].clear();
}

// The ends are among the commands, not yet carried out: they will find the reason, and whoever they
// wake finds the pool broken.
void Coordinator::note_if_broken(const std::string& body) {
  if (!graph_.is_broken() || !broken_body_.empty()) return;
  broken_body_ = body;
  broken_.store(1, release);
}

void Coordinator::break_locked(const std::string& reason) {
  if (graph_.is_broken()) return;
  broken_body_ = form_text + reason;
  broken_.store(1, release);
  graph_.break_pool();
  carry_out_commands();
}

// --- the end -------------------------------------------------------------------------------------

// In this order: 1. accept nothing more; 2. wait for the runs' ends; 3. tell the workers, then the
// template, to close; 4. kill what has not left in time; 5. collect the template; 6. end the
// thread.
void Coordinator::advance_closing(std::int64_t now_ns) {
  if (phase_ == Phase::working) {
    if (stop_wanted_ || graph_.is_broken()) {
      break_locked("the pool was stopped");
      const std::lock_guard lock(inbox_mutex_);
      closed_.store(1, sequential);
    }
    if (policy_.idle_close_ns >= 0 && graph_.open_runs() == 0 &&
        now_ns - last_busy_ns_ >= policy_.idle_close_ns) {
      const std::lock_guard lock(inbox_mutex_);
      if (inbox_.empty()) closed_.store(1, sequential);
    }
    if (!is_closed() || graph_.open_runs() != 0 || inbox_count_.load(sequential) != 0) return;
    phase_ = Phase::closing;
    close_ordered_ns_ = now_ns;
    if (graph_.is_broken()) crew_.kill_workers();
    for (std::uint32_t slot = 0; slot < lanes_.size(); ++slot) {
      if (crew_.is_live(slot)) lanes_[slot].order_close();
    }
    crew_.order_close();
  }
  if (now_ns - close_ordered_ns_ >= leave_grace_ns) crew_.dismiss(now_ns);
  if (!crew_.has_template() && crew_.is_deserted()) phase_ = Phase::ended;
}

}  // namespace hpcflow
