// How a thread of the parent sleeps until a run, or all runs of a span, have ended.
#pragma once

#include <cstdint>

#include "span.hpp"

namespace hpcflow {

enum class WaitResult : std::uint8_t { ended, not_yet };

// One sleep of at most `timeout_ns` (not negative): callers look at signals and at their deadline
// between sleeps. Ends by the run's end, which the coordinator owes every run, whatever dies; by a
// signal; or by the timeout.
[[nodiscard]] inline WaitResult wait_for_run(Span& span, std::uint32_t item,
                                             std::int64_t timeout_ns) noexcept {
  if (span.ending(item) != Ending::none) return WaitResult::ended;
  Run& run = span.runs[item];
  const std::uint32_t word = run.word.fetch_or(run_waited, acquire_release) | run_waited;
  if ((word & run_ending_mask) != 0) return WaitResult::ended;
  (void)futex_wait(run.word, word, timeout_ns, FutexScope::process);
  return span.ending(item) != Ending::none ? WaitResult::ended : WaitResult::not_yet;
}

// The same for the whole span; `stops_at_failure`: also when any of its runs has failed.
[[nodiscard]] inline WaitResult wait_for_span(Span& span, bool stops_at_failure,
                                              std::int64_t timeout_ns) noexcept {
  const auto is_over = [&] {
    return span.open.load(sequential) == 0 ||
           (stops_at_failure && span.failed.load(sequential) != 0);
  };
  if (is_over()) return WaitResult::ended;
  const std::uint32_t signal = span.signal.load(sequential);
  // SYNC SPAN: pairs with SYNC SPAN in publish_end(): either it sees that we wait, or we see the
  // end.
  span.waited.store(1, sequential);
  if (is_over()) return WaitResult::ended;
  (void)futex_wait(span.signal, signal, timeout_ns, FutexScope::process);
  return is_over() ? WaitResult::ended : WaitResult::not_yet;
}

}  // namespace hpcflow
