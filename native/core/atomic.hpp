// The only door to std::atomic, to the futex system call and to the spin hint.
//
// Words in shared memory are plain std::atomic objects of 32 or 64 bits: lock-free on every machine
// we run on (asserted below), so that two processes agree on them. Orderings are put on the
// operations, never as fences: the thread sanitizer cannot see a fence.
#pragma once

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

namespace hpcflow {

template <typename Value>
using Atomic = std::atomic<Value>;

template <typename Value>
using AtomicRef = std::atomic_ref<Value>;

using Order = std::memory_order;
inline constexpr Order relaxed = std::memory_order_relaxed;
inline constexpr Order acquire = std::memory_order_acquire;
inline constexpr Order release = std::memory_order_release;
inline constexpr Order acquire_release = std::memory_order_acq_rel;
inline constexpr Order sequential = std::memory_order_seq_cst;

static_assert(Atomic<std::uint32_t>::is_always_lock_free);
static_assert(Atomic<std::uint64_t>::is_always_lock_free);
static_assert(sizeof(Atomic<std::uint32_t>) == 4 && sizeof(Atomic<std::uint64_t>) == 8);

// Who shares the word: threads of this process, or every process that maps it.
enum class FutexScope : std::uint8_t { process, machine };

enum class FutexResult : std::uint8_t { woken, changed, timed_out, interrupted };

// Sleep until `word` is woken, unless it no longer holds `expected`. A negative timeout is none:
// the caller says in a comment what ends the wait when the other side is dead.
[[nodiscard]] inline FutexResult futex_wait(Atomic<std::uint32_t>& word, std::uint32_t expected,
                                            std::int64_t timeout_ns, FutexScope scope) noexcept {
  const int operation = FUTEX_WAIT | (scope == FutexScope::process ? FUTEX_PRIVATE_FLAG : 0);
  timespec timeout{.tv_sec = static_cast<time_t>(timeout_ns / 1'000'000'000),
                   .tv_nsec = static_cast<long>(timeout_ns % 1'000'000'000)};
  const long result = ::syscall(SYS_futex, static_cast<void*>(&word), operation, expected,
                                timeout_ns < 0 ? nullptr : &timeout, nullptr, 0);
  if (result == 0) return FutexResult::woken;
  switch (errno) {
    case ETIMEDOUT:
      return FutexResult::timed_out;
    case EINTR:
      return FutexResult::interrupted;
    default:
      return FutexResult::changed;
  }
}

inline void futex_wake(Atomic<std::uint32_t>& word, int count, FutexScope scope) noexcept {
  const int operation = FUTEX_WAKE | (scope == FutexScope::process ? FUTEX_PRIVATE_FLAG : 0);
  ::syscall(SYS_futex, static_cast<void*>(&word), operation, count, nullptr, nullptr, 0);
}

// Tell the core that this is a spin loop.
inline void cpu_relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield" ::: "memory");
#endif
}

// Let whoever waits for this core run: the one that we spin for may be pinned to it.
inline void yield_core() noexcept { ::sched_yield(); }

// CLOCK_MONOTONIC: one clock for all processes of the machine.
[[nodiscard]] inline std::int64_t monotonic_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

// A user's seconds; whatever does not fit (infinity, NaN, a century) becomes the nearest that does,
// so that sums of two of them and the clock do.
[[nodiscard]] inline std::int64_t ns_of(double seconds) noexcept {
  constexpr double most_s = 2e9;
  if (!(seconds > 0)) return 0;  // NaN too
  return static_cast<std::int64_t>((seconds < most_s ? seconds : most_s) * 1e9);
}

}  // namespace hpcflow
