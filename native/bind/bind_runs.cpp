// Run, Span, Watcher: what the parent's futures hold.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/vector.h>
#include <pthread.h>

#include <algorithm>
#include <optional>

#include "core/waiting.hpp"
#include "parent.hpp"
#include "plain.hpp"
#include "view.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace hpcflow {
namespace {

Atomic<std::uint32_t> generation{0};

nb::object text_of(std::span<const std::byte> bytes) {
  return nb::steal(PyUnicode_DecodeUTF8(reinterpret_cast<const char*>(bytes.data()),
                                        static_cast<Py_ssize_t>(bytes.size()), "replace"));
}

nb::tuple crash_of(std::span<const std::byte> bytes) {
  const auto facts = read_head<CrashFacts>(bytes);
  return nb::make_tuple(facts.slot, facts.pid, facts.wait_status, facts.attempt, facts.oom_kills,
                        facts.peak_rss_bytes,
                        text_of(bytes.subspan(std::min(sizeof facts, bytes.size()))));
}

// (ending, is_plain, value, views): see hpcflow/_native.pyi.
nb::tuple outcome_of(const RunHandle& run) {
  const Span& span = *run.span();
  const std::uint32_t item = run.item();
  const Ending ending = span.ending(item);
  const Body& body = span.runs[item].outcome;
  const auto bytes = body.bytes();
  const int kind = static_cast<int>(ending);
  const char form = body.form();
  if (form == form_crash) return nb::make_tuple(kind, true, crash_of(bytes), nb::none());
  if (form == form_text) return nb::make_tuple(kind, true, text_of(bytes.subspan(1)), nb::none());
  if (form == form_upstream) {
    std::uint64_t identity = 0;
    std::uint32_t upstream = 0;
    std::memcpy(&identity, bytes.data() + 1, sizeof identity);
    std::memcpy(&upstream, bytes.data() + 1 + sizeof identity, sizeof upstream);
    return nb::make_tuple(kind, true, nb::make_tuple(identity, upstream), nb::none());
  }
  if (ending != Ending::value && ending != Ending::error) {
    return nb::make_tuple(kind, true, nb::none(), nb::none());
  }
  nb::tuple opened;
  if (body.leases().empty()) {
    if (form == form_plain) {
      return nb::make_tuple(kind, true, decode_plain(bytes.subspan(1)), nb::none());
    }
    return nb::make_tuple(kind, false, nb::bytes(bytes.data() + 1, bytes.size() - 1), nb::list());
  }
  // The arena is not mapped in a forked child, nor would its blocks wait for one: this throws
  // there.
  (void)run.coordinator();
  opened = open_body(body.leases().front()->arena(), bytes, body.leases());
  return nb::make_tuple(kind, opened[0], opened[1], opened[2]);
}

class Watcher {
 public:
  Watcher() : queue_(std::make_shared<WatchQueue>()) {}
  void add(const RunHandle& run, std::uint64_t token) {
    const auto coordinator = run.coordinator();
    if (run.ending() != Ending::none || coordinator == nullptr) {
      queue_->push(token);
      return;
    }
    {
      const nb::gil_scoped_release nogil;
      coordinator->watch(run.ref(), queue_, token);
    }
    const bool is_new = std::ranges::none_of(
        coordinators_, [&](const auto& known) { return known.lock() == coordinator; });
    if (is_new) coordinators_.push_back(coordinator);
  }
  std::vector<std::uint64_t> take(std::optional<double> timeout_s) {
    std::vector<std::uint64_t> tokens;
    (void)sleep_until(timeout_s, [&](std::int64_t slice_ns) {
      tokens = queue_->take(slice_ns);
      return !tokens.empty();
    });
    return tokens;
  }
  // Forget all runs that have not ended: the coordinator holds the queue only for those.
  void close() {
    // In a forked child there is nobody who would notify the queue, nor whom to ask.
    if (generation_ != process_generation()) coordinators_.clear();
    for (const auto& known : coordinators_) {
      if (const auto coordinator = known.lock()) {
        const nb::gil_scoped_release nogil;
        coordinator->unwatch(queue_);
      }
    }
    coordinators_.clear();
  }

 private:
  std::shared_ptr<WatchQueue> queue_;
  std::vector<std::weak_ptr<Coordinator>> coordinators_;
  std::uint32_t generation_ = process_generation();
};

bool wait_run(const RunHandle& run, std::optional<double> timeout_s) {
  if (run.ending() != Ending::none) return true;
  // In a forked child nothing would ever end the wait: this throws there.
  if (const auto coordinator = run.coordinator(); coordinator != nullptr) {
    const nb::gil_scoped_release nogil;
    coordinator->help(run.ref());
  }
  return sleep_until(timeout_s, [&](std::int64_t slice_ns) {
    return wait_for_run(*run.span(), run.item(), slice_ns) == WaitResult::ended;
  });
}

bool cancel_run(const RunHandle& run) {
  const auto coordinator = run.coordinator();
  if (coordinator == nullptr) return run.ending() == Ending::cancelled;
  const nb::gil_scoped_release nogil;
  return coordinator->cancel(run.ref());
}

bool is_running(const RunHandle& run) {
  if (run.ending() != Ending::none) return false;
  const auto coordinator = run.coordinator();
  if (coordinator == nullptr) return false;
  const nb::gil_scoped_release nogil;
  return coordinator->is_running(run.ref());
}

// The values of all runs, as far as they are plain: a list with `missing` where one is not, and the
// indexes of those.
nb::tuple plain_values(const SpanHandle& handle, nb::handle missing) {
  const Span& span = handle.span();
  nb::object values = nb::steal(PyList_New(span.count()));
  nb::list others;
  for (std::uint32_t item = 0; item < span.count(); ++item) {
    const bool is_plain =
        span.ending(item) == Ending::value && span.runs[item].outcome.form() == form_plain;
    nb::object value =
        is_plain ? decode_plain(span.runs[item].outcome.bytes().subspan(1)) : nb::borrow(missing);
    PyList_SET_ITEM(values.ptr(), item, value.release().ptr());
    if (!is_plain) others.append(item);
  }
  return nb::make_tuple(values, others);
}

}  // namespace

