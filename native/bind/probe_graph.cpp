// GraphProbe: the graph, bound for tests/pure/test_graph.py only. Spans are numbers, runs are
// (span, item), commands are tuples; there is no worker, no lane and no memory behind it.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "core/graph.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace hpcflow {
namespace {

constexpr const char* command_names[] = {"assign", "recall", "end", "start", "retire"};
constexpr const char* step_names[] = {"waiting", "ready", "assigned", "delayed", "ended"};
constexpr const char* ending_names[] = {"none",      "value",    "error", "crashed",
                                        "cancelled", "upstream", "broken"};

Ending ending_of(const std::string& name) {
  for (std::size_t index = 0; index < std::size(ending_names); ++index) {
    if (name == ending_names[index]) return static_cast<Ending>(index);
  }
  throw std::invalid_argument("no such ending: " + name);
}

using PlainRun = std::tuple<std::int64_t, std::uint32_t>;  // span (-1: none), item
// The item that needs it (-1: all), the upstream's span and item, whether its failure is allowed.
using PlainEdge = std::tuple<std::int64_t, std::int64_t, std::uint32_t, bool>;
// Kind, slot, sequence, span (-1: none), first, count, ending, cause.
using PlainCommand = std::tuple<std::string, std::uint32_t, std::uint32_t, std::int64_t,
                                std::uint32_t, std::uint32_t, std::string, PlainRun>;

class GraphProbe {
 public:
  GraphProbe(std::uint32_t slot_count, bool breaks_on_death, std::uint32_t first_sequence,
             std::uint32_t runs_most)
      : graph({.slot_count = slot_count,
               .breaks_on_death = breaks_on_death,
               .runs_most = runs_most,
               .first_sequence = first_sequence}) {}

  std::int64_t admit(std::uint32_t count, std::uint32_t chunk_items,
                     const std::vector<PlainEdge>& edges, std::uint16_t max_attempts,
                     std::int64_t crash_delay_ns, std::uint32_t function, bool overlaps) {
    auto& code = functions_[function];
    if (code == nullptr) code = std::make_shared<Function>(function, nullptr, overlaps);
    SpanPtr span(new Span(count, code, nullptr,
                          {.max_attempts = max_attempts, .crash_delay_ns = crash_delay_ns}));
    span->chunk_items = chunk_items;
    for (const auto& [item, upstream, upstream_item, allows_failure] : edges) {
      const auto flags =
          static_cast<std::uint8_t>(edge_value | (allows_failure ? edge_allows_failure : 0));
      if (item >= 0) span->has_item_values = true;
      span->edges.push_back({item < 0 ? every_item : static_cast<std::uint32_t>(item), flags,
                             upstream_item, spans_.at(upstream)});
    }
    const std::int64_t id = next_span_++;
    spans_.emplace(id, span);
    ids_[span.get()] = id;
    graph.admit(std::move(span));
    return id;
  }

  // From here on the graph alone keeps the span alive.
  void drop(std::int64_t span) { spans_.erase(span); }

  std::vector<PlainCommand> take_commands() {
    std::vector<PlainCommand> taken;
    for (const Command& command : graph.commands) {
      const Range& range = command.range;
      taken.emplace_back(command_names[static_cast<std::size_t>(command.kind)], command.slot,
                         command.sequence, id_of(range.span), range.first, range.count,
                         ending_names[static_cast<std::size_t>(command.ending)],
                         PlainRun{id_of(command.cause.span), command.cause.item});
    }
    graph.commands.clear();
    return taken;
  }

  std::optional<PlainRun> run_at(std::uint32_t slot, std::uint32_t sequence) const {
    const RunRef run = graph.run_at(slot, sequence);
    if (run.span == nullptr) return std::nullopt;
    return PlainRun{id_of(run.span), run.item};
  }

  std::optional<std::uint32_t> sequence_of(std::int64_t span, std::uint32_t item) const {
    std::uint32_t sequence = 0;
    if (!graph.sequence_of(run(span, item), sequence)) return std::nullopt;
    return sequence;
  }

