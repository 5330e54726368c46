// What crosses processes in the place of a pointer: where a block lies, and which of the blocks
// that have lain there it is. Copied into lanes and into values, so its layout is fixed.
#pragma once

#include <cstdint>
#include <type_traits>

namespace hpcflow {

// The unit of the heap, of committing and of mapping. Arena::create() refuses a kernel whose pages
// are larger: a block could then not be mapped by itself.
inline constexpr std::uint64_t page_bytes = 4096;

// A block of at least so many bytes begins at a multiple of them, so that whole huge pages of the
// kernel can stand behind it, and each view of it. Where the kernel's are of another size, or it
// gives none, this is only a rule about offsets.
inline constexpr std::uint64_t huge_page_bytes = std::uint64_t{2} << 20;

[[nodiscard]] constexpr std::uint64_t multiple_down(std::uint64_t value,
                                                    std::uint64_t unit) noexcept {
  return value / unit * unit;
}
[[nodiscard]] constexpr std::uint64_t multiple_up(std::uint64_t value,
                                                  std::uint64_t unit) noexcept {
  return multiple_down(value + unit - 1, unit);
}

[[nodiscard]] constexpr std::uint64_t pages_up(std::uint64_t size_bytes) noexcept {
  return (size_bytes + page_bytes - 1) & ~(page_bytes - 1);
}

// Written once, by the segment that allocated the block; readable by whoever it is sent to for as
// long as the coordinator holds a lease on the block for them.
struct BlockRef {
  std::uint64_t offset;      // of its first byte in the arena; a multiple of page_bytes
  std::uint64_t size_bytes;  // as asked for; the block itself ends at the next page
  std::uint32_t generation;  // makes a ref to an earlier block at this offset detectable; never 0
  std::uint32_t segment;     // number of the segment it was allocated from
  friend bool operator==(const BlockRef&, const BlockRef&) = default;
};
static_assert(sizeof(BlockRef) == 24 && alignof(BlockRef) == 8);
static_assert(std::is_trivially_copyable_v<BlockRef> && std::is_standard_layout_v<BlockRef>);

}  // namespace hpcflow