std::uint32_t process_generation() noexcept { return generation.load(relaxed); }

void count_forks() {
  ::pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1, relaxed); });
}

std::shared_ptr<Coordinator> RunHandle::coordinator() const {
  if (generation_ != process_generation()) {
    throw std::runtime_error("this run belongs to the process that this one was forked from");
  }
  return coordinator_.lock();
}

RunHandle SpanHandle::run(std::int64_t item) const {
  if (item < 0) item += span_->count();
  if (item < 0 || item >= span_->count()) throw nb::index_error("no such run");
  return RunHandle(span_, static_cast<std::uint32_t>(item), coordinator_, generation_);
}

void bind_runs(nb::module_& m) {
  nb::class_<RunHandle>(m, "Run", "One run: what a future holds.")
      .def(
          "ending", [](const RunHandle& run) { return static_cast<int>(run.ending()); },
          "How it ended (Ending), 0 while it has not.")
      .def(
          "done", [](const RunHandle& run) { return run.ending() != Ending::none; },
          "Whether it has ended.")
      .def("running", &is_running, "Whether a worker executes it now.")
      .def("wait", &wait_run, "timeout_s"_a.none() = nb::none(),
           "Wait until it has ended; False when the timeout passes first.")
      .def("cancel", &cancel_run, "Take it back; True when it had not begun and never will.")
      .def("outcome", &outcome_of,
           nb::sig("def outcome(self) -> tuple[int, bool, typing.Any, list[typing.Any] | None]"),
           "How it ended and with what: (ending, is_plain, value or pickle stream, views).")
      .def(
          "identity",
          [](const RunHandle& run) {
            return nb::make_tuple(reinterpret_cast<std::uint64_t>(run.span().get()), run.item());
          },
          nb::sig("def identity(self) -> tuple[int, int]"),
          "What an outcome of Ending.UPSTREAM names.")
      .def(
          "duration_us",
          [](const RunHandle& run) { return run.span()->runs[run.item()].duration_us; },
          "How long its last attempt took, in microseconds.")
      .def(
          "slot", [](const RunHandle& run) { return run.span()->runs[run.item()].slot; },
          "The slot of its last attempt.")
      .def(
          "attempt", [](const RunHandle& run) { return run.span()->runs[run.item()].attempt; },
          "The number of its last attempt, from 1.")
      .def(
          "number", [](const RunHandle& run) { return run.span()->first_number + run.item(); },
          "Its number within its engine.");

  nb::class_<SpanHandle>(m, "Span", "All runs of one map.")
      .def("__len__", [](const SpanHandle& handle) { return handle.span().count(); })
      .def("run", &SpanHandle::run, "index"_a, "One of its runs.")
      .def(
          "wait",
          [](const SpanHandle& handle, std::optional<double> timeout_s, bool stops_at_failure) {
            (void)handle.run(0).coordinator();
            return sleep_until(timeout_s, [&](std::int64_t slice_ns) {
              return wait_for_span(handle.span(), stops_at_failure, slice_ns) == WaitResult::ended;
            });
          },
          "timeout_s"_a.none() = nb::none(), "stops_at_failure"_a = false,
          "Wait until all its runs have ended, or one has failed.")
      .def(
          "open", [](const SpanHandle& handle) { return handle.span().open.load(acquire); },
          "How many of its runs have not ended.")
      .def(
          "failed",
          [](const SpanHandle& handle) { return handle.span().failed.load(acquire) != 0; },
          "Whether a run has ended otherwise than with a value.")
      .def(
          "first_failure",
          [](const SpanHandle& handle) -> std::int64_t {
            for (std::uint32_t item = 0; item < handle.span().count(); ++item) {
              const Ending ending = handle.span().ending(item);
              if (ending != Ending::none && ending != Ending::value) return item;
            }
            return -1;
          },
          "The first run in order that has ended otherwise than with a value; -1: none.")
      .def("plain_values", &plain_values, "missing"_a.none(),
           nb::sig("def plain_values(self, missing: object) -> tuple[list[typing.Any], list[int]]"),
           "All values, with `missing` where one is not plain, and the indexes of those.");

  nb::class_<Watcher>(m, "Watcher", "Waits for many runs at once.")
      .def(nb::init<>())
      .def("add", &Watcher::add, "run"_a, "token"_a,
           "Have `token` returned by take() once it ended.")
      .def("take", &Watcher::take, "timeout_s"_a.none() = nb::none(),
           "Tokens of runs that ended since the last call; empty when the timeout passes first.")
      .def("close", &Watcher::close, "Forget the runs that have not ended.");
}

}  // namespace hpcflow
