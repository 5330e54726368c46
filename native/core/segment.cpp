#include "segment.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace hpcflow {

std::uint64_t Budget::committed_bytes() const noexcept {
  std::uint64_t sum = 0;
  // SYNC BUDGET: comes after the store to one's own word in publish_growth(). One order of all
  // these loads and stores (seq_cst) makes sure that of two growing segments one sees the other's
  // growth.
  for (const Atomic<std::uint64_t>* word : committed_words) sum += word->load(sequential);
  return sum;
}

std::uint64_t default_warm_reserve_bytes(const Budget& budget) noexcept {
  return budget.limit_bytes / 4 / std::max<std::uint64_t>(budget.committed_words.size(), 1);
}

Segment::Segment(const Arena& arena, std::uint32_t number, Atomic<std::uint64_t>& committed_word,
                 Budget budget)
    : Segment(arena, number, {0, arena.segment_bytes()}, committed_word, std::move(budget)) {}

Segment::Segment(const Arena& arena, std::uint32_t number, Extent part,
                 Atomic<std::uint64_t>& committed_word, Budget budget)
    : arena_(&arena),
      number_(number),
      offset_(arena.segment_offset(number) + part.offset),
      committed_word_(&committed_word),
      budget_(std::move(budget)),
      warm_reserve_bytes_(default_warm_reserve_bytes(budget_)),
      heap_(part.size_bytes) {
  committed_word_->store(0, sequential);
}

void Segment::inherit(std::span<const BlockRef> blocks) {
  for (const BlockRef& block : blocks) {
    if (!holds(block.offset)) continue;  // it lies in the other part
    const std::uint64_t size_bytes = std::max(pages_up(block.size_bytes), page_bytes);
    heap_.inherit({block.offset - offset_, size_bytes}, block.generation);
  }
  publish_shrink();
}

// Count what the heap has just taken, before there are pages behind it: a kill in between leaves a
// word that says too much, which draining repairs, never one that says too little.
bool Segment::publish_growth(std::uint64_t limit_bytes) {
  // SYNC BUDGET: see Budget::committed_bytes().
  committed_word_->store(committed_bytes(), sequential);
  return budget_.committed_bytes() <= limit_bytes;
}

// The other way round: called when the pages are gone already.
void Segment::publish_shrink() noexcept { committed_word_->store(committed_bytes(), sequential); }

std::error_code Segment::commit_parts(const HeapBlock& block, Pages pages) {
  for (const Extent& part : block.cold) {
    const std::uint64_t from = multiple_up(part.offset, huge_page_bytes);
    const std::uint64_t to = multiple_down(part.end(), huge_page_bytes);
    if (from < to && !arena_->commit_huge(offset_ + from, to - from) && pages == Pages::huge) {
      return std::make_error_code(std::errc::not_enough_memory);
    }
    // What has pages already is only passed over.
    if (const std::error_code error = arena_->commit(offset_ + part.offset, part.size_bytes))
      return error;
    // The block is about to be written from end to end.
    arena_->prefault(offset_ + part.offset, part.size_bytes);
  }
  return {};
}

Allocation Segment::allocate(std::uint64_t size_bytes) {
  const Allocation allocation = allocate_once(size_bytes, budget_.limit_bytes, Pages::of_any_size);
  if (const auto* failure = std::get_if<AllocationFailure>(&allocation);
      failure == nullptr || *failure != AllocationFailure::over_budget) {
    return allocation;
  }
  // Our own free pages were no use for this block, but they count: let them go and look again.
  trim(0);
  return allocate_once(size_bytes, budget_.limit_bytes, Pages::of_any_size);
}

Allocation Segment::try_allocate(std::uint64_t size_bytes, std::uint64_t limit_bytes) {
  return allocate_once(size_bytes, limit_bytes, Pages::huge);
}

Allocation Segment::allocate_once(std::uint64_t size_bytes, std::uint64_t limit_bytes,
                                  Pages pages) {
  const std::optional<HeapBlock> block = heap_.allocate(size_bytes);
  if (!block) return AllocationFailure::out_of_space;
  if (!block->cold.empty() && !publish_growth(limit_bytes)) {
    heap_.abandon(*block);
    publish_shrink();
    return AllocationFailure::over_budget;
  }
  if (commit_parts(*block, pages)) {
    // The cold parts hold nothing yet, so whatever pages they were given can go again.
    for (const Extent& part : block->cold) {
      static_cast<void>(arena_->punch(offset_ + part.offset, part.size_bytes));
    }
    heap_.abandon(*block);
    publish_shrink();
    return arena_->has_descriptor() ? AllocationFailure::out_of_memory : AllocationFailure::closed;
  }
  return BlockRef{offset_ + block->extent.offset, size_bytes, block->generation, number_};
}

ReleaseResult Segment::release(const BlockRef& block) {
  if (block.segment != number_ || !holds(block.offset)) return ReleaseResult::stale;
  const ReleaseResult result = heap_.release(block.offset - offset_, block.generation);
  // Down to half, so that of many small blocks not each pays for a punch of its own.
  if (heap_.warm_free_bytes() > warm_reserve_bytes_) trim(warm_reserve_bytes_ / 2);
  return result;
}

void Segment::vacate(const BlockRef& block) {
  const std::uint64_t size_bytes = std::max(pages_up(block.size_bytes), page_bytes);
  // Where the kernel refuses, see trim().
  static_cast<void>(arena_->punch(block.offset, size_bytes));
  vacant_bytes_ += size_bytes;
  publish_shrink();
}

void Segment::release_vacant(const BlockRef& block) {
  const Extent extent{block.offset - offset_, std::max(pages_up(block.size_bytes), page_bytes)};
  vacant_bytes_ -= extent.size_bytes;
  heap_.abandon({extent, block.generation, {extent}});
}

void Segment::trim(std::uint64_t warm_reserve_bytes) {
  for (const Extent& extent : heap_.trim(warm_reserve_bytes)) {
    // The kernel refuses only when it has no memory for the split itself. The pages then stay,
    // counted by nobody, until this space is used or drained: no harm that could be mended here.
    static_cast<void>(arena_->punch(offset_ + extent.offset, extent.size_bytes));
  }
  publish_shrink();
}

}  // namespace hpcflow
