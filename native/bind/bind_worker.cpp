// WorkerLane: what the worker's loop calls. One a process, used by its main thread only.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <unistd.h>

#include <cstdint>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "buffers.hpp"
#include "core/workbench.hpp"
#include "numpy_memory.hpp"
#include "parent.hpp"
#include "plain.hpp"
#include "view.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace hpcflow {
namespace {

// After its last run a worker looks for the next one this long before it sleeps: waking it costs
// more. Longer would take time from the parent's threads, which on a full machine share its core.
constexpr std::int64_t spin_ns = 20'000;
// A run shorter than this is not asked whether it has closed our descriptors: it costs half a
// microsecond, and closing all up to the first of ours (`move_out_of_reach`) took 260 us.
constexpr std::int64_t close_all_ns = 100'000;
// A worker that had nothing to do for so long gives its free pages back, and looks again while more
// of them may come. Making them anew costs the next large result 0.1 ms a MiB.
constexpr std::int64_t rest_ns = 3'000'000'000;
// Exit status of a child that a task forked and that returned from the task.
constexpr int exit_forked = 73;

class WorkerLane {
 public:
  WorkerLane(int arena_fd, std::uint32_t slot, std::uint32_t slot_count, std::uint32_t segment,
             std::uint64_t budget_bytes, int doorbell, bool arrays_in_place)
      : arena_(Arena::attach(arena_fd)),
        bench_(arena_, {.slot = slot,
                        .slot_count = slot_count,
                        .segment = segment,
                        .budget_bytes = budget_bytes,
                        .doorbell = doorbell}),
        arrays_in_place_(arrays_in_place) {}

  // The next run: (function id, its arguments when they are plain and nothing else is to be looked
  // at, else None). None when the worker is to leave, or when it is not to wait and there is none.
  nb::object claim(bool waits) {
    LaneSeat& lane = bench_.lane();
    while (true) {
      if (!is_leaving_) current_ = lane.try_claim();
      if (current_) break;
      if (lane.is_closing()) return nb::none();
      lane.ring();
      if (!waits) return nb::none();
      if (spin()) continue;
      adopt_numpy();  // a task may have loaded it
      LaneSeat::Wait wait = LaneSeat::Wait::empty;
      {
        const nb::gil_scoped_release nogil;  // for threads that the user's code left
        wait = lane.park(may_rest_ ? rest_ns : -1);
        if (wait == LaneSeat::Wait::timed_out) may_rest_ = bench_.nursery().rest();
      }
      if (wait == LaneSeat::Wait::interrupted && PyErr_CheckSignals() != 0)
        throw nb::python_error();
    }
    may_rest_ = true;
    report_ = {};
    report_.sequence = current_->sequence;
    report_.begin_ns = monotonic_ns();
    lane.ring_if_due(report_.begin_ns);  // for the run before this one
    const Cell& cell = *current_->cell;
    if ((cell.flags.load(relaxed) & (cell_has_upstreams | cell_has_common)) == 0) {
      const auto body = bench_.arguments(*current_);
      if (!body.empty() && static_cast<char>(body.front()) == form_plain) {
        return nb::make_tuple(cell.function_id, decode_plain(body.subspan(1)));
      }
    }
    return nb::make_tuple(cell.function_id, nb::none());
  }

  // Whether the run that would be claimed next overlaps with others; None: there is none.
  nb::object next_overlaps() {
    const std::optional<bool> found = bench_.lane().next_overlaps();
    return found ? nb::object(nb::bool_(*found)) : nb::none();
  }
  // Tell the coordinator of what was published, for a worker that will not claim for a while.
  void ring() { bench_.lane().ring(); }
  // Leave the claimed run open and be free to claim another; take_up() makes it the current one
  // again. A worker that executes runs which overlap holds several that way.
  std::uint32_t set_aside() {
    const std::uint32_t sequence = claimed().sequence;
    aside_.emplace(sequence, std::pair(*current_, report_));
    current_.reset();
    return sequence;
  }
  void take_up(std::uint32_t sequence) {
    const auto found = aside_.find(sequence);
    if (current_ || found == aside_.end()) throw std::logic_error("no such run is set aside");
    std::tie(current_, report_) = found->second;
    aside_.erase(found);
  }

