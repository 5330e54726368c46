#include "heap.hpp"

#include <algorithm>
#include <cassert>

namespace hpcflow {

Heap::Heap(std::uint64_t capacity_bytes, std::uint32_t first_generation, std::uint64_t large_bytes)
    : capacity_bytes_(capacity_bytes / page_bytes * page_bytes),
      large_bytes_(large_bytes),
      next_generation_(first_generation == 0 ? 1 : first_generation) {
  free_.add({0, capacity_bytes_});
  cold_.add({0, capacity_bytes_});
}

// Where to put `size_bytes` (whole pages); the three steps are those of the header.
std::optional<std::uint64_t> Heap::find(std::uint64_t size_bytes) const {
  const std::uint64_t alignment = size_bytes >= large_bytes_ ? large_bytes_ : page_bytes;
  if (const auto warm = warm_.best_fit(size_bytes, alignment)) {
    return multiple_up(warm->offset, alignment);
  }
  if (const auto warm = warm_.largest()) {
    // Warm extents are as long as they can be, so what lies beside one is cold or in use.
    const std::uint64_t begin = warm->offset - cold_.bytes_before(warm->offset);
    const std::uint64_t end = warm->end() + cold_.bytes_from(warm->end());
    const std::uint64_t forwards = multiple_up(warm->offset, alignment);
    if (forwards <= end && size_bytes <= end - forwards) return forwards;
    if (size_bytes <= end) {
      const std::uint64_t backwards = multiple_down(end - size_bytes, alignment);
      if (backwards >= begin) return backwards;
    }
  }
  if (const auto run = free_.best_fit(size_bytes, alignment)) {
    return multiple_up(run->offset, alignment);
  }
  return std::nullopt;
}

std::optional<HeapBlock> Heap::allocate(std::uint64_t size_bytes) {
  // Compared before rounding, which could overflow.
  if (size_bytes > capacity_bytes_) return std::nullopt;
  const std::uint64_t rounded = std::max(pages_up(size_bytes), page_bytes);
  const auto offset = find(rounded);
  if (!offset) return std::nullopt;

  const Extent extent{*offset, rounded};
  free_.remove(extent);
  warm_.remove_common(extent);
  HeapBlock block{extent, next_generation_, cold_.remove_common(extent)};
  blocks_.emplace(extent.offset, Living{rounded, block.generation});
  if (++next_generation_ == 0) next_generation_ = 1;
  return block;
}

void Heap::inherit(const Extent& extent, std::uint32_t generation) {
  free_.remove(extent);
  cold_.remove(extent);
  blocks_.emplace(extent.offset, Living{extent.size_bytes, generation});
}

void Heap::abandon(const HeapBlock& block) {
  [[maybe_unused]] const ReleaseResult result = release(block.extent.offset, block.generation);
  assert(result == ReleaseResult::released);
  for (const Extent& part : block.cold) {
    warm_.remove(part);
    cold_.add(part);
  }
}

ReleaseResult Heap::release(std::uint64_t offset, std::uint32_t generation) {
  const auto block = blocks_.find(offset);
  if (block == blocks_.end() || block->second.generation != generation) return ReleaseResult::stale;
  const Extent extent{offset, block->second.size_bytes};
  blocks_.erase(block);
  free_.add(extent);
  warm_.add(extent);
  return ReleaseResult::released;
}

std::vector<Extent> Heap::trim(std::uint64_t warm_reserve_bytes) {
  std::vector<Extent> let_go;
  const std::uint64_t reserve = warm_reserve_bytes / page_bytes * page_bytes;
  while (warm_.total_bytes() > reserve) {
    Extent extent = *warm_.largest();
    const std::uint64_t excess = warm_.total_bytes() - reserve;
    if (extent.size_bytes > excess) {
      const std::uint64_t least = extent.end() - excess;
      const std::uint64_t whole = multiple_down(least, large_bytes_);
      const std::uint64_t cut = whole > extent.offset ? whole : least;
      extent = {cut, extent.end() - cut};
    }
    warm_.remove(extent);
    cold_.add(extent);
    let_go.push_back(extent);
  }
  return let_go;
}

std::string Heap::check() const {
  if (!free_.is_sound() || !warm_.is_sound() || !cold_.is_sound())
    return "an extent set is not sound";

  // Warm and cold extents together are the free ones: none twice, none missing.
  ExtentSet united = warm_;
  for (const Extent& extent : cold_.extents()) {
    if (!united.remove_common(extent).empty()) return "bytes are warm and cold at once";
    united.add(extent);
  }
  if (united.extents() != free_.extents())
    return "the free bytes are not the warm and the cold ones";

  // Blocks and free extents tile the segment.
  for (const auto& [offset, block] : blocks_) {
    const Extent extent{offset, block.size_bytes};
    if (block.size_bytes == 0 || offset % page_bytes != 0 || block.size_bytes % page_bytes != 0) {
      return "a block is not made of whole pages";
    }
    if (block.generation == 0) return "a block has no generation";
    if (!united.remove_common(extent).empty())
      return "a block overlaps free bytes or another block";
    united.add(extent);
  }
  const std::vector<Extent> whole = united.extents();
  const bool tiles =
      capacity_bytes_ == 0 ? whole.empty() : whole == std::vector<Extent>{{0, capacity_bytes_}};
  return tiles ? "" : "bytes belong neither to a block nor to the free ones";
}

}  // namespace hpcflow
