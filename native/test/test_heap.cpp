// The heap and its extent sets: by hand where a rule is at stake, at random against a map of pages.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iterator>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/extent_set.hpp"
#include "core/heap.hpp"
#include "test/check.hpp"

namespace hpcflow {
namespace {

constexpr std::uint64_t page = page_bytes;

using Extents = std::vector<Extent>;

bool same(const Extents& left, const Extents& right) { return left == right; }

HeapBlock allocated(Heap& heap, std::uint64_t pages) {
  const auto block = heap.allocate(pages * page);
  CHECK(block.has_value());
  CHECK_EQ(heap.check(), "");
  return *block;
}

void released(Heap& heap, const HeapBlock& block) {
  CHECK_EQ(heap.release(block.extent.offset, block.generation), ReleaseResult::released);
  CHECK_EQ(heap.check(), "");
}

CASE("extent set: neighbours are joined, and parts can be taken out") {
  ExtentSet set;
  set.add({0, 10});
  set.add({20, 10});
  CHECK(same(set.extents(), {{0, 10}, {20, 10}}));
  set.add({10, 10});
  CHECK(same(set.extents(), {{0, 30}}));
  set.remove({5, 5});
  CHECK(same(set.extents(), {{0, 5}, {10, 20}}));
  CHECK(same(set.remove_common({3, 10}), {{3, 2}, {10, 3}}));
  CHECK(same(set.extents(), {{0, 3}, {13, 17}}));
  CHECK_EQ(set.total_bytes(), 20u);
  CHECK_EQ(set.bytes_before(30), 17u);
  CHECK_EQ(set.bytes_before(29), 0u);
  CHECK_EQ(set.bytes_from(13), 17u);
  CHECK_EQ(set.bytes_from(14), 0u);
  CHECK(set.best_fit(3) == (Extent{0, 3}));
  CHECK(set.best_fit(4) == (Extent{13, 17}));
  CHECK(!set.best_fit(18));
  CHECK(set.is_sound());
}

CASE("heap: sizes are rounded up to pages, and an empty block is a page") {
  Heap heap(10 * page);
  CHECK_EQ(heap.allocate(0)->extent.size_bytes, page);
  CHECK_EQ(heap.allocate(1)->extent.size_bytes, page);
  CHECK_EQ(heap.allocate(page + 1)->extent.size_bytes, 2 * page);
  CHECK_EQ(heap.allocated_bytes(), 4 * page);
  CHECK_EQ(heap.block_count(), 3u);
}

CASE("heap: what cannot fit gives nothing and changes nothing") {
  Heap heap(10 * page + 5);
  CHECK_EQ(heap.capacity_bytes(), 10 * page);
  CHECK(!heap.allocate(10 * page + 1));
  CHECK(!heap.allocate(std::numeric_limits<std::uint64_t>::max()));
  CHECK(!heap.allocate(std::numeric_limits<std::uint64_t>::max() - page));
  const HeapBlock whole = allocated(heap, 10);
  CHECK(!heap.allocate(1));
  released(heap, whole);
  Heap empty(0);
  CHECK(!empty.allocate(0));
  CHECK_EQ(empty.check(), "");
}

CASE("heap: a stale or double release is detected and changes nothing") {
  Heap heap(10 * page);
  const HeapBlock first = allocated(heap, 2);
  released(heap, first);
  CHECK_EQ(heap.release(first.extent.offset, first.generation), ReleaseResult::stale);
  const HeapBlock second = allocated(heap, 2);
  CHECK_EQ(second.extent.offset, first.extent.offset);
  CHECK_EQ(heap.release(first.extent.offset, first.generation), ReleaseResult::stale);
  CHECK_EQ(heap.release(second.extent.offset + page, second.generation), ReleaseResult::stale);
  CHECK_EQ(heap.allocated_bytes(), 2 * page);
  released(heap, second);
}

CASE("heap: generations go on where an earlier heap ended, and never are 0") {
  Heap heap(10 * page, std::numeric_limits<std::uint32_t>::max());
  CHECK_EQ(allocated(heap, 1).generation, std::numeric_limits<std::uint32_t>::max());
  CHECK_EQ(allocated(heap, 1).generation, 1u);
}

CASE("heap: the smallest warm extent that fits is taken before any cold one") {
  Heap heap(100 * page);
  const HeapBlock large = allocated(heap, 8);
  const HeapBlock wall = allocated(heap, 1);
  const HeapBlock small = allocated(heap, 4);
  const HeapBlock end_wall = allocated(heap, 1);
  CHECK(same(large.cold, {large.extent}));
  released(heap, large);
  released(heap, small);
  const HeapBlock reused = allocated(heap, 3);
  CHECK_EQ(reused.extent.offset, small.extent.offset);
  CHECK(reused.cold.empty());
  CHECK_EQ(allocated(heap, 5).extent.offset, large.extent.offset);
  CHECK_EQ(heap.committed_bytes(), 14 * page);
  released(heap, wall);
  released(heap, end_wall);
}

CASE("heap: where no warm extent fits, the largest grows into its cold neighbour") {
  Heap heap(100 * page);
  released(heap, allocated(heap, 10));
  const HeapBlock grown = allocated(heap, 15);
  CHECK_EQ(grown.extent.offset, 0u);
  CHECK(same(grown.cold, {{10 * page, 5 * page}}));
  CHECK_EQ(heap.committed_bytes(), 15 * page);

  // Backwards too: only the front of what was freed is cold again.
  const HeapBlock wall = allocated(heap, 1);
  released(heap, grown);
  CHECK(same(heap.trim(5 * page), {{5 * page, 10 * page}}));
  const HeapBlock front = allocated(heap, 5);
  const HeapBlock back = allocated(heap, 4);  // cold [5, 9) of the hole [5, 15)
  released(heap, front);
  released(heap, back);
  CHECK_EQ(heap.warm_free_bytes(), 9 * page);
  CHECK(same(allocated(heap, 12).cold, {{9 * page, 3 * page}}));
  released(heap, wall);
}

CASE("heap: abandoned blocks leave everything as it was") {
  Heap heap(100 * page);
  released(heap, allocated(heap, 10));
  const HeapBlock wanted = allocated(heap, 30);
  heap.abandon(wanted);
  CHECK_EQ(heap.check(), "");
  CHECK_EQ(heap.warm_free_bytes(), 10 * page);
  CHECK_EQ(heap.committed_bytes(), 10 * page);
  CHECK_EQ(heap.release(wanted.extent.offset, wanted.generation), ReleaseResult::stale);
}

CASE("heap: large blocks begin at a multiple of a large block, whatever lies in front") {
  constexpr std::uint64_t large = 4 * page;
  Heap heap(24 * page, 1, large);
  const HeapBlock small = allocated(heap, 1);
  const HeapBlock first = allocated(heap, 5);
  CHECK_EQ(first.extent.offset, large);
  CHECK_EQ(allocated(heap, 3).extent.offset, page);  // the gap is not lost
  const HeapBlock second = allocated(heap, 4);
  CHECK_EQ(second.extent.offset, 3 * large);
  CHECK(!heap.allocate(10 * page));  // 8 pages from 16 on, 3 more from 9 on

  // Warm ones that lie well are taken, others grow to where one fits, forwards or backwards.
  released(heap, first);
  CHECK(allocated(heap, 4).cold.empty());
  released(heap, second);
  const HeapBlock grown = allocated(heap, 6);
  CHECK_EQ(grown.extent.offset, 3 * large);
  CHECK(same(grown.cold, {{16 * page, 2 * page}}));
  released(heap, small);
}

CASE("heap: a cut through an extent breaks no large page") {
  constexpr std::uint64_t large = 4 * page;
  Heap heap(24 * page, 1, large);
  released(heap, allocated(heap, 11));
  CHECK(same(heap.trim(6 * page), {{4 * page, 7 * page}}));
  CHECK(same(heap.trim(3 * page), {{3 * page, page}}));  // within the last one there is no choice
  CHECK_EQ(heap.check(), "");
}

CASE("heap: trimming takes the largest extents first and keeps the reserve") {
  Heap heap(100 * page);
  const HeapBlock large = allocated(heap, 20);
  const HeapBlock wall = allocated(heap, 1);
  const HeapBlock small = allocated(heap, 6);
  const HeapBlock end_wall = allocated(heap, 1);
  released(heap, large);
  released(heap, small);
  CHECK(heap.trim(26 * page).empty());
  CHECK(same(heap.trim(10 * page + 1), {{4 * page, 16 * page}}));
  CHECK_EQ(heap.warm_free_bytes(), 10 * page);
  CHECK_EQ(heap.trim(0).size(), 2u);
  CHECK_EQ(heap.committed_bytes(), 2 * page);
  CHECK_EQ(heap.check(), "");
  released(heap, wall);
  released(heap, end_wall);
}

CASE("heap: free bytes of both temperatures serve one block when nothing else does") {
  Heap heap(12 * page);
  std::vector<HeapBlock> blocks;
  for (int count = 0; count < 6; ++count) blocks.push_back(allocated(heap, 2));
  for (const std::size_t chosen : {0u, 2u, 4u}) released(heap, blocks[chosen]);
  CHECK_EQ(heap.trim(0).size(), 3u);
  for (const std::size_t chosen : {1u, 3u, 5u}) released(heap, blocks[chosen]);
  const HeapBlock whole = allocated(heap, 12);
  CHECK(same(whole.cold, {{0, 2 * page}, {4 * page, 2 * page}, {8 * page, 2 * page}}));
  released(heap, whole);
}

// The oracle: what each page is, and nothing clever.
class PageOracle {
 public:
  explicit PageOracle(std::uint64_t pages) : pages_(pages, Page::cold) {}

