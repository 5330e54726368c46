// A segment: the heap over one region of the arena, and the only writer of its blocks' places. Each
// segment has exactly one allocating process (the parent, or one incarnation of a worker), which
// keeps this object in its private memory and learns by message which blocks are free again. (A
// worker has two such objects, over the two parts of its segment: see nursery.hpp.)
//
// The budget of the whole arena is kept without a lock. Each segment publishes the bytes that it
// has committed in one word of the lane region, which only it writes; whoever wants to grow adds
// the growth to its own word first, then reads all words, and takes it back if their sum is over
// the limit. Of two that grow at once at least one sees the other, so the limit holds at every
// instant; at the edge of it both may be refused where one would have fitted.
//
// What a SIGKILL leaves, at any instruction: pages behind the segment, and a word that counts at
// least those. Nobody allocates from the segment again; when the last lease on its blocks is gone
// the coordinator drains it (Arena::drain_segment), and only then zeroes the word.
#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "arena.hpp"
#include "atomic.hpp"
#include "block.hpp"
#include "heap.hpp"

namespace hpcflow {

enum class AllocationFailure : std::uint8_t {
  over_budget,    // growing would pass the limit that all segments share
  out_of_memory,  // the kernel had no pages
  out_of_space,   // no run of free bytes in this segment is long enough
  closed,         // user code has closed the arena's descriptor in this process
};

using Allocation = std::variant<BlockRef, AllocationFailure>;

// What a segment may know of the others: the limit, and everybody's word, its own among them.
struct Budget {
  std::uint64_t limit_bytes = 0;
  std::vector<const Atomic<std::uint64_t>*> committed_words;

  [[nodiscard]] std::uint64_t committed_bytes() const noexcept;
};

// How many free bytes a segment keeps warm: an equal share of a quarter of the budget. All segments
// together then keep three quarters of it for blocks, and on a workstation (budget 16 GiB, 9 words)
// one still recycles the 400 MB array of bench_result_transfer without a fault.
[[nodiscard]] std::uint64_t default_warm_reserve_bytes(const Budget& budget) noexcept;

// One thread at a time: where several allocate (the parent), the owner holds its lock around each
// call.
class Segment {
 public:
  // `committed_word` is this segment's, one of the budget's words. It is set to 0 here. The arena
  // and the words outlive the segment.
  Segment(const Arena& arena, std::uint32_t number, Atomic<std::uint64_t>& committed_word,
          Budget budget);
  // Over a part of it only: `part` is in bytes from the segment's begin.
  Segment(const Arena& arena, std::uint32_t number, Extent part,
          Atomic<std::uint64_t>& committed_word, Budget budget);
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  // Blocks of a worker that is dead, which still live: what is beside them may be allocated from.
  // Before anything else. Those of another part of the segment are passed over.
  void inherit(std::span<const BlockRef> blocks);

  // A block with pages behind every byte; its content is whatever was there before.
  [[nodiscard]] Allocation allocate(std::uint64_t size_bytes);
  // The same for what is not needed at any price: it lets go of nothing to make room, and grows
  // only while all segments together are within `limit_bytes`, and only by huge pages.
  [[nodiscard]] Allocation try_allocate(std::uint64_t size_bytes, std::uint64_t limit_bytes);
  // A ref of another segment, or part, is stale too. Trims when more than the warm reserve is free.
  [[nodiscard]] ReleaseResult release(const BlockRef& block);
  // Let go of the pages behind a living block, whose place stays taken until release_vacant().
  void vacate(const BlockRef& block);
  void release_vacant(const BlockRef& block);
  // Let go of free pages until `warm_reserve_bytes` remain at most.
  void trim(std::uint64_t warm_reserve_bytes);

  [[nodiscard]] std::span<std::byte> bytes(const BlockRef& block) const {
    return arena_->at(block.offset, block.size_bytes);
  }
  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
  [[nodiscard]] bool holds(std::uint64_t offset) const noexcept {
    return offset >= offset_ && offset - offset_ < heap_.capacity_bytes();
  }
  [[nodiscard]] std::uint64_t warm_reserve_bytes() const noexcept { return warm_reserve_bytes_; }
  void set_warm_reserve_bytes(std::uint64_t warm_reserve_bytes) noexcept {
    warm_reserve_bytes_ = warm_reserve_bytes;
  }
  [[nodiscard]] const Heap& heap() const noexcept { return heap_; }

 private:
  [[nodiscard]] std::uint64_t committed_bytes() const noexcept {
    return heap_.committed_bytes() - vacant_bytes_;
  }
  [[nodiscard]] bool publish_growth(std::uint64_t limit_bytes);
  void publish_shrink() noexcept;
  enum class Pages : std::uint8_t { of_any_size, huge };  // huge: for all but a block's ends
  [[nodiscard]] Allocation allocate_once(std::uint64_t size_bytes, std::uint64_t limit_bytes,
                                         Pages pages);
  [[nodiscard]] std::error_code commit_parts(const HeapBlock& block, Pages pages);

  const Arena* arena_;
  std::uint32_t number_;
  std::uint64_t offset_;  // in the arena
  Atomic<std::uint64_t>* committed_word_;
  Budget budget_;
  std::uint64_t warm_reserve_bytes_;
  std::uint64_t vacant_bytes_ = 0;  // of living blocks without pages
  Heap heap_;
};

}  // namespace hpcflow
