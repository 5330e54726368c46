// What tests/pure/test_graph.py cannot see: lifetimes, long chains, full lanes. The state machine
// there does the rest.
#include <cstdint>
#include <memory>
#include <vector>

#include "core/graph.hpp"
#include "core/layout.hpp"
#include "test/check.hpp"

using namespace hpcflow;

namespace {

std::shared_ptr<Function> some_function() { return std::make_shared<Function>(1, nullptr); }

SpanPtr span_of(std::uint32_t count, std::vector<Edge> edges = {}, SpanOptions options = {},
                std::shared_ptr<Function> function = some_function()) {
  SpanPtr span(new Span(count, std::move(function), nullptr, options));
  span->edges = std::move(edges);
  return span;
}

Edge needs(const SpanPtr& upstream) {
  return {.item = every_item, .flags = edge_value, .upstream_item = 0, .upstream = upstream};
}

std::vector<Command> taken(Graph& graph) {
  std::vector<Command> commands = std::move(graph.commands);
  graph.commands.clear();
  return commands;
}

void open_all(Graph& graph, std::uint32_t slots) {
  for (std::uint32_t slot = 0; slot < slots; ++slot) graph.slot_opened(slot, 0);
}

void ask_for_workers(Graph& graph) {
  graph.schedule(0);
  (void)taken(graph);
}

}  // namespace

CASE("graph: it keeps a span alive that nobody else holds, until its end has been told") {
  Graph graph({.slot_count = 1});
  std::weak_ptr<Function> trace;
  {
    auto function = some_function();
    trace = function;
    graph.admit(span_of(1, {}, {}, std::move(function)));
  }
  ask_for_workers(graph);
  open_all(graph, 1);
  graph.schedule(0);
  CHECK_EQ(taken(graph).size(), 1U);
  graph.cancel(graph.run_at(0, 0));
  CHECK(taken(graph).front().kind == Command::Kind::recall);
  graph.recalled(0, 0);
  const std::vector<Command> commands = taken(graph);
  CHECK_EQ(commands.size(), 1U);
  CHECK(commands.front().range.span->runs[0].ending == Ending::cancelled);
  graph.forget_closed();
  graph.schedule(0);
  CHECK(trace.expired());
}

CASE("graph: an upstream lives as long as those that need it, and no longer") {
  Graph graph({.slot_count = 1});
  std::weak_ptr<Function> trace;
  SpanPtr last;
  {
    auto function = some_function();
    trace = function;
    const SpanPtr upstream = span_of(1, {}, {}, std::move(function));
    last = span_of(1, {needs(upstream)});
    graph.admit(upstream);
  }
  graph.admit(last);
  ask_for_workers(graph);
  open_all(graph, 1);
  graph.schedule(0);
  graph.attempt_ended(0, 0, Ending::value, 1000);
  graph.schedule(0);
  graph.forget_closed();
  CHECK(!trace.expired());
  graph.attempt_ended(0, 1, Ending::value, 1000);
  graph.forget_closed();
  CHECK(trace.expired());
  CHECK_EQ(graph.open_runs(), 0U);
}

CASE("graph: a chain of a hundred thousand runs fails, and is let go, without recursion") {
  for (const bool breaks : {false, true}) {
    Graph graph({.slot_count = 1});
    SpanPtr before = span_of(1);
    const RunRef first{before.get(), 0};
    graph.admit(before);
    const auto function = some_function();
    for (int link = 0; link < 100'000; ++link) {
      SpanPtr next = span_of(1, {needs(before)}, {}, function);
      graph.admit(next);
      before = std::move(next);
    }
    if (breaks) {
      graph.break_pool();
    } else {
      graph.cancel(first);
    }
    CHECK_EQ(taken(graph).size(), 100'001U);
    CHECK(before->runs[0].ending == (breaks ? Ending::broken : Ending::upstream));
    CHECK_EQ(graph.open_runs(), 0U);
    graph.forget_closed();
  }
}

CASE("graph: sequence numbers wrap around in the middle of a cell") {
  constexpr std::uint32_t first = 0xffff'fffdU;
  Graph graph({.slot_count = 1, .breaks_on_death = false, .first_sequence = first});
  const auto function = some_function();
  function->mean_ns = 1000;
  SpanPtr span = span_of(10, {}, {.max_attempts = 2, .crash_delay_ns = 0}, function);
  span->chunk_items = 10;
  graph.admit(span);
  ask_for_workers(graph);
  open_all(graph, 1);
  graph.schedule(0);
  const std::vector<Command> commands = taken(graph);
  CHECK_EQ(commands.size(), 1U);
  CHECK_EQ(commands.front().sequence, first);
  CHECK_EQ(commands.front().range.count, 10U);
  for (std::uint32_t run = 0; run < 5; ++run) {
    CHECK(graph.attempt_ended(0, first + run, Ending::value, 1000) == ReportVerdict::ended);
  }
  graph.recalled(0, first + 8);
  CHECK_EQ(graph.check(), "");
  CHECK_EQ(graph.backlog(0), 3U);
  CHECK_EQ(graph.ready_runs(), 2U);
  graph.slot_lost(0, first + 6, 0);
  CHECK_EQ(graph.check(), "");
  // The one that it was executing is tried again; the others have lost nothing.
  CHECK_EQ(graph.ready_runs(), 4U);
  CHECK_EQ(span->runs[5].attempt, 2U);
  CHECK_EQ(span->runs[6].attempt, 1U);
  CHECK(span->runs[5].step == Step::delayed);
}

CASE("graph: a lane is never given more cells than it has") {
  Graph graph({.slot_count = 1});
  const auto function = some_function();
  function->mean_ns = 1;
  for (std::uint32_t run = 0; run < 3 * lane_cells; ++run)
    graph.admit(span_of(1, {}, {}, function));
  ask_for_workers(graph);
  open_all(graph, 1);
  graph.schedule(0);
  CHECK_EQ(taken(graph).size(), lane_cells - 1);
  graph.attempt_ended(0, 0, Ending::value, 1);
  graph.schedule(0);
  CHECK(taken(graph).empty());  // its cell has not been given back yet
  CHECK_EQ(graph.take_finished_cells(0), 1U);
  graph.schedule(0);
  CHECK_EQ(taken(graph).size(), 1U);
  CHECK_EQ(graph.check(), "");
}

CASE("graph: runs that were taken back go first, in their order") {
  Graph graph({.slot_count = 1});
  const auto function = some_function();
  function->mean_ns = 1000;
  std::vector<SpanPtr> spans;
  for (int run = 0; run < 6; ++run) {
    spans.push_back(span_of(1, {}, {}, function));
    graph.admit(spans.back());
  }
  ask_for_workers(graph);
  open_all(graph, 1);
  graph.schedule(0);
  (void)taken(graph);
  graph.admit(span_of(1, {}, {}, function));
  graph.recalled(0, 2);
  graph.schedule(0);
  const std::vector<Command> commands = taken(graph);
  CHECK_EQ(commands.size(), 5U);
  for (std::size_t index = 0; index < 4; ++index) {
    CHECK(commands[index].range.span == spans[index + 2].get());
  }
}
