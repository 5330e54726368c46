// Slots: workers that come and go, which ready run goes to which of them, and when to look again.
#include <algorithm>
#include <cassert>
#include <cmath>

#include "graph.hpp"
#include "layout.hpp"
#include "sequence.hpp"

namespace hpcflow {
namespace {

// A worker is given work for one to two batches. Shorter would ring the coordinator more often
// than once in 50 us of its sleep and wake; longer makes backlogs that idle workers must steal.
constexpr double batch_ns = 1'000'000;
// The most runs a lane holds unreported: 4096 runs of 250 ns are a batch.
constexpr std::uint32_t outstanding_most = 4096;
// Of runs that overlap in one worker; more would gain little and make its event loop slow.
constexpr std::uint32_t overlapping_most = 256;
// Runs of unknown length: one to execute, one to begin with no pause after it.
constexpr std::uint32_t outstanding_least = 2;
// Moving runs between lanes costs two wake-ups, some 20 us: less than that is not worth stealing.
constexpr double steal_worth_ns = 20'000;
// Two wake-ups and some: what is done within this is not worth another worker.
constexpr double pack_ns = 50'000;
// Restarts of a slot whose workers die without reporting anything: at once, then 10 ms doubling.
constexpr std::int64_t restart_first_ns = 10'000'000;
constexpr std::int64_t restart_most_ns = 2'000'000'000;
// So many workers in a row that died young and without a claim: they cannot start at all.
constexpr std::uint32_t deaths_at_start_most = 8;
constexpr std::int64_t young_ns = 1'000'000'000;
// A backlog not worth stealing by its mean is stolen from once its first run has taken this long.
// Shorter would wake the coordinator more often at the end of each map; longer lets the runs behind
// an unusually long one wait beside idle workers.
constexpr std::int64_t stuck_ns = 500'000;

}  // namespace

// --- workers come and go -------------------------------------------------------------------------

void Graph::slot_opened(std::uint32_t slot, std::int64_t now_ns) {
  Slot& seat = slots_[slot];
  assert(seat.state != SlotState::open && seat.backlog.empty());
  if (seat.state == SlotState::starting) --starting_slots_;
  seat.state = SlotState::open;
  seat.opened_ns = now_ns;
  seat.end = policy_.first_sequence;
  seat.all_claimed_to = seat.end;
  seat.head_seen = seat.end - 1;  // no run of this worker
  seat.outstanding = 0;
  seat.early.clear();
  seat.wanted = false;
  seat.is_leaving = false;
  ++open_slots_;
}

void Graph::slot_lost(std::uint32_t slot, std::uint32_t claimed, std::int64_t now_ns) {
  Slot& seat = slots_[slot];
  if (seat.state == SlotState::closed) return;
  if (seat.state == SlotState::starting) --starting_slots_;
  if (seat.state == SlotState::open) --open_slots_;
  const bool was_planned = seat.state == SlotState::retiring || seat.is_leaving;
  seat.state = SlotState::closed;
  seat.is_leaving = false;
  seat.wanted = !broken_;
  // Unclaimed runs move on; then what it was executing: one run, or several that overlapped.
  take_back(seat, claimed);
  const bool has_lost_one = !seat.backlog.empty();
  bool has_ended_one = false;
  while (!seat.backlog.empty()) {
    const Assigned& front = seat.backlog.front();
    const RunRef run = finish(seat, front.start + front.done);
    has_ended_one |= retry_after_crash(run, now_ns);
  }
  seat.finished_cells = 0;  // its lane is made new
  if (was_planned && !has_lost_one) {
    seat.start_after_ns = now_ns;
    return;
  }
  // What ends a run brings the pool nearer to its end, so nothing is slowed by it.
  if (has_ended_one) seat.quick_deaths = 0;
  const bool cannot_start = count_death(seat, claimed, now_ns);
  if (policy_.breaks_on_death || cannot_start) break_pool();
}

// The restart of a slot whose workers keep dying is slowed down, whoever's fault it is. That none
// can be started is concluded from one slot's deaths, and only while no other slot has a worker:
// when a template is killed, as many workers as there are slots die at once, and the next template
// is fine.
bool Graph::count_death(Slot& slot, std::uint32_t claimed, std::int64_t now_ns) {
  if (slot.quick_deaths > 0) {
    const std::uint32_t doublings = std::min(slot.quick_deaths - 1, 10U);
    slot.start_after_ns = now_ns + std::min(restart_first_ns << doublings, restart_most_ns);
  }
  ++slot.quick_deaths;
  const bool at_start = claimed == policy_.first_sequence && now_ns - slot.opened_ns < young_ns;
  if (!at_start || slot.reports_then != reports_) slot.deaths_at_start = 0;
  if (!at_start) return false;
  slot.reports_then = reports_;
  return ++slot.deaths_at_start >= deaths_at_start_most && open_slots_ == 0;
}

bool Graph::retry_after_crash(RunRef ref, std::int64_t now_ns) {
  Run& run = run_of(ref);
  if (policy_.breaks_on_death) return false;  // it ends with the pool
  if (run.attempt >= ref.span->options.max_attempts) {
    end_run(ref, Ending::crashed, false);
    return true;
  }
  ++run.attempt;
  delay(ref, now_ns + ref.span->options.crash_delay_ns);
  return false;
}

// Everything of the slot's backlog from sequence number `end` on becomes ready again, in order.
void Graph::take_back(Slot& slot, std::uint32_t end) {
  // A worker whose own code has scribbled over its claim word is taken to have claimed one run.
  const std::uint32_t reported = slot.end - slot.outstanding;
  if (distance(reported, end) < 0 || distance(end, slot.end) < 0) {
    end = reported + std::min(slot.outstanding, 1U);
  }
  while (!slot.backlog.empty()) {
    Assigned& back = slot.backlog.back();
    const std::int32_t kept = distance(back.start, end);
    if (kept >= static_cast<std::int32_t>(back.range.count)) break;
    const std::uint32_t keep = kept > 0 ? static_cast<std::uint32_t>(kept) : 0;
    const std::uint32_t count = back.range.count - keep;
    const SpanPtr span(back.range.span);
    const std::uint32_t first = back.range.first + keep;
    const std::uint32_t start = back.start;
    slot.outstanding -= count;
    if (keep == 0) {
      slot.backlog.pop_back();
    } else {
      back.range.count = keep;
      if (back.done == keep) {
        slot.backlog.pop_back();
        ++slot.finished_cells;
      }
    }
    // Reported although it was not claimed: by code that has scribbled over its lane.
    bool has_ended = false;
    for (std::uint32_t index = 0; index < count && !slot.early.empty(); ++index)
      has_ended |= slot.early.contains(start + keep + index);
    if (has_ended) {
      for (std::uint32_t index = count; index-- > 0;) {
        if (slot.early.erase(start + keep + index) == 0) make_ready(span, first + index, 1, true);
      }
    } else {
      make_ready(span, first, count, true);
    }
    end_cancelled(span, first, count);
    if (keep != 0) break;
  }
  slot.end = end;
}

void Graph::end_cancelled(const SpanPtr& span, std::uint32_t first, std::uint32_t count) {
  for (std::uint32_t item = first; item < first + count; ++item) {
    if (span->runs[item].cancel_wanted) end_run({span.get(), item}, Ending::cancelled, false);
  }
}

void Graph::leave(std::uint32_t slot) {
  Slot& seat = slots_[slot];
  if (seat.state != SlotState::open || seat.is_leaving) return;
  seat.is_leaving = true;
  if (seat.outstanding == 0) return;
  commands.push_back(
      {.kind = Command::Kind::recall, .slot = slot, .sequence = seat.end - seat.outstanding});
}

// Workers that have done all that they may, or can, make room for the next.
void Graph::retire_workers() {
  for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
    Slot& seat = slots_[slot];
    if (seat.state != SlotState::open || seat.outstanding != 0 || left_of(seat) != 0) continue;
    seat.state = SlotState::retiring;
    --open_slots_;
    commands.push_back({.kind = Command::Kind::retire, .slot = slot});
  }
}