  void allocate(const HeapBlock& block) {
    std::vector<bool> cold(pages_.size(), false);
    for (const Extent& part : block.cold) {
      for (std::uint64_t at = part.offset / page; at < part.end() / page; ++at) cold[at] = true;
    }
    for (std::uint64_t at = block.extent.offset / page; at < block.extent.end() / page; ++at) {
      CHECK(pages_[at] != Page::used);
      CHECK_EQ(pages_[at] == Page::cold, cold[at]);
      pages_[at] = Page::used;
    }
  }
  void free(const HeapBlock& block) { paint(block.extent, Page::used, Page::warm); }
  void abandon(const HeapBlock& block) {
    free(block);
    for (const Extent& part : block.cold) paint(part, Page::warm, Page::cold);
  }
  void trim(const Extent& extent) { paint(extent, Page::warm, Page::cold); }

  [[nodiscard]] bool has_room(std::uint64_t size_bytes) const {
    std::uint64_t run = 0;
    const std::uint64_t wanted = std::max<std::uint64_t>((size_bytes + page - 1) / page, 1);
    for (const Page state : pages_) {
      run = state == Page::used ? 0 : run + 1;
      if (run == wanted) return true;
    }
    return false;
  }
  void compare(const Heap& heap) const {
    std::uint64_t used = 0;
    std::uint64_t warm = 0;
    for (const Page state : pages_) {
      used += state == Page::used;
      warm += state == Page::warm;
    }
    CHECK_EQ(heap.allocated_bytes(), used * page);
    CHECK_EQ(heap.warm_free_bytes(), warm * page);
    CHECK_EQ(heap.committed_bytes(), (used + warm) * page);
    CHECK_EQ(heap.check(), "");
  }

