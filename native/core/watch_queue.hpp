// A queue of tokens that the coordinator fills and one Python thread empties: how many runs are
// waited for at once, and how the observer thread learns what happened.
#pragma once

#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "atomic.hpp"

namespace hpcflow {

class WatchQueue {
 public:
  void push(std::uint64_t token) {
    {
      const std::lock_guard lock(mutex_);
      tokens_.push_back(token);
    }
    pushed_.fetch_add(1, release);
    futex_wake(pushed_, 1, FutexScope::process);
  }

  // What has been pushed since the last call. Waits up to `timeout_ns` when that is nothing, and
  // may return earlier with nothing when a signal arrives: the caller looks at signals and asks
  // again.
  [[nodiscard]] std::vector<std::uint64_t> take(std::int64_t timeout_ns) {
    const std::uint32_t seen = pushed_.load(acquire);
    {
      const std::lock_guard lock(mutex_);
      if (!tokens_.empty() || timeout_ns == 0) return std::exchange(tokens_, {});
    }
    // Ends by push(), by a signal, or by the timeout: callers give one.
    (void)futex_wait(pushed_, seen, timeout_ns, FutexScope::process);
    const std::lock_guard lock(mutex_);
    return std::exchange(tokens_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::uint64_t> tokens_;
  Atomic<std::uint32_t> pushed_{0};
};

}  // namespace hpcflow