std::uint32_t Graph::left_of(const Slot& slot) const {
  if (slot.is_leaving) return 0;
  if (policy_.runs_most == 0) return outstanding_most;
  // What was recalled is not counted: its sequence numbers are given to others.
  return policy_.runs_most - std::min(slot.end - policy_.first_sequence, policy_.runs_most);
}

void Graph::recalled(std::uint32_t slot, std::uint32_t end) {
  came_back_ = true;
  Slot& seat = slots_[slot];
  if (distance(end, seat.end) > 0) {
    take_back(seat, end);
  } else {
    seat.all_claimed_to = seat.end;
  }
}

// --- scheduling ----------------------------------------------------------------------------------

void Graph::schedule(std::int64_t now_ns) {
  if (broken_) return;
  retire_workers();
  // What a recall brought back is for an idle worker, not for where it came from.
  if (ready_runs_ > 0 && !came_back_) pack_short();
  came_back_ = false;
  // Idle workers first, then the short backlogs; the one that worked last before those that sleep
  // longer.
  const std::uint32_t count = static_cast<std::uint32_t>(slots_.size());
  const std::uint32_t last = last_slot_;
  for (const bool idle : {true, false}) {
    for (std::uint32_t step = 0; step < count && ready_runs_ > 0; ++step) {
      const std::uint32_t slot = (last + step) % count;
      const Slot& seat = slots_[slot];
      if (seat.state != SlotState::open || (seat.outstanding == 0) != idle) continue;
      std::uint32_t want = idle ? std::max(want_of(seat), 1U) : want_of(seat);
      while (assign_to(slot, want) && want > 0) want = want_of(seat);
    }
  }
  start_workers(now_ns);
  look_again_ns_ = -1;
  if (ready_runs_ != 0) return;
  ready_.clear();  // what is left there was cancelled
  even_out(now_ns);
}

