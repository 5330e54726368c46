// The bookkeeping of one segment: which of its bytes belong to blocks, which are free, and which of
// the free ones are warm. Lives in the private memory of the one process that allocates from the
// segment, deals in offsets only and never touches the memory itself: no crash of anybody else can
// harm it, and it can be tested without any memory (tests/pure/test_heap.py).
//
// Free bytes are *warm* when pages stand behind them, *cold* when none do. Writing to warm pages
// runs at the speed of memory; a cold page must first be found and zeroed by the kernel, an order
// of magnitude slower. So the heap
//   1. takes the smallest warm extent that fits (best fit);
//   2. if none does, lets the largest warm extent grow into the cold bytes beside it;
//   3. else takes the smallest run of free bytes that fits, warm or cold, from its front.
// Blocks of at least `large_bytes` begin at a multiple of that, and fit only where they do.
// It fails only if no run of free bytes is long enough for that. Best fit over address-ordered,
// coalesced extents is what Wilson, Johnstone, Neely and Boles found to fragment least (Dynamic
// Storage Allocation: A Survey and Critical Review, 1995); keeping warm and cold extents apart and
// preferring the warm ones is jemalloc's ("dirty" and "retained" extents, src/extent.c).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "block.hpp"
#include "extent_set.hpp"

namespace hpcflow {

struct HeapBlock {
  Extent extent;             // whole pages
  std::uint32_t generation;  // never 0
  std::vector<Extent> cold;  // its parts that must be committed before use, in order of offset
};

enum class ReleaseResult : std::uint8_t {
  released,  // the bytes are free and warm
  stale,     // no such block lives: released before, or of an earlier generation; nothing changed
};

// One thread at a time. Each operation costs O(log n) of the number of extents, and as much again
// for each extent that it uses up.
class Heap {
 public:
  // Everything is free and cold. Generations count up from `first_generation`, so that a heap which
  // follows another in the same segment can be told apart from it. `large_bytes`: whole pages.
  explicit Heap(std::uint64_t capacity_bytes, std::uint32_t first_generation = 1,
                std::uint64_t large_bytes = huge_page_bytes);

  // A block of `size_bytes` rounded up to pages, at least one; nothing when no run of free bytes is
  // long enough. The caller commits `cold`, or hands the block to abandon().
  [[nodiscard]] std::optional<HeapBlock> allocate(std::uint64_t size_bytes);
  // A block that another heap over the same bytes allocated, which still lives. Only while those
  // bytes are free and cold here.
  void inherit(const Extent& extent, std::uint32_t generation);
  // Undo the allocation of a living block whose cold parts could not be committed.
  void abandon(const HeapBlock& block);
  [[nodiscard]] ReleaseResult release(std::uint64_t offset, std::uint32_t generation);
  // Turn free warm bytes cold, the largest extents first and of the last one only what is needed,
  // until `warm_reserve_bytes` remain at most; a cut through an extent is moved down to a multiple
  // of `large_bytes`, so that no huge page is broken by it. The caller must let go of the pages
  // behind the extents returned before it allocates again.
  [[nodiscard]] std::vector<Extent> trim(std::uint64_t warm_reserve_bytes);

  [[nodiscard]] std::uint64_t capacity_bytes() const noexcept { return capacity_bytes_; }
  [[nodiscard]] std::uint64_t allocated_bytes() const noexcept {
    return capacity_bytes_ - free_.total_bytes();
  }
  [[nodiscard]] std::uint64_t warm_free_bytes() const noexcept { return warm_.total_bytes(); }
  // Blocks and warm free bytes: all that has pages, or is about to.
  [[nodiscard]] std::uint64_t committed_bytes() const noexcept {
    return capacity_bytes_ - cold_.total_bytes();
  }
  [[nodiscard]] std::size_t block_count() const noexcept { return blocks_.size(); }
  // Tests all invariants; says what does not hold. Empty when all is well.
  [[nodiscard]] std::string check() const;

 private:
  struct Living {
    std::uint64_t size_bytes;
    std::uint32_t generation;
  };

  [[nodiscard]] std::optional<std::uint64_t> find(std::uint64_t size_bytes) const;

  std::uint64_t capacity_bytes_;
  std::uint64_t large_bytes_;
  std::uint32_t next_generation_;
  ExtentSet free_;                          // all free bytes
  ExtentSet warm_;                          // those of them with pages
  ExtentSet cold_;                          // and those without
  std::map<std::uint64_t, Living> blocks_;  // by offset
};

}  // namespace hpcflow
