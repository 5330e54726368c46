// Runs: their admission, their endings and what an ending releases or makes impossible, and what
// workers report about them. graph_schedule.cpp decides which worker runs what.
#include "graph.hpp"

#include <algorithm>
#include <cassert>

namespace hpcflow {
namespace {

// The weight of a new duration in a function's mean.
constexpr double mean_weight = 0.125;

}  // namespace

Graph::Graph(GraphPolicy policy) : policy_(policy), slots_(policy.slot_count) {}

Graph::~Graph() = default;

// --- admission and readiness ---------------------------------------------------------------------

void Graph::admit(SpanPtr span) {
  if (span->count() == 0) return;  // it has ended already
  open_runs_ += span->count();
  span->open_index = open_spans_.size();
  open_spans_.push_back(span);
  if (broken_) {
    for (std::uint32_t item = 0; item < span->count(); ++item) {
      end_run({span.get(), item}, Ending::broken, false);
    }
    return;
  }
  if (span->edges.empty()) {
    make_ready(span, 0, span->count(), false);
    return;
  }
  add_edges(span);
  make_free_ready(span);
  // The runs that some upstream has failed already.
  while (!failed_.empty()) {
    const Failed failed = std::move(failed_.back());
    failed_.pop_back();
    if (failed.span->runs[failed.item].step != Step::ended) {
      end_run({failed.span.get(), failed.item}, Ending::upstream, false, failed.cause);
    }
  }
}

void Graph::add_edges(const SpanPtr& span) {
  for (const Edge& edge : span->edges) {
    const RunRef upstream{edge.upstream.get(), edge.upstream_item};
    Run& run = run_of(upstream);
    if (run.step == Step::ended) {
      if (run.ending == Ending::value || (edge.flags & edge_allows_failure) != 0) continue;
      const std::uint32_t first = edge.item == every_item ? 0 : edge.item;
      const std::uint32_t last = edge.item == every_item ? span->count() : edge.item + 1;
      for (std::uint32_t item = first; item < last; ++item)
        failed_.push_back({span, item, upstream});
      continue;
    }
    if (run.downstreams == nullptr) run.downstreams = std::make_unique<std::vector<Downstream>>();
    run.downstreams->push_back({span, edge.item, edge.flags});
    if (edge.item == every_item) {
      ++span->unmet_common;
    } else {
      ++span->runs[edge.item].unmet;
    }
  }
}

// Runs of `span` that wait for nothing any more become ready, in stretches.
void Graph::make_free_ready(const SpanPtr& span) {
  if (span->unmet_common != 0) return;
  const auto is_free = [&](std::uint32_t item) {
    return span->runs[item].step == Step::waiting && span->runs[item].unmet == 0;
  };
  for (std::uint32_t first = 0; first < span->count();) {
    if (!is_free(first)) {
      ++first;
      continue;
    }
    std::uint32_t last = first + 1;
    while (last < span->count() && is_free(last)) ++last;
    make_ready(span, first, last - first, false);
    first = last;
  }
}

void Graph::make_ready(const SpanPtr& span, std::uint32_t first, std::uint32_t count,
                       bool in_front) {
  for (std::uint32_t item = first; item < first + count; ++item)
    span->runs[item].step = Step::ready;
  ready_runs_ += count;
  if (in_front) {
    ready_.push_front({span, first, count});
  } else {
    ready_.push_back({span, first, count});
  }
}

void Graph::delay(RunRef run, std::int64_t at_ns) {
  run_of(run).step = Step::delayed;
  run_of(run).cancel_wanted = false;  // that came too late: it had begun
  delayed_.push({at_ns, delays_++, SpanPtr(run.span), run.item});
}

void Graph::tick(std::int64_t now_ns) {
  while (!delayed_.empty() && delayed_.top().at_ns <= now_ns) {
    const Delayed due = delayed_.top();
    delayed_.pop();
    // A run that was cancelled while it waited has ended.
    if (due.span->runs[due.item].step == Step::delayed) make_ready(due.span, due.item, 1, false);
  }
}

// --- endings -------------------------------------------------------------------------------------

void Graph::end_run(RunRef run, Ending ending, bool announced, RunRef cause) {
  const SpanPtr keep(run.span);
  if (!announced) {
    commands.push_back({.kind = Command::Kind::end,
                        .ending = ending,
                        .range = {run.span, run.item, 1},
                        .cause = cause});
  }
  end_one(run, ending);
  // A work list and not a recursion: chains may be as long as the user likes.
  while (!failed_.empty()) {
    const Failed failed = std::move(failed_.back());
    failed_.pop_back();
    const RunRef next{failed.span.get(), failed.item};
    if (run_of(next).step == Step::ended) continue;
    commands.push_back({.kind = Command::Kind::end,
                        .ending = Ending::upstream,
                        .range = {next.span, next.item, 1},
                        .cause = failed.cause});
    end_one(next, Ending::upstream);
  }
}

void Graph::end_one(RunRef ref, Ending ending) {
  Run& run = run_of(ref);
  assert(run.step != Step::ended);
  if (run.step == Step::ready) --ready_runs_;
  run.step = Step::ended;
  run.ending = ending;
  run.cancel_wanted = false;
  --open_runs_;
  release_downstreams(ref, ending);
  if (--ref.span->open_runs == 0) close_span(*ref.span);
}

void Graph::release_downstreams(RunRef ref, Ending ending) {
  const auto downstreams = std::move(run_of(ref).downstreams);
  if (downstreams == nullptr) return;
  for (const Downstream& downstream : *downstreams) {
    Span& span = *downstream.span;
    if (ending != Ending::value && (downstream.flags & edge_allows_failure) == 0) {
      fail_waiting(downstream.span, downstream.item, ref);
    } else if (downstream.item == every_item) {
      if (--span.unmet_common == 0) make_free_ready(downstream.span);
    } else if (--span.runs[downstream.item].unmet == 0 && span.unmet_common == 0 &&
               span.runs[downstream.item].step == Step::waiting) {
      make_ready(downstream.span, downstream.item, 1, false);
    }
  }
}

void Graph::fail_waiting(const SpanPtr& span, std::uint32_t item, RunRef cause) {
  const std::uint32_t first = item == every_item ? 0 : item;
  const std::uint32_t last = item == every_item ? span->count() : item + 1;
  for (std::uint32_t each = first; each < last; ++each) {
    if (span->runs[each].step == Step::waiting) failed_.push_back({span, each, cause});
  }
}

void Graph::close_span(Span& span) {
  SpanPtr& place = open_spans_[span.open_index];
  closed_spans_.push_back(std::move(place));
  if (span.open_index + 1 != open_spans_.size()) {
    place = std::move(open_spans_.back());
    place->open_index = span.open_index;
  }
  open_spans_.pop_back();
}

void Graph::forget_closed() {
  for (SpanPtr& span : closed_spans_) {
    span->edges.clear();
    span->chunks.clear();
    span->common.reset();
  }
  closed_spans_.clear();
}

// --- what workers report -------------------------------------------------------------------------

RunRef Graph::run_at(std::uint32_t slot, std::uint32_t sequence) const {
  return unreported(slots_[slot], sequence);
}

RunRef Graph::unreported(const Slot& slot, std::uint32_t sequence) {
  // Nearly always the first one.
  for (const Assigned& assigned : slot.backlog) {
    const std::uint32_t index = sequence - assigned.start;
    if (index >= assigned.range.count) continue;
    if (index < assigned.done || slot.early.contains(sequence)) return {};
    return {assigned.range.span, assigned.range.first + index};
  }
  return {};
}

RunRef Graph::finish(Slot& slot, std::uint32_t sequence) {
  const RunRef run = unreported(slot, sequence);
  if (run.span == nullptr) return {};
  const Assigned& front = slot.backlog.front();
  if (front.start + front.done != sequence) {
    slot.early.emplace(sequence, SpanPtr(run.span));
    return run;
  }
  pass_front(slot);
  while (!slot.early.empty() && !slot.backlog.empty()) {
    const Assigned& next = slot.backlog.front();
    if (slot.early.erase(next.start + next.done) == 0) break;
    pass_front(slot);
  }
  return run;
}

void Graph::pass_front(Slot& slot) {
  Assigned& front = slot.backlog.front();
  --slot.outstanding;
  if (++front.done == front.range.count) {
    slot.backlog.pop_front();
    ++slot.finished_cells;
  }
}

void Graph::count_report(Slot& slot) {
  ++reports_;
  slot.quick_deaths = 0;
}

ReportVerdict Graph::attempt_ended(std::uint32_t slot, std::uint32_t sequence, Ending ending,
                                   std::int64_t duration_ns) {
  const RunRef run = finish(slots_[slot], sequence);
  if (run.span == nullptr) return ReportVerdict::stale;
  count_report(slots_[slot]);
  double& mean = run.span->function->mean_ns;
  const double duration = std::max(static_cast<double>(duration_ns), 1.0);
  mean = mean == 0 ? duration : mean + mean_weight * (duration - mean);
  end_run(run, ending, true);
  return ReportVerdict::ended;
}

ReportVerdict Graph::attempt_retries(std::uint32_t slot, std::uint32_t sequence,
                                     std::int64_t at_ns) {
  const RunRef run = finish(slots_[slot], sequence);
  if (run.span == nullptr) return ReportVerdict::stale;
  count_report(slots_[slot]);
  if (run_of(run).attempt != UINT16_MAX) ++run_of(run).attempt;
  delay(run, at_ns);
  return ReportVerdict::retries;
}

// --- cancel and break ----------------------------------------------------------------------------

void Graph::cancel(RunRef ref) {
  Run& run = run_of(ref);
  switch (run.step) {
    case Step::ended:
      return;
    case Step::waiting:
    case Step::ready:
    case Step::delayed:
      end_run(ref, Ending::cancelled, false);
      return;
    case Step::assigned:
      break;
  }
  std::uint32_t sequence = 0;
  if (!sequence_of(ref, sequence)) return;
  run.cancel_wanted = true;
  commands.push_back({.kind = Command::Kind::recall, .slot = run.slot, .sequence = sequence});
}

void Graph::cancel_open() {
  const std::vector<SpanPtr> spans = open_spans_;  // ends change the list
  for (const SpanPtr& span : spans) {
    for (std::uint32_t item = 0; item < span->count(); ++item) {
      Run& run = span->runs[item];
      if (run.step == Step::assigned) {
        run.cancel_wanted = true;
      } else if (run.step != Step::ended) {
        end_run({span.get(), item}, Ending::cancelled, false);
      }
    }
  }
  for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
    const Slot& seat = slots_[slot];
    if (seat.outstanding == 0) continue;
    commands.push_back(
        {.kind = Command::Kind::recall, .slot = slot, .sequence = seat.end - seat.outstanding});
  }
}

