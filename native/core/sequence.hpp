// Sequence numbers of a lane: 32 bits that wrap around, so only their distance means something.
#pragma once

#include <cstdint>

namespace hpcflow {

// How far `to` lies behind `from`; negative when it lies before it. Right as long as the two are
// less than 2^31 apart, and a lane holds a few thousand runs at most.
[[nodiscard]] constexpr std::int32_t distance(std::uint32_t from, std::uint32_t to) noexcept {
  return static_cast<std::int32_t>(to - from);
}

}  // namespace hpcflow