  void cancel(std::int64_t span, std::uint32_t item) { graph.cancel(run(span, item)); }

  // As the coordinator does once the recall that cancel() asked for has been answered.
  void cancel_was_late(std::int64_t span, std::uint32_t item) {
    const RunRef ref = run(span, item);
    ref.span->runs[ref.item].cancel_wanted = false;
  }

  std::string step(std::int64_t span, std::uint32_t item) const {
    const RunRef ref = run(span, item);
    return step_names[static_cast<std::size_t>(ref.span->runs[ref.item].step)];
  }
  std::string ending(std::int64_t span, std::uint32_t item) const {
    const RunRef ref = run(span, item);
    return ending_names[static_cast<std::size_t>(ref.span->runs[ref.item].ending)];
  }
  std::uint16_t attempt(std::int64_t span, std::uint32_t item) const {
    const RunRef ref = run(span, item);
    return ref.span->runs[ref.item].attempt;
  }

  Graph graph;

 private:
  [[nodiscard]] RunRef run(std::int64_t span, std::uint32_t item) const {
    Span* found = spans_.at(span).get();
    if (item >= found->count()) throw std::out_of_range("the span has no such item");
    return {found, item};
  }
  [[nodiscard]] std::int64_t id_of(const Span* span) const {
    return span == nullptr ? -1 : ids_.at(span);
  }