  nb::tuple arguments() { return open_body(arena_, bench_.arguments(claimed()), {}); }
  nb::object common() {
    const Cell& cell = *claimed().cell;
    if ((cell.flags.load(relaxed) & cell_has_common) == 0) return nb::none();
    return open_body(arena_, bench_.bytes(cell.common_offset, cell.common_bytes), {});
  }
  // ([of its item], [of the whole span]), each (ending, is_plain, value or stream, views).
  nb::tuple upstreams() {
    std::size_t item_count = 0;
    nb::list of_item;
    nb::list of_span;
    for (const auto& upstream : bench_.upstreams(claimed(), item_count)) {
      // A crash, say, let through by allow_failure: its body is for the parent.
      const auto ending = static_cast<Ending>(upstream.ending);
      const bool has_value = ending == Ending::value || ending == Ending::error;
      const nb::tuple opened = has_value ? open_body(arena_, upstream.bytes, {})
                                         : nb::make_tuple(true, nb::none(), nb::none());
      nb::list& list = nb::len(of_item) < item_count ? of_item : of_span;
      list.append(nb::make_tuple(upstream.ending, opened[0], opened[1], opened[2]));
    }
    return nb::make_tuple(of_item, of_span);
  }
  nb::bytes function() {
    const Cell& cell = *claimed().cell;
    const auto code = bench_.bytes(cell.function_offset, cell.function_bytes);
    return nb::bytes(code.data(), code.size());
  }
  std::uint32_t attempt() { return claimed().cell->attempt; }
  std::uint32_t function_id() { return claimed().cell->function_id; }
  std::uint64_t run_number() {
    const Cell& cell = *claimed().cell;
    return cell.first_number + (claimed().sequence - cell.start.load(relaxed));
  }

  [[nodiscard]] bool has_claim() const { return current_.has_value(); }
  [[nodiscard]] bool is_sealed() const { return is_sealed_; }

  // End the claimed run with a plain value. False when it is not plain; pack() then. Views of
  // arguments that are still alive must be dropped before publish(), so it is left to the caller
  // then.
  bool finish_plain(nb::handle value) {
    body_.assign(1, form_plain);
    if (!encode_plain(value.ptr(), body_)) return false;
    if (body_.size() > inline_max_bytes) return false;
    seal(ReportKind::value, 0);
    if (unleased_views() == 0) publish();
    return true;
  }

  // Prepare the claimed run's end; what `buffers` refer to may go after it. publish() follows.
  void pack(int kind, const nb::bytes& stream, nb::handle buffers, double delay_s) {
    leave_if_forked();  // before anything is allocated: the segment is the worker's
    const HeldBuffers held(buffers);
    std::vector<std::span<const std::byte>> spans;
    for (std::size_t index = 0; index < held.size(); ++index) spans.push_back(held.bytes(index));
    const auto text = bytes_of(stream);
    {
      const nb::gil_scoped_release nogil;  // large copies
      body_ = bench_.pack(text, spans);
    }
    seal(static_cast<ReportKind>(kind), ns_of(delay_s));
  }

  // Have NumPy place large arrays in this worker's segment, once it is loaded. Cheap to ask again.
  void adopt_numpy() {
    if (arrays_in_place_) arrays_in_place_ = !hpcflow::adopt_numpy(bench_.nursery());
  }

  void publish() {
    if (!is_sealed_) return;
    // Views that the user's code has kept get memory of their own: their blocks may go now.
    if (unleased_views() != 0) detach_views();
    bench_.nursery().settle();
    is_sealed_ = false;
    current_.reset();
    bench_.lane().report(report_, std::as_bytes(std::span(body_)));
  }

 private:
  [[nodiscard]] const LaneSeat::Claimed& claimed() const {
    if (!current_) throw std::logic_error("no run is claimed");
    return *current_;
  }
  void seal(ReportKind kind, std::int64_t delay_ns) {
    if (!current_) throw std::logic_error("no run is claimed");
    leave_if_forked();
    report_.kind = kind;
    report_.delay_ns = delay_ns;
    report_.end_ns = monotonic_ns();
    // Without its descriptors this worker can hand over no large value any more. To close so many
    // that ours are among them takes longer than this.
    const bool may_have_closed = report_.end_ns - report_.begin_ns > close_all_ns;
    is_leaving_ = is_leaving_ || (may_have_closed && !arena_.has_descriptor()) ||
                  !bench_.lane().has_doorbell();
    report_.wants_to_leave = is_leaving_ ? 1 : 0;
    is_sealed_ = true;
  }
  // The task forked, and this is the child, which has returned from it: it is not the worker.
  void leave_if_forked() const noexcept {
    if (generation_ != process_generation()) ::_exit(exit_forked);
  }
  [[nodiscard]] bool spin() {
    const std::int64_t until = monotonic_ns() + spin_ns;
    do {
      yield_core();
      if (is_leaving_ ? bench_.lane().is_closing() : bench_.lane().has_work()) return true;
    } while (monotonic_ns() < until);
    return false;
  }