// When everything that is ready is done sooner than an idle worker would be awake, it goes behind
// the backlog of one that works: submitting short runs one by one then wakes nobody.
void Graph::pack_short() {
  const double mean = ready_.front().span->function->mean_ns;
  const double ready_ns = mean * static_cast<double>(ready_runs_);
  if (mean == 0 || ready_ns > pack_ns) return;
  for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
    const Slot& seat = slots_[slot];
    if (seat.state != SlotState::open || seat.outstanding == 0) continue;
    const double have_mean = seat.backlog.back().range.span->function->mean_ns;
    if (have_mean == 0 || have_mean * seat.outstanding + ready_ns > pack_ns) continue;
    (void)assign_to(slot, static_cast<std::uint32_t>(ready_runs_));
    return;
  }
}

// How many more runs the slot should have: work for one to two batches, but no more than its share.
std::uint32_t Graph::want_of(const Slot& slot) const {
  const double next_mean = ready_.front().span->function->mean_ns;
  const double have_mean =
      slot.backlog.empty() ? 0 : slot.backlog.back().range.span->function->mean_ns;
  const bool unknown = next_mean == 0 || (slot.outstanding > 0 && have_mean == 0);
  std::uint32_t want = 0;
  if (slot.outstanding < outstanding_least) want = outstanding_least - slot.outstanding;
  if (ready_.front().span->function->overlaps) {
    want = overlapping_most - std::min(slot.outstanding, overlapping_most);
  } else if (!unknown) {
    const double have_ns = have_mean * slot.outstanding;
    if (have_ns < batch_ns) {
      const double runs = std::ceil((2 * batch_ns - have_ns) / next_mean);
      want = std::max(want, static_cast<std::uint32_t>(std::min<double>(runs, outstanding_most)));
    }
    want = std::min(want, outstanding_most - std::min(slot.outstanding, outstanding_most));
  }
  const std::uint64_t share = (ready_runs_ + open_slots_ - 1) / open_slots_;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(want, share));
}

bool Graph::assign_to(std::uint32_t slot, std::uint32_t most) {
  Slot& seat = slots_[slot];
  most = std::min(most, left_of(seat));
  const bool overlaps = !ready_.empty() && ready_.front().span->function->overlaps;
  while (most > 0 && seat.backlog.size() + seat.finished_cells + 1 < lane_cells) {
    const Range range = take_ready(most);
    if (range.count == 0) return false;
    for (std::uint32_t item = range.first; item < range.first + range.count; ++item) {
      range.span->runs[item].step = Step::assigned;
      range.span->runs[item].slot = static_cast<std::uint16_t>(slot);
    }
    commands.push_back(
        {.kind = Command::Kind::assign, .slot = slot, .sequence = seat.end, .range = range});
    seat.backlog.push_back({range, seat.end});
    seat.end += range.count;
    seat.outstanding += range.count;
    most -= range.count;
    last_slot_ = slot;
    // As many of the one kind are not as many of the other.
    if (ready_runs_ > 0 && ready_.front().span->function->overlaps != overlaps) return true;
  }
  return false;
}