  std::map<std::uint32_t, std::shared_ptr<Function>> functions_;
  std::map<std::int64_t, SpanPtr> spans_;
  std::unordered_map<const Span*, std::int64_t> ids_;
  std::int64_t next_span_ = 0;
};

std::string attempt_ended(GraphProbe& probe, std::uint32_t slot, std::uint32_t sequence,
                          const std::string& ending, std::int64_t duration_ns) {
  const auto verdict = probe.graph.attempt_ended(slot, sequence, ending_of(ending), duration_ns);
  return verdict == ReportVerdict::ended ? "ended" : "stale";
}

std::string attempt_retries(GraphProbe& probe, std::uint32_t slot, std::uint32_t sequence,
                            std::int64_t at_ns) {
  const auto verdict = probe.graph.attempt_retries(slot, sequence, at_ns);
  return verdict == ReportVerdict::retries ? "retries" : "stale";
}

void bind_events(nb::class_<GraphProbe>& probe) {
  probe
      .def("admit", &GraphProbe::admit, "count"_a, "chunk_items"_a, "edges"_a, "max_attempts"_a = 1,
           "crash_delay_ns"_a = 0, "function"_a = 0, "overlaps"_a = false,
           "Admit a span whose edges are (item or -1, span, item, allows failure); returns its "
           "number.")
      .def("drop", &GraphProbe::drop, "span"_a, "Leave the span to the graph alone.")
      .def(
          "slot_opened",
          [](GraphProbe& self, std::uint32_t slot, std::int64_t now_ns) {
            self.graph.slot_opened(slot, now_ns);
          },
          "slot"_a, "now_ns"_a, "A worker stands ready.")
      .def(
          "slot_lost",
          [](GraphProbe& self, std::uint32_t slot, std::uint32_t claimed, std::int64_t now_ns) {
            self.graph.slot_lost(slot, claimed, now_ns);
          },
          "slot"_a, "claimed"_a, "now_ns"_a, "Its worker is gone; `claimed` is its claim's next.")
      .def("attempt_ended", &attempt_ended, "slot"_a, "sequence"_a, "ending"_a, "duration_ns"_a,
           "A worker reports an end; returns \"ended\" or \"stale\".")
      .def("attempt_retries", &attempt_retries, "slot"_a, "sequence"_a, "at_ns"_a,
           "A worker asks for another attempt; returns \"retries\" or \"stale\".")
      .def(
          "leave", [](GraphProbe& self, std::uint32_t slot) { self.graph.leave(slot); }, "slot"_a,
          "The slot's worker claims no more.")
      .def(
          "recalled",
          [](GraphProbe& self, std::uint32_t slot, std::uint32_t end) {
            self.graph.recalled(slot, end);
          },
          "slot"_a, "end"_a, "Answer to the command \"recall\".")
      .def("cancel", &GraphProbe::cancel, "span"_a, "item"_a, "Cancel a run.")
      .def("cancel_was_late", &GraphProbe::cancel_was_late, "span"_a, "item"_a,
           "The recall has been answered, and the run had begun.")
      .def(
          "cancel_open", [](GraphProbe& self) { self.graph.cancel_open(); },
          "Cancel all that have not begun.")
      .def(
          "break_pool", [](GraphProbe& self) { self.graph.break_pool(); }, "End everything.")
      .def(
          "tick", [](GraphProbe& self, std::int64_t now_ns) { self.graph.tick(now_ns); },
          "now_ns"_a, "Make due runs ready.")
      .def(
          "schedule", [](GraphProbe& self, std::int64_t now_ns) { self.graph.schedule(now_ns); },
          "now_ns"_a, "Decide; take_commands() tells what.")
      .def("take_commands", &GraphProbe::take_commands,
           "The commands since the last call: (kind, slot, sequence, span, first, count, ending, "
           "cause).")
      .def(
          "forget_closed", [](GraphProbe& self) { self.graph.forget_closed(); },
          "The commands so far have been carried out.");
}

void bind_facts(nb::class_<GraphProbe>& probe) {
  probe
      .def("run_at", &GraphProbe::run_at, "slot"_a, "sequence"_a,
           "The run that the next report of the slot is about, if that is its number.")
      .def("sequence_of", &GraphProbe::sequence_of, "span"_a, "item"_a,
           "An assigned run's sequence number.")
      .def("step", &GraphProbe::step, "span"_a, "item"_a, "Where the run is.")
      .def("ending", &GraphProbe::ending, "span"_a, "item"_a, "How it ended, or \"none\".")
      .def("attempt", &GraphProbe::attempt, "span"_a, "item"_a, "Its present or next attempt.")
      .def(
          "backlog", [](GraphProbe& self, std::uint32_t slot) { return self.graph.backlog(slot); },
          "slot"_a, "Runs assigned to the slot and not reported.")
      .def(
          "take_finished_cells",
          [](GraphProbe& self, std::uint32_t slot) { return self.graph.take_finished_cells(slot); },
          "slot"_a, "Cells finished since the last call.")
      .def(
          "check", [](GraphProbe& self) { return self.graph.check(); },
          "Return what invariant does not hold; empty when all do.")
      .def(
          "story", [](GraphProbe& self) { return self.graph.story(); }, "Tell the graph's state.")
      .def_prop_ro("is_broken", [](GraphProbe& self) { return self.graph.is_broken(); })
      .def_prop_ro("is_stalled", [](GraphProbe& self) { return self.graph.is_stalled(); })
      .def_prop_ro("open_runs", [](GraphProbe& self) { return self.graph.open_runs(); })
      .def_prop_ro("ready_runs", [](GraphProbe& self) { return self.graph.ready_runs(); })
      .def_prop_ro("open_slots", [](GraphProbe& self) { return self.graph.open_slots(); })
      .def_prop_ro("next_tick_ns", [](GraphProbe& self) { return self.graph.next_tick_ns(); });
}

}  // namespace

void bind_graph_probe(nb::module_& module) {
  nb::class_<GraphProbe> probe(module, "GraphProbe", "The graph, without workers. For tests only.");
  probe.def(nb::init<std::uint32_t, bool, std::uint32_t, std::uint32_t>(), "slot_count"_a,
            "breaks_on_death"_a = false, "first_sequence"_a = 0, "runs_most"_a = 0);
  bind_events(probe);
  bind_facts(probe);
}

}  // namespace hpcflow
