// The coordinator's turns: what is submitted goes into the graph, what workers report goes into
// runs, and what the graph decides goes into lanes. All of it under the token `owner_`.
#include "coordinator.hpp"

#include <algorithm>
#include <cstring>
#include <system_error>
#include <utility>

#include "sequence.hpp"

namespace hpcflow {

void Coordinator::take_turn(Turn turn) {
  const std::int64_t now = monotonic_ns();
  if (turn == Turn::full && sleep_error_ != 0) {
    throw std::system_error(std::exchange(sleep_error_, 0), std::generic_category(),
                            "its file descriptors were closed by other code in this process");
  }
  admit_submitted();
  if (turn == Turn::full) handle_crew_events(now);
  if (turn != Turn::sending) {
    for (std::uint32_t slot = 0; slot < lanes_.size(); ++slot) {
      if (crew_.is_live(slot)) read_outbox(slot);
    }
  }
  if (turn == Turn::full) graph_.tick(now);
  carry_out_commands();
  // What a recall brings back may be assigned at once. The graph asks each slot at most twice, so
  // this ends; should it not, the rest waits for the next turn.
  const std::size_t rounds_most = 2 * lanes_.size() + 4;
  for (std::size_t round = 0;; ++round) {
    graph_.schedule(now);
    if (graph_.commands.empty()) break;
    carry_out_commands();
    if (round == rounds_most) {
      nudge();
      break;
    }
  }
  if (graph_.is_stalled()) {
    // Nothing runs, nothing is ready and no timer is set: a fault of ours. Say so rather than hang.
    break_locked("nothing can end the open runs: " + graph_.story());
  }
  graph_.forget_closed();
  return_blocks();
  for (LaneEnd& lane : lanes_) lane.publish();
  if (graph_.open_runs() != 0) last_busy_ns_ = now;
}

void Coordinator::admit_submitted() {
  if (inbox_count_.load(acquire) == 0) return;
  std::vector<SpanPtr> spans;
  {
    const std::lock_guard lock(inbox_mutex_);
    spans.swap(inbox_);
    inbox_count_.store(0, relaxed);
  }
  for (SpanPtr& span : spans) graph_.admit(std::move(span));
}

// --- what workers report -------------------------------------------------------------------------

void Coordinator::read_outbox(std::uint32_t slot) {
  LaneEnd& lane = lanes_[slot];
  const Report* report = lane.peek_report();
  if (report == nullptr && !lane.is_damaged()) return;
  for (; report != nullptr; report = lane.peek_report()) {
    handle_report(slot, *report);
    lane.pop_report();
  }
  if (lane.is_damaged()) crew_.kill_worker(slot);  // the user's code has written into its lane
  lane.publish_read();
  finish_cells(slot);
}

void Coordinator::finish_cells(std::uint32_t slot) {
  const std::uint32_t finished = graph_.take_finished_cells(slot);
  lanes_[slot].finish_cells(finished);
  auto& held = held_[slot];
  held.erase(held.begin(), held.begin() + finished);
}

void Coordinator::handle_report(std::uint32_t slot, const Report& report) {
  const RunRef ref = graph_.run_at(slot, report.sequence);
  // Reports come in the order of the claims, but for runs that overlap and code that has scribbled
  // over the lane; and nobody reports what it has not claimed.
  const bool is_claimed = distance(report.sequence, lanes_[slot].claim().next) > 0;
  if (ref.span == nullptr || !is_claimed) {
    if (!graph_.is_broken()) lanes_[slot].mark_damaged();
    return;
  }
  const std::int64_t duration = report.end_ns - report.begin_ns;
  ++facts_[slot].attempts;
  facts_[slot].busy_ns += duration;
  Run& run = ref.span->runs[ref.item];
  run.duration_us = static_cast<float>(duration) / 1000;
  if (report.wants_to_leave != 0) graph_.leave(slot);
  if (report.kind == ReportKind::retry) {
    const std::int64_t delay = std::clamp<std::int64_t>(report.delay_ns, 0, INT64_MAX / 4);
    (void)graph_.attempt_retries(slot, report.sequence, monotonic_ns() + delay);
    return;
  }
  const auto body = LaneEnd::body_of(report);
  const char form = body.empty() ? '\0' : static_cast<char>(body.front());
  if (form == form_out_of_band || form == form_stored) {
    std::optional<Body> adopted = store_->adopt(body, crew_.segment(slot));
    if (!adopted) {
      lanes_[slot].mark_damaged();
      return;
    }
    run.outcome = std::move(*adopted);
  } else {
    run.outcome = Body(std::string(reinterpret_cast<const char*>(body.data()), body.size()));
  }
  const Ending ending = report.kind == ReportKind::value ? Ending::value : Ending::error;
  const SpanPtr keep(ref.span);
  if (graph_.attempt_ended(slot, report.sequence, ending, duration) == ReportVerdict::ended) {
    publish_end(ref, ending);
  }
  // The standard library's rule: arguments that cannot be decoded break the pool.
  if (report.kind == ReportKind::poison && policy_.graph.breaks_on_death) {
    break_locked("the arguments of a call could not be unpickled in a worker");
  }
}

void Coordinator::publish_end(RunRef ref, Ending ending) {
  Span& span = *ref.span;
  Run& run = span.runs[ref.item];
  // SYNC END: publishes the outcome; pairs with SYNC END in Span::ending().
  const std::uint32_t before =
      run.word.fetch_or(static_cast<std::uint32_t>(ending), acquire_release);
  if ((before & run_waited) != 0) futex_wake(run.word, INT32_MAX, FutexScope::process);
  if ((before & run_watched) != 0) {
    if (const auto found = watches_.find(&run); found != watches_.end()) {
      for (const WatchEntry& entry : found->second) entry.queue->push(entry.token);
      watches_.erase(found);
    }
  }
  const bool fails = ending != Ending::value;
  if (fails) span.failed.store(1, sequential);
  // SYNC SPAN: sequential, pairs with SYNC SPAN in wait_for_span().
  const bool last = span.open.fetch_sub(1, sequential) == 1;
  if ((last || fails) && span.waited.load(sequential) != 0) {
    span.signal.fetch_add(1, sequential);
    futex_wake(span.signal, INT32_MAX, FutexScope::process);
  }
}

// --- commands ------------------------------------------------------------------------------------

void Coordinator::carry_out_commands() {
  // Carrying out may add commands behind these. None is carried out twice, even if one throws.
  while (carried_out_ < graph_.commands.size()) {
    const Command command = graph_.commands[carried_out_++];
    switch (command.kind) {
      case Command::Kind::assign:
        assign(command);
        break;
      case Command::Kind::recall: {
        LaneEnd& lane = lanes_[command.slot];
        lane.publish();
        graph_.recalled(command.slot, lane.recall(command.sequence));
        // Cells that the recall removed hold nothing any more; the one it cut stays.
        held_[command.slot].resize(lane.cells_in_use());
        finish_cells(command.slot);
        break;
      }
      case Command::Kind::end:
        end_by_graph(command);
        break;
      case Command::Kind::start:
        start_worker(command.slot);
        break;
      case Command::Kind::retire:
        retire_worker(command.slot);
        break;
    }
  }
  graph_.commands.clear();
  carried_out_ = 0;
}

void Coordinator::start_worker(std::uint32_t slot) {
  // Before the order is sent: the worker may look at its lane at once.
  lanes_[slot].reset();
  held_[slot].clear();
  inherited_[slot].reset();
  const auto segment = open_segment(slot);
  if (segment) {
    crew_.start(slot, *segment);
    return;
  }
  graph_.slot_lost(slot, 0, monotonic_ns());
  if (graph_.open_slots() == 0 && crew_.is_deserted()) graph_.break_pool();
  note_if_broken(form_text + std::string("no worker can be started: there is no room for it beside "
                                         "the results of dead ones that are still held"));
}

std::optional<std::uint32_t> Coordinator::open_segment(std::uint32_t slot) {
  const auto opened = store_->open_segment();
  if (!opened) return std::nullopt;
  if (opened->living.empty()) return opened->number;
  try {
    inherited_[slot] = store_->store(std::as_bytes(std::span(opened->living)));
  } catch (const StoreError&) {
    store_->close_segment(opened->number);
    return std::nullopt;
  }
  const BlockRef& list = inherited_[slot]->block();
  lanes_[slot].set_inherited({list.offset, static_cast<std::uint32_t>(list.size_bytes)});
  return opened->number;
}

void Coordinator::retire_worker(std::uint32_t slot) {
  lanes_[slot].order_close();
  retire_by_ns_[slot] = monotonic_ns() + leave_grace_ns;
}

void Coordinator::assign(const Command& command) {
  LaneEnd& lane = lanes_[command.slot];
  const Span& span = *command.range.span;
  const std::uint32_t first = command.range.first;
  std::vector<LeasePtr> held;
  std::uint16_t flags = 0;
  if (span.function->overlaps) flags |= cell_overlaps;
  const ArenaSpan body = place_body(lane, span, first, held, flags);
  ArenaSpan common{};
  if (span.common != nullptr) {
    flags |= cell_has_common;
    common = place_bytes(lane, span.common->bytes(), held);
  }
  const BlockRef& code = span.function->code();
  lane.write_cell({.start = command.sequence,
                   .count = command.range.count,
                   .body = body,
                   .function = {code.offset, static_cast<std::uint32_t>(code.size_bytes)},
                   .common = common,
                   .first_number = span.first_number + first,
                   .function_id = span.function->id(),
                   .first_item = first % span.chunk_items,
                   .attempt = span.runs[first].attempt,
                   .flags = flags});
  held_[command.slot].push_back(std::move(held));
}

ArenaSpan Coordinator::place_body(LaneEnd& lane, const Span& span, std::uint32_t item,
                                  std::vector<LeasePtr>& held, std::uint16_t& flags) {
  if (span.has_item_tables) flags |= cell_has_items;
  const ArenaSpan arguments = place_bytes(lane, span.chunks[item / span.chunk_items].bytes(), held);
  const auto has_value = [](const Edge& edge) { return (edge.flags & edge_value) != 0; };
  if (std::ranges::none_of(span.edges_of(item), has_value) &&
      std::ranges::none_of(span.common_edges(), has_value)) {
    return arguments;
  }
  flags |= cell_has_upstreams;
  return place_composite(lane, span, item, arguments, held);
}

ArenaSpan Coordinator::place_composite(LaneEnd& lane, const Span& span, std::uint32_t item,
                                       ArenaSpan arguments, std::vector<LeasePtr>& held) {
  CompositeHead head{.form = form_composite,
                     .padding = {},
                     .item_upstreams = 0,
                     .common_upstreams = 0,
                     .reserved = 0};
  std::vector<BodyPlace> places{{arguments.offset, arguments.size_bytes, 0}};
  const auto place_values = [&](std::span<const Edge> edges) {
    std::uint32_t count = 0;
    for (const Edge& edge : edges) {
      if ((edge.flags & edge_value) == 0) continue;
      const Run& upstream = edge.upstream->runs[edge.upstream_item];
      // The upstream's blocks live as long as the edge, and so as this run.
      const ArenaSpan place = place_bytes(lane, upstream.outcome.bytes(), held);
      places.push_back(
          {place.offset, place.size_bytes, static_cast<std::uint32_t>(upstream.ending)});
      ++count;
    }
    return count;
  };
  head.item_upstreams = place_values(span.edges_of(item));
  head.common_upstreams = place_values(span.common_edges());
  std::string bytes;
  append_head(bytes, head);
  bytes.append(reinterpret_cast<const char*>(places.data()), places.size() * sizeof(BodyPlace));
  return place_bytes(lane, std::as_bytes(std::span(bytes)), held);
}

// Small bytes travel in the lane, others in a block of our own that the cell holds. When there is
// no memory for that, the worker finds an empty body and fails the run with a clear error.
ArenaSpan Coordinator::place_bytes(LaneEnd& lane, std::span<const std::byte> bytes,
                                   std::vector<LeasePtr>& held) {
  if (bytes.size() <= inline_max_bytes) {
    if (const auto place = lane.place(bytes)) return *place;
  }
  try {
    held.push_back(store_->store(bytes));
  } catch (const StoreError&) {
    return {};
  }
  const BlockRef& block = held.back()->block();
  return {block.offset, static_cast<std::uint32_t>(block.size_bytes)};
}

void Coordinator::end_by_graph(const Command& command) {
  const RunRef ref{command.range.span, command.range.first};
  ref.span->runs[ref.item].outcome = outcome_by_graph(command);
  publish_end(ref, command.ending);
}

// Where there is no memory to say more, that it ended must do.
Body Coordinator::outcome_by_graph(const Command& command) noexcept try {
  const Run& run = command.range.span->runs[command.range.first];
  std::string bytes;
  switch (command.ending) {
    case Ending::crashed: {
      bytes = crash_bodies_[run.slot];
      auto facts = read_head<CrashFacts>(std::as_bytes(std::span(bytes)));
      facts.attempt = run.attempt;
      if (bytes.size() >= sizeof facts) std::memcpy(bytes.data(), &facts, sizeof facts);
      break;
    }
    case Ending::upstream: {
      const auto span = reinterpret_cast<std::uint64_t>(command.cause.span);
      bytes.push_back(form_upstream);
      bytes.append(reinterpret_cast<const char*>(&span), sizeof span);
      bytes.append(reinterpret_cast<const char*>(&command.cause.item), sizeof command.cause.item);
      break;
    }
    case Ending::broken:
      bytes = broken_body_;
      break;
    default:
      break;
  }
  return Body(std::move(bytes));
} catch (const std::bad_alloc&) {
  return {};
}

// Blocks that nobody in the parent leases any more go back to the workers that allocated them.
void Coordinator::return_blocks() {
  std::vector<BlockRef> blocks = store_->take_returned();
  returning_.insert(returning_.end(), blocks.begin(), blocks.end());
  if (returning_.empty()) return;
  std::erase_if(returning_, [&](const BlockRef& block) {
    for (std::uint32_t slot = 0; slot < lanes_.size(); ++slot) {
      if (crew_.is_live(slot) && crew_.segment(slot) == block.segment) {
        return lanes_[slot].return_block(block);  // a full ring: again next turn
      }
    }
    return true;  // its worker is gone, and the segment is drained as a whole
  });
}

}  // namespace hpcflow
