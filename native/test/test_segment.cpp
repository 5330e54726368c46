// Segments on a real arena: pages behind every block, the budget that they share, and trimming.
#include <sys/stat.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <thread>
#include <variant>
#include <vector>

#include "core/arena.hpp"
#include "core/segment.hpp"
#include "test/check.hpp"

namespace hpcflow {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

// An arena of two segments with their words, as the lane region has them.
struct Bench {
  explicit Bench(std::uint64_t limit_bytes, std::uint64_t segment_bytes = 16 * mib)
      : arena(Arena::create(page_bytes, segment_bytes, 2)),
        budget{limit_bytes, {&words[0], &words[1]}} {}

  [[nodiscard]] Segment segment(std::uint32_t number) {
    return {arena, number, words[number], budget};
  }
  [[nodiscard]] std::uint64_t resident_bytes() const {
    struct stat status{};
    CHECK_EQ(::fstat(arena.fd(), &status), 0);
    return static_cast<std::uint64_t>(status.st_blocks) * 512 - 2 * page_bytes;
  }

  Arena arena;
  Atomic<std::uint64_t> words[2] = {};
  Budget budget;
};

BlockRef block_in(const Allocation& allocation) {
  CHECK(std::holds_alternative<BlockRef>(allocation));
  return std::get<BlockRef>(allocation);
}

AllocationFailure failure_in(const Allocation& allocation) {
  CHECK(std::holds_alternative<AllocationFailure>(allocation));
  return std::get<AllocationFailure>(allocation);
}

CASE("segment: a block has its size, its segment, and pages behind every byte") {
  Bench bench(8 * mib);
  Segment segment = bench.segment(1);
  const BlockRef block = block_in(segment.allocate(mib - 5));
  CHECK_EQ(block.size_bytes, mib - 5);
  CHECK_EQ(block.segment, 1u);
  CHECK_EQ(block.offset, bench.arena.segment_offset(1));
  CHECK_EQ(bench.resident_bytes(), mib);
  CHECK_EQ(bench.words[1].load(), mib);
  CHECK_EQ(bench.words[0].load(), 0u);
  std::memset(segment.bytes(block).data(), 1, block.size_bytes);
  CHECK_EQ(segment.bytes(block).size(), mib - 5);
  CHECK_EQ(segment.release(block), ReleaseResult::released);
  CHECK_EQ(segment.release(block), ReleaseResult::stale);
}

CASE("segment: warm pages are used again, without growing") {
  Bench bench(16 * mib);
  Segment segment = bench.segment(0);
  const BlockRef first = block_in(segment.allocate(mib));
  CHECK_EQ(segment.release(first), ReleaseResult::released);
  const BlockRef second = block_in(segment.allocate(mib));
  CHECK_EQ(second.offset, first.offset);
  CHECK(second.generation != first.generation);
  CHECK_EQ(segment.release(first), ReleaseResult::stale);
  CHECK_EQ(bench.words[0].load(), mib);
}

CASE("segment: refs of another segment are stale") {
  Bench bench(8 * mib);
  Segment first = bench.segment(0);
  Segment second = bench.segment(1);
  const BlockRef block = block_in(first.allocate(mib));
  CHECK_EQ(second.release(block), ReleaseResult::stale);
  BlockRef forged = block;
  forged.segment = 1;
  CHECK_EQ(second.release(forged), ReleaseResult::stale);
  CHECK_EQ(first.release(block), ReleaseResult::released);
}

CASE("segment: growing stops at the budget that all segments share") {
  Bench bench(4 * mib);
  Segment first = bench.segment(0);
  Segment second = bench.segment(1);
  const BlockRef held = block_in(first.allocate(3 * mib));
  CHECK_EQ(failure_in(second.allocate(2 * mib)), AllocationFailure::over_budget);
  CHECK_EQ(bench.words[1].load(), 0u);
  CHECK_EQ(bench.resident_bytes(), 3 * mib);
  CHECK_EQ(second.heap().check(), "");
  const BlockRef fitting = block_in(second.allocate(mib));
  CHECK_EQ(failure_in(first.allocate(1)), AllocationFailure::over_budget);
  CHECK_EQ(first.release(held), ReleaseResult::released);
  CHECK_EQ(second.release(fitting), ReleaseResult::released);
  first.trim(0);
  static_cast<void>(block_in(second.allocate(4 * mib)));
}

CASE("segment: a word that a dead segment left counts until it is zeroed") {
  Bench bench(4 * mib);
  Segment segment = bench.segment(0);
  bench.words[1].store(3 * mib);
  CHECK_EQ(failure_in(segment.allocate(2 * mib)), AllocationFailure::over_budget);
  CHECK(!bench.arena.drain_segment(1));
  bench.words[1].store(0);
  static_cast<void>(block_in(segment.allocate(2 * mib)));
}

CASE("segment: own warm pages that are no use for a block make way for it") {
  Bench bench(4 * mib);
  Segment segment = bench.segment(0);
  segment.set_warm_reserve_bytes(4 * mib);
  const BlockRef first = block_in(segment.allocate(mib));
  const BlockRef wall = block_in(segment.allocate(page_bytes));
  const BlockRef third = block_in(segment.allocate(mib));
  const BlockRef end_wall = block_in(segment.allocate(page_bytes));
  CHECK_EQ(segment.release(first), ReleaseResult::released);
  CHECK_EQ(segment.release(third), ReleaseResult::released);
  CHECK_EQ(segment.heap().warm_free_bytes(), 2 * mib);
  const BlockRef large = block_in(segment.allocate(3 * mib));
  CHECK_EQ(bench.words[0].load(), 3 * mib + 2 * page_bytes);
  CHECK_EQ(bench.resident_bytes(), 3 * mib + 2 * page_bytes);
  for (const BlockRef& block : {wall, end_wall, large})
    CHECK_EQ(segment.release(block), ReleaseResult::released);
  CHECK_EQ(segment.heap().check(), "");
}

CASE("segment: sizes beyond all measure, and a segment that is full") {
  Bench bench(std::numeric_limits<std::uint64_t>::max(), mib);
  Segment segment = bench.segment(0);
  CHECK_EQ(failure_in(segment.allocate(std::numeric_limits<std::uint64_t>::max())),
           AllocationFailure::out_of_space);
  CHECK_EQ(failure_in(segment.allocate(mib + 1)), AllocationFailure::out_of_space);
  static_cast<void>(block_in(segment.allocate(mib)));
  CHECK_EQ(failure_in(segment.allocate(0)), AllocationFailure::out_of_space);
}

CASE("segment: what is free beyond the reserve goes back to the kernel") {
  Bench bench(16 * mib);
  Segment segment = bench.segment(0);
  CHECK_EQ(segment.warm_reserve_bytes(), 2 * mib);
  const BlockRef small = block_in(segment.allocate(2 * mib));
  const BlockRef large = block_in(segment.allocate(6 * mib));
  CHECK_EQ(segment.release(small), ReleaseResult::released);
  CHECK_EQ(bench.resident_bytes(), 8 * mib);
  CHECK_EQ(segment.release(large), ReleaseResult::released);
  CHECK_EQ(bench.resident_bytes(), mib);
  CHECK_EQ(bench.words[0].load(), mib);
  segment.trim(0);
  CHECK_EQ(bench.resident_bytes(), 0u);
  CHECK_EQ(bench.words[0].load(), 0u);
}

CASE("segment: two that grow at once never pass the budget together") {
  Bench bench(4 * mib);
  std::uint64_t granted[2] = {};
  {
    const auto grow = [&bench, &granted](std::uint32_t number) {
      Segment segment = bench.segment(number);
      for (int attempt = 0; attempt < 200; ++attempt) {
        const Allocation allocation = segment.allocate(64 * 1024);
        granted[number] += std::holds_alternative<BlockRef>(allocation) ? 64 * 1024 : 0;
      }
    };
    std::thread other(grow, 1u);
    grow(0);
    other.join();
  }
  CHECK(granted[0] + granted[1] <= 4 * mib);
  CHECK(bench.words[0].load() + bench.words[1].load() <= 4 * mib);
  CHECK_EQ(bench.words[0].load(), granted[0]);
  CHECK_EQ(bench.words[1].load(), granted[1]);
}

}  // namespace
}  // namespace hpcflow
