// What can be told about a graph: whether it can go on, its story, and whether its books agree.
#include <algorithm>

#include "graph.hpp"

namespace hpcflow {

std::uint32_t Graph::longest_backlog() const {
  std::uint32_t longest = 0;
  for (const Slot& seat : slots_) longest = std::max(longest, seat.outstanding);
  return longest;
}

bool Graph::is_idle() const {
  return std::ranges::all_of(slots_, [](const Slot& seat) { return seat.outstanding == 0; });
}

bool Graph::is_stalled() const {
  if (open_runs_ == 0 || ready_runs_ > 0 || !delayed_.empty()) return false;
  return std::ranges::all_of(slots_, [](const Slot& seat) { return seat.outstanding == 0; });
}

std::string Graph::story() const {
  std::string text = std::to_string(open_runs_) + " open runs in " +
                     std::to_string(open_spans_.size()) + " spans, " + std::to_string(ready_runs_) +
                     " ready, " + std::to_string(delayed_.size()) + " delayed;";
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    constexpr const char* names[] = {"closed", "starting", "open", "retiring"};
    text += " slot " + std::to_string(slot) + " " +
            names[static_cast<std::size_t>(slots_[slot].state)] + " with " +
            std::to_string(slots_[slot].outstanding) + ";";
  }
  return text;
}

std::string Graph::check() const {
  for (const std::string& complaint : {check_spans(), check_queues(), check_slots()}) {
    if (!complaint.empty()) return complaint;
  }
  return {};
}

std::string Graph::check_spans() const {
  std::uint64_t open = 0;
  for (std::size_t index = 0; index < open_spans_.size(); ++index) {
    const SpanPtr& span = open_spans_[index];
    if (span->open_index != index) return "a span does not know its place";
    std::uint32_t open_here = 0;
    for (std::uint32_t item = 0; item < span->count(); ++item) {
      const Run& run = span->runs[item];
      const std::uint32_t unmet = run.unmet + span->unmet_common;
      open_here += run.step != Step::ended;
      if ((run.step == Step::ended) != (run.ending != Ending::none))
        return "step and ending differ";
      if (run.step == Step::ready && unmet != 0) return "ready but unmet";
      if (run.step == Step::waiting && unmet == 0) return "waiting for nothing";
      if (run.step == Step::ended && run.downstreams != nullptr) return "ended but others wait";
      if (run.cancel_wanted && run.step != Step::assigned) return "a cancel is wanted for nothing";
    }
    if (open_here == 0) return "a span with nothing open is kept";
    if (open_here != span->open_runs) return "a span miscounts its open runs";
    open += open_here;
  }
  if (open != open_runs_) return "open runs miscounted";
  return failed_.empty() ? "" : "runs that an upstream failed have not ended";
}

std::string Graph::check_queues() const {
  std::uint64_t ready = 0;
  std::uint64_t delayed = 0;
  for (const SpanPtr& span : open_spans_) {
    for (std::uint32_t item = 0; item < span->count(); ++item) {
      ready += span->runs[item].step == Step::ready;
      delayed += span->runs[item].step == Step::delayed;
    }
  }
  if (ready != ready_runs_) return "ready runs miscounted";
  std::uint64_t queued = 0;
  for (const Ready& range : ready_) {
    for (std::uint32_t item = range.first; item < range.first + range.count; ++item) {
      queued += range.span->runs[item].step == Step::ready;
    }
  }
  if (queued != ready_runs_) return "the ready queue and the ready runs differ";
  // Those that were cancelled while they waited stand there until their time.
  if (delayed > delayed_.size()) return "a delayed run has no timer";
  return {};
}

std::string Graph::check_slots() const {
  std::uint64_t assigned = 0;
  for (const SpanPtr& span : open_spans_) {
    for (std::uint32_t item = 0; item < span->count(); ++item) {
      assigned += span->runs[item].step == Step::assigned;
    }
  }
  std::uint64_t outstanding = 0;
  std::uint32_t open_slots = 0;
  std::uint32_t starting_slots = 0;
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    const Slot& seat = slots_[slot];
    std::uint32_t here = 0;
    std::uint32_t expected = seat.end;
    std::size_t early = 0;
    for (auto entry = seat.backlog.rbegin(); entry != seat.backlog.rend(); ++entry) {
      const Range& range = entry->range;
      if (entry->start + range.count != expected) return "a backlog has a gap";
      if (entry->done >= range.count) return "a finished cell stands in a backlog";
      expected = entry->start;
      here += range.count - entry->done;
      for (std::uint32_t done = entry->done; done < range.count; ++done) {
        if (seat.early.contains(entry->start + done)) {
          if (entry + 1 == seat.backlog.rend() && done == entry->done) return "an early head";
          ++early;
          continue;
        }
        const Run& run = range.span->runs[range.first + done];
        if (run.step != Step::assigned || run.slot != slot) return "a backlog holds a stranger";
      }
    }
    if (here != seat.outstanding) return "a slot miscounts its backlog";
    if (seat.state != SlotState::open && here != 0) return "runs assigned to no worker";
    if (policy_.runs_most != 0 && seat.end - policy_.first_sequence > policy_.runs_most) {
      return "a worker was given more than it may have";
    }
    if (early != seat.early.size()) return "reported early, and not in the backlog";
    open_slots += seat.state == SlotState::open;
    starting_slots += seat.state == SlotState::starting;
    outstanding += here - early;
  }
  if (open_slots != open_slots_) return "open slots miscounted";
  if (starting_slots != starting_slots_) return "starting slots miscounted";
  return outstanding == assigned ? "" : "backlogs and assigned runs differ";
}

}  // namespace hpcflow