 private:
  enum class Page : std::uint8_t { cold, warm, used };
  void paint(const Extent& extent, Page from, Page to) {
    for (std::uint64_t at = extent.offset / page; at < extent.end() / page; ++at) {
      CHECK(pages_[at] == from);
      pages_[at] = to;
    }
  }
  std::vector<Page> pages_;
};

void run_at_random(std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto below = [&random](std::uint64_t bound) { return random() % bound; };
  constexpr std::uint64_t pages = 200;
  Heap heap(pages * page);
  PageOracle oracle(pages);
  std::map<std::uint64_t, HeapBlock> living;  // by offset
  std::vector<HeapBlock> dead;

  for (int step = 0; step < 2000; ++step) {
    const std::uint64_t dice = below(100);
    if (dice < 50) {
      const std::uint64_t size_bytes = below(below(8) == 0 ? pages * page : 12 * page);
      const auto block = heap.allocate(size_bytes);
      CHECK_EQ(block.has_value(), oracle.has_room(size_bytes));
      if (!block) continue;
      oracle.allocate(*block);
      if (below(8) == 0) {
        heap.abandon(*block);
        oracle.abandon(*block);
        dead.push_back(*block);
      } else {
        CHECK(living.emplace(block->extent.offset, *block).second);
      }
    } else if (dice < 90 && !living.empty()) {
      const auto chosen =
          std::next(living.begin(), static_cast<std::ptrdiff_t>(below(living.size())));
      CHECK_EQ(heap.release(chosen->first, chosen->second.generation), ReleaseResult::released);
      oracle.free(chosen->second);
      dead.push_back(chosen->second);
      living.erase(chosen);
    } else if (dice < 95 && !dead.empty()) {
      const HeapBlock& block = dead[below(dead.size())];
      CHECK_EQ(heap.release(block.extent.offset, block.generation), ReleaseResult::stale);
    } else {
      const std::uint64_t reserve_bytes = below(pages * page / 2);
      for (const Extent& extent : heap.trim(reserve_bytes)) oracle.trim(extent);
      CHECK(heap.warm_free_bytes() <= reserve_bytes);
    }
    CHECK_EQ(heap.block_count(), living.size());
    oracle.compare(heap);
  }
}

CASE("heap: at random, against a map of pages") {
  for (std::uint32_t seed = 1; seed <= 8; ++seed) {
    try {
      run_at_random(seed);
    } catch (const std::exception&) {
      std::printf("  seed %u\n", seed);
      throw;
    }
  }
}

}  // namespace
}  // namespace hpcflow