void Graph::break_pool() {
  if (broken_) return;
  broken_ = true;
  for (Slot& seat : slots_) {
    seat.backlog.clear();
    seat.early.clear();
    seat.outstanding = 0;
    seat.wanted = false;
  }
  const std::vector<SpanPtr> spans = open_spans_;
  for (const SpanPtr& span : spans) {
    for (std::uint32_t item = 0; item < span->count(); ++item) {
      if (span->runs[item].step != Step::ended) {
        // Downstreams are broken too, not failed by an upstream.
        span->runs[item].downstreams.reset();
        end_run({span.get(), item}, Ending::broken, false);
      }
    }
  }
  ready_.clear();
  delayed_ = {};
  look_again_ns_ = -1;
}

// --- facts ---------------------------------------------------------------------------------------

std::uint32_t Graph::backlog(std::uint32_t slot) const { return slots_[slot].outstanding; }

bool Graph::sequence_of(RunRef ref, std::uint32_t& sequence) const {
  const Run& run = run_of(ref);
  if (run.step != Step::assigned) return false;
  for (const Assigned& assigned : slots_[run.slot].backlog) {
    const Range& range = assigned.range;
    if (range.span != ref.span || ref.item < range.first || ref.item >= range.first + range.count)
      continue;
    sequence = assigned.start + (ref.item - range.first);
    // Where it is to be tried again, an earlier attempt may still stand in the backlog.
    if (slots_[run.slot].early.contains(sequence)) continue;
    return true;
  }
  return false;
}

std::uint32_t Graph::take_finished_cells(std::uint32_t slot) {
  return std::exchange(slots_[slot].finished_cells, 0);
}

}  // namespace hpcflow