// Take up to `most` consecutive ready runs that fit one cell.
Range Graph::take_ready(std::uint32_t most) {
  while (!ready_.empty()) {
    Ready& front = ready_.front();
    Span& span = *front.span;
    while (front.count > 0 && span.runs[front.first].step != Step::ready) {
      ++front.first;  // cancelled since
      --front.count;
    }
    if (front.count == 0) {
      ready_.pop_front();
      continue;
    }
    std::uint32_t limit = std::min(most, front.count);
    limit = std::min(limit, span.chunk_items - front.first % span.chunk_items);
    if (span.has_item_values) limit = 1;
    std::uint32_t count = 1;
    const std::uint16_t attempt = span.runs[front.first].attempt;
    while (count < limit && span.runs[front.first + count].step == Step::ready &&
           span.runs[front.first + count].attempt == attempt) {
      ++count;
    }
    const Range range{&span, front.first, count};
    front.first += count;
    front.count -= count;
    ready_runs_ -= count;
    if (front.count == 0) ready_.pop_front();
    return range;
  }
  return {};
}

void Graph::start_workers(std::int64_t now_ns) {
  std::uint64_t demand = ready_runs_;
  for (const Slot& seat : slots_) {
    if (seat.outstanding > 1) demand += seat.outstanding - 1;  // behind the one that executes
  }
  for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
    Slot& seat = slots_[slot];
    if (seat.state != SlotState::closed || now_ns < seat.start_after_ns) continue;
    if (!seat.wanted && demand <= starting_slots_) continue;
    seat.state = SlotState::starting;
    seat.opened_ns = now_ns;
    ++starting_slots_;
    commands.push_back({.kind = Command::Kind::start, .slot = slot});
  }
}

// An idle worker takes the later half of the longest backlog, if that is worth the wake-ups.
void Graph::even_out(std::int64_t now_ns) {
  std::vector<bool> asked;
  for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
    if (slots_[slot].state != SlotState::open || slots_[slot].outstanding != 0) continue;
    if (asked.empty()) asked.resize(slots_.size());
    std::uint32_t victim = 0;
    std::uint32_t longest = 1;
    for (std::uint32_t other = 0; other < slots_.size(); ++other) {
      const Slot& seat = slots_[other];
      if (asked[other] || seat.outstanding <= longest || seat.all_claimed_to == seat.end) continue;
      victim = other;
      longest = seat.outstanding;
    }
    if (longest < 2) return;
    asked[victim] = true;
    Slot& seat = slots_[victim];
    const std::uint32_t share = seat.outstanding / 2;
    if (!is_worth_stealing(seat, share, now_ns)) continue;
    commands.push_back(
        {.kind = Command::Kind::recall, .slot = victim, .sequence = seat.end - share});
  }
}

// By the mean run time, which may be wrong about the run that is executing: when that one does not
// end, the runs behind it are worth moving however short they are.
bool Graph::is_worth_stealing(Slot& victim, std::uint32_t share, std::int64_t now_ns) {
  const std::uint32_t head = victim.end - victim.outstanding;
  if (victim.head_seen != head) {
    victim.head_seen = head;
    victim.head_since_ns = now_ns;
  }
  const double mean = victim.backlog.back().range.span->function->mean_ns;
  if (mean == 0 || mean * share >= steal_worth_ns) return true;
  if (now_ns - victim.head_since_ns >= stuck_ns) return true;
  const std::int64_t due = victim.head_since_ns + stuck_ns;
  if (look_again_ns_ < 0 || due < look_again_ns_) look_again_ns_ = due;
  return false;
}

// --- time
// -----------------------------------------------------------------------------------------

std::int64_t Graph::next_tick_ns() const {
  if (broken_) return -1;
  std::int64_t next = look_again_ns_;
  const auto include = [&](std::int64_t due) {
    if (next < 0 || due < next) next = due;
  };
  if (!delayed_.empty()) include(delayed_.top().at_ns);
  for (const Slot& seat : slots_) {
    if (seat.state == SlotState::closed && seat.wanted) include(seat.start_after_ns);
  }
  return next;
}

}  // namespace hpcflow