  Arena arena_;
  Workbench bench_;
  std::uint32_t generation_ = process_generation();
  std::optional<LaneSeat::Claimed> current_;
  Report report_{};
  std::string body_;
  bool is_sealed_ = false;
  bool is_leaving_ = false;  // claims nothing more; closes when it is told to
  bool may_rest_ = true;
  bool arrays_in_place_;  // wanted, and not yet so
  std::unordered_map<std::uint32_t, std::pair<LaneSeat::Claimed, Report>> aside_;
};

}  // namespace

void bind_worker(nb::module_& m) {
  nb::class_<WorkerLane>(m, "WorkerLane", "A worker's end of its lane.")
      .def(nb::init<int, std::uint32_t, std::uint32_t, std::uint32_t, std::uint64_t, int, bool>(),
           "arena_fd"_a, "slot"_a, "slot_count"_a, "segment"_a, "budget_bytes"_a, "doorbell"_a,
           "arrays_in_place"_a)
      .def(
          "claim", &WorkerLane::claim, "waits"_a = true,
          nb::sig("def claim(self, waits: bool = True) "
                  "-> tuple[int, tuple[typing.Any, ...] | None] | None"),
          "Wait for the next run: (function id, plain arguments or None); None: leave, or, when it "
          "is not to wait, there is none.")
      .def("next_overlaps", &WorkerLane::next_overlaps,
           nb::sig("def next_overlaps(self) -> bool | None"),
           "Whether the run that would be claimed next overlaps with others; None: there is none.")
      .def("ring", &WorkerLane::ring, "Tell the coordinator of what was published.")
      .def("set_aside", &WorkerLane::set_aside,
           "Leave the claimed run open, and be free to claim another; returns a ticket.")
      .def("take_up", &WorkerLane::take_up, "ticket"_a,
           "Make the run with this ticket the claimed one again.")
      .def("arguments", &WorkerLane::arguments,
           nb::sig("def arguments(self) -> tuple[bool, typing.Any, list[typing.Any] | None]"),
           "The claimed run's own arguments, opened.")
      .def("common", &WorkerLane::common,
           nb::sig("def common(self) -> tuple[bool, typing.Any, list[typing.Any] | None] | None"),
           "The arguments of its whole span, opened, or None.")
      .def("upstreams", &WorkerLane::upstreams,
           nb::sig("def upstreams(self) -> tuple[list[tuple[int, bool, typing.Any, "
                   "list[typing.Any] | None]], "
                   "list[tuple[int, bool, typing.Any, list[typing.Any] | None]]]"),
           "Outcomes of its upstreams: (item's, span's).")
      .def("function", &WorkerLane::function, "The bytes of its function.")
      .def_prop_ro("attempt", &WorkerLane::attempt)
      .def_prop_ro("function_id", &WorkerLane::function_id)
      .def_prop_ro("run_number", &WorkerLane::run_number,
                   "The claimed run's number within its engine.")
      .def_prop_ro("has_claim", &WorkerLane::has_claim,
                   "Whether a run is claimed whose end has not been sent.")
      .def_prop_ro("is_sealed", &WorkerLane::is_sealed, "Whether its end is prepared.")
      .def("finish_plain", &WorkerLane::finish_plain, "value"_a.none(),
           "End it with a plain value; False when it is not plain.")
      .def("pack", &WorkerLane::pack, "kind"_a, "stream"_a, "buffers"_a, "delay_s"_a = 0.0,
           nb::sig("def pack(self, kind: int, stream: bytes, "
                   "buffers: collections.abc.Sequence[typing.Any], delay_s: float = 0.0) -> None"),
           "Prepare its end with a pickled value or error; publish() sends it.")
      .def("adopt_numpy", &WorkerLane::adopt_numpy,
           "Once NumPy is loaded, have it place large arrays where results lie.")
      .def("publish", &WorkerLane::publish, "Send the prepared end, unless it has been sent.");
}

}  // namespace hpcflow
