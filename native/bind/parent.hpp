// The parent's side of the engine, bound: Engine, Function, Body, Span, Run, Watcher.
#pragma once

#include <nanobind/nanobind.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/coordinator.hpp"

namespace hpcflow {

// Threads do not survive a fork: a child's copy of an engine must not be asked anything.
[[nodiscard]] std::uint32_t process_generation() noexcept;
void count_forks();

// What handles share with their engine; an engine may be gone before them.
class RunHandle {
 public:
  RunHandle(SpanPtr span, std::uint32_t item, std::weak_ptr<Coordinator> coordinator,
            std::uint32_t generation = process_generation())
      : span_(std::move(span)),
        item_(item),
        coordinator_(std::move(coordinator)),
        generation_(generation) {}
  [[nodiscard]] RunRef ref() const noexcept { return {span_.get(), item_}; }
  [[nodiscard]] const SpanPtr& span() const noexcept { return span_; }
  [[nodiscard]] std::uint32_t item() const noexcept { return item_; }
  [[nodiscard]] Ending ending() const noexcept { return span_->ending(item_); }
  // The coordinator, while it lives. Throws in a forked child.
  [[nodiscard]] std::shared_ptr<Coordinator> coordinator() const;

 private:
  SpanPtr span_;
  std::uint32_t item_;
  std::weak_ptr<Coordinator> coordinator_;
  std::uint32_t generation_;
};

class SpanHandle {
 public:
  SpanHandle(SpanPtr span, std::weak_ptr<Coordinator> coordinator)
      : span_(std::move(span)), coordinator_(std::move(coordinator)) {}
  [[nodiscard]] Span& span() const noexcept { return *span_; }
  [[nodiscard]] RunHandle run(std::int64_t item) const;

 private:
  SpanPtr span_;
  std::weak_ptr<Coordinator> coordinator_;
  std::uint32_t generation_ = process_generation();
};

[[nodiscard]] inline bool interpreter_ends() noexcept {
#if PY_VERSION_HEX >= 0x030d0000
  return Py_IsFinalizing() != 0;
#else
  return _Py_IsFinalizing() != 0;
#endif
}

// Sleep with the GIL released, in slices, until `sleep(slice_ns)` says that it is over. False:
// timeout. Raises what a signal handler raises (KeyboardInterrupt).
template <typename Sleep>
[[nodiscard]] bool sleep_until(std::optional<double> timeout_s, Sleep sleep) {
  // A signal that arrives just before the thread falls asleep is seen after one slice.
  constexpr std::int64_t slice_ns = 200'000'000;
  const std::int64_t deadline = timeout_s ? monotonic_ns() + ns_of(*timeout_s) : -1;
  for (;;) {
    std::int64_t slice = slice_ns;
    if (deadline >= 0) slice = std::clamp<std::int64_t>(deadline - monotonic_ns(), 0, slice_ns);
    // By hand: when the interpreter ends, taking the GIL back ends the thread by unwinding it,
    // which no destructor survives. A thread that wakes that late stays where it is until the
    // process goes.
    PyThreadState* state = PyEval_SaveThread();
    const bool is_over = sleep(slice);
    while (interpreter_ends()) ::pause();
    PyEval_RestoreThread(state);
    if (is_over) return true;
    if (PyErr_CheckSignals() != 0) throw nanobind::python_error();
    if (deadline >= 0 && monotonic_ns() >= deadline) return false;
  }
}

void bind_engine(nanobind::module_& m);
void bind_runs(nanobind::module_& m);

}  // namespace hpcflow
