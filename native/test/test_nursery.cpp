// The nursery on a real arena: arrays that are born in blocks, lent, kept, and forked with.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fstream>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "core/arena.hpp"
#include "core/nursery.hpp"
#include "test/check.hpp"

namespace hpcflow {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;
constexpr std::uint64_t size = 5 * mib + 100;  // of most arrays here: two huge pages and some small

// A worker's nursery beside a receiver of its blocks, who maps the arena for itself.
struct Bench {
  explicit Bench(std::uint64_t limit_bytes = 256 * mib, std::uint64_t reserve_bytes = 64 * mib)
      : arena(Arena::create(page_bytes, 384 * mib, 2)),
        nursery(arena, 1, words[0], words[1], Budget{limit_bytes, {&words[0], &words[1]}},
                reserve_bytes, [this] { return next_return(); }),
        receiver(Arena::attach(::dup(arena.fd()))) {}

  std::optional<BlockRef> next_return() {
    if (returns.empty()) return std::nullopt;
    const BlockRef block = returns.front();
    returns.pop_front();
    return block;
  }
  // An array filled with `value`; null when the nursery gives none.
  std::byte* array(int value, std::uint64_t size_bytes = size) {
    std::byte* const born = nursery.create(size_bytes);
    if (born != nullptr) std::memset(born, value, size_bytes);
    return born;
  }
  BlockRef lent(const std::byte* array, std::uint64_t size_bytes = size) {
    const auto block = nursery.lend({array, size_bytes});
    CHECK(block.has_value());
    return *block;
  }
  [[nodiscard]] bool receives(const BlockRef& block, int value) const {
    return is_filled(receiver.base() + block.offset, value, block.size_bytes);
  }
  static bool is_filled(const std::byte* bytes, int value, std::uint64_t size_bytes = size) {
    return std::all_of(bytes, bytes + size_bytes,
                       [value](std::byte byte) { return byte == std::byte(value); });
  }
  [[nodiscard]] std::uint64_t committed_bytes() const { return words[0].load() + words[1].load(); }

  Arena arena;
  Atomic<std::uint64_t> words[2] = {};
  std::deque<BlockRef> returns;
  Nursery nursery;
  Arena receiver;
};

std::size_t arena_mappings() {
  std::ifstream maps("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(maps, line);)
    count += line.find("memfd:hpcflow") != std::string::npos;
  return count;
}

// Arrays are born only where huge pages are to be had.
bool has_huge_pages() {
  static const bool has = [] {
    const Arena arena = Arena::create(page_bytes, 4 * mib, 1);
    const bool got = arena.commit_huge(arena.segment_offset(0), huge_page_bytes);
    if (!got) std::fprintf(stderr, "this kernel gives no huge pages: the nursery is not tested\n");
    return got;
  }();
  return has;
}

// Fork as a worker that has adopted NumPy does; returns the child's exit status.
int status_of_fork(Nursery& nursery, const std::function<int()>& child,
                   const std::function<void()>& parent) {
  int ends[2];
  CHECK_EQ(::pipe(ends), 0);
  nursery.before_fork();
  const pid_t pid = ::fork();
  nursery.after_fork(pid == 0);
  if (pid == 0) {
    char word = 0;
    if (::read(ends[0], &word, 1) != 1) ::_exit(98);
    ::_exit(child());
  }
  CHECK(pid > 0);
  parent();
  CHECK_EQ(::write(ends[1], "x", 1), 1);
  int status = 0;
  CHECK_EQ(::waitpid(pid, &status, 0), pid);
  ::close(ends[0]);
  ::close(ends[1]);
  CHECK(WIFEXITED(status));
  return WEXITSTATUS(status);
}

CASE("nursery: small and huge arrays live elsewhere, and a dropped one's place is used again") {
  if (!has_huge_pages()) return;
  Bench bench;
  CHECK(bench.array(1, Nursery::born_min_bytes - 1) == nullptr);
  CHECK(bench.nursery.create(~std::uint64_t{0}) == nullptr);
  CHECK(bench.array(1, 65 * mib) == nullptr);
  std::byte* const first = bench.array(1);
  CHECK(first != nullptr);
  CHECK(bench.nursery.holds(first));
  CHECK(bench.nursery.holds(first + size - 1));
  CHECK(!bench.nursery.holds(&bench));
  CHECK_EQ(bench.nursery.room_of(first), pages_up(size));
  std::byte* const second = bench.array(2);
  CHECK(Bench::is_filled(first, 1));
  CHECK(second != first);
  const std::uint64_t committed = bench.committed_bytes();
  bench.nursery.drop(first);
  CHECK(bench.array(3) == first);
  CHECK_EQ(bench.committed_bytes(), committed);
  CHECK(Bench::is_filled(second, 2));
}

CASE("nursery: a lent block shows the array as it was, and comes back as memory for the next") {
  if (!has_huge_pages()) return;
  Bench bench;
  const std::size_t mappings = arena_mappings();
  std::byte* address = nullptr;
  for (int round = 1; round < 50; ++round) {
    std::byte* const array = bench.array(round);
    CHECK(array != nullptr);
    CHECK(address == nullptr || address == array);
    address = array;
    const BlockRef block = bench.lent(array);
    CHECK_EQ(block.size_bytes, size);
    CHECK(bench.receives(block, round));
    std::memset(array, 99, size);  // by a finalizer, say
    bench.nursery.drop(array);
    bench.nursery.settle();
    std::memset(array, 98, size);  // by a write over the end of something else
    CHECK(bench.receives(block, round));
    std::byte* const other = bench.nursery.create(size);
    CHECK(other != array);
    bench.nursery.drop(other);
    bench.returns.push_back(block);
    bench.nursery.drop(bench.array(1, 8 * mib));  // takes it back, and has no use for it
    CHECK_EQ(arena_mappings(), mappings);
  }
}

CASE("nursery: an array that is kept has memory of its own when the report goes out") {
  if (!has_huge_pages()) return;
  Bench bench;
  std::byte* const kept = bench.array(1);
  const BlockRef block = bench.lent(kept);
  kept[0] = std::byte{7};
  bench.nursery.settle();
  CHECK(bench.receives(block, 1));
  std::memset(bench.receiver.base() + block.offset, 9, size);
  CHECK(kept[0] == std::byte{7});
  CHECK(Bench::is_filled(kept + 1, 1, size - 1));
  CHECK(!bench.nursery.lend({kept, size}));  // it is no longer the block

  // The block comes back and goes, the array stays; its place is free when it goes too.
  bench.returns.push_back(block);
  bench.nursery.drop(bench.array(2, 8 * mib));
  CHECK(bench.committed_bytes() <= 9 * mib);
  CHECK(Bench::is_filled(kept + 1, 1, size - 1));
  bench.nursery.drop(kept);
  CHECK(!bench.nursery.rest());
  std::byte* const next = bench.array(3, 12 * mib);
  CHECK(next == kept);

  // After one that was kept the next is copied, after one more it is lent again.
  CHECK(!bench.nursery.lend({next, 12 * mib}));
  const BlockRef lent = bench.lent(next, 12 * mib);
  CHECK(bench.receives(lent, 3));
  bench.nursery.drop(next);
  bench.nursery.settle();
}

CASE("nursery: only whole arrays are lent, and only once") {
  if (!has_huge_pages()) return;
  Bench bench;
  std::byte* const array = bench.array(1, 12 * mib);
  CHECK(!bench.nursery.lend({array + page_bytes, 11 * mib}));
  CHECK(!bench.nursery.lend({array, 6 * mib}));
  std::vector<std::byte> other(6 * mib);
  CHECK(!bench.nursery.lend(other));
  static_cast<void>(bench.lent(array, 12 * mib - 5));
  CHECK(!bench.nursery.lend({array, 12 * mib}));
}

CASE("nursery: what was lent for a report that is not sent is ours again") {
  if (!has_huge_pages()) return;
  Bench bench;
  std::byte* const kept = bench.array(1);
  std::byte* const gone = bench.array(2);
  static_cast<void>(bench.lent(kept));
  static_cast<void>(bench.lent(gone));
  bench.nursery.drop(gone);
  bench.nursery.take_back_unsent();
  CHECK(bench.array(3) == gone);
  CHECK(Bench::is_filled(kept, 1));
  CHECK(!bench.nursery.lend({kept, size}));
  bench.nursery.drop(kept);
  CHECK(bench.array(4) == kept);
  CHECK(Bench::is_filled(gone, 3));
}

CASE("nursery: arrays take no more than the reserve, and make room for results") {
  if (!has_huge_pages()) return;
  Bench bench(64 * mib, 20 * mib);
  std::byte* const first = bench.array(1, 8 * mib);
  std::byte* const second = bench.array(2, 12 * mib);
  CHECK(second != nullptr);
  CHECK(bench.array(3, 4 * mib) == nullptr);
  const Allocation all_the_rest = bench.nursery.allocate(44 * mib);
  CHECK(std::holds_alternative<BlockRef>(all_the_rest));
  CHECK_EQ(bench.committed_bytes(), 64 * mib);
  const Allocation more = bench.nursery.allocate(16 * mib);
  CHECK(std::holds_alternative<BlockRef>(more));
  CHECK(Bench::is_filled(first, 1, 8 * mib));
  CHECK(Bench::is_filled(second, 2, 12 * mib));
  CHECK_EQ(bench.committed_bytes(), 60 * mib);
  CHECK(bench.array(3, 8 * mib) == nullptr);  // over half of the budget is in use
  bench.nursery.drop(first);
  bench.nursery.drop(second);
  bench.nursery.release(std::get<BlockRef>(all_the_rest));
  bench.nursery.release(std::get<BlockRef>(more));
  CHECK(bench.committed_bytes() <= 20 * mib);
  CHECK(!bench.nursery.rest());
  CHECK_EQ(bench.committed_bytes(), 0u);
  CHECK(bench.array(4) != nullptr);
}

CASE("nursery: no child shares an array with its parent") {
  if (!has_huge_pages()) return;
  Bench bench;
  std::byte* const home = bench.array(1);
  std::byte* const dropped = bench.array(2);
  std::byte* const lent = bench.array(3);
  const BlockRef block = bench.lent(lent);
  const auto in_child = [&] {
    if (!Bench::is_filled(home, 1) || !Bench::is_filled(dropped, 2) || !Bench::is_filled(lent, 3))
      return 1;
    for (std::byte* const array : {home, dropped, lent}) std::memset(array, 8, size);
    if (bench.nursery.create(size) != nullptr) return 2;
    if (bench.nursery.lend({home, size})) return 3;
    if (!bench.nursery.holds(home) || bench.nursery.room_of(home) != pages_up(size)) return 4;
    for (std::byte* const array : {home, dropped, lent}) bench.nursery.drop(array);
    return 0;
  };
  const auto in_parent = [&] {
    std::memset(home, 5, size);
    bench.nursery.drop(dropped);
    CHECK(bench.array(6) != nullptr);
    bench.nursery.settle();
    bench.returns.push_back(block);
    bench.nursery.drop(lent);
    CHECK(bench.array(7) != nullptr);
  };
  CHECK_EQ(status_of_fork(bench.nursery, in_child, in_parent), 0);
  CHECK(Bench::is_filled(home, 5));
  bench.nursery.drop(home);

  // A second fork finds nothing to do for what has moved out, and arrays are born as before.
  std::byte* const later = bench.array(1);
  CHECK(later != nullptr);
  CHECK_EQ(status_of_fork(
               bench.nursery, [&] { return Bench::is_filled(later, 1) ? 0 : 1; },
               [&] { std::memset(later, 2, size); }),
           0);
}

CASE("nursery: threads create and drop while others lend") {
  if (!has_huge_pages()) return;
  Bench bench;
  const auto churn = [&bench](unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::pair<std::byte*, int>> arrays;
    for (int step = 0; step < 60; ++step) {
      const int value = static_cast<int>(random() % 200);
      if (std::byte* const array = bench.nursery.create(Nursery::born_min_bytes)) {
        std::memset(array, value, page_bytes);
        arrays.emplace_back(array, value);
      }
      if (arrays.size() > 2 || (step > 50 && !arrays.empty())) {
        CHECK(Bench::is_filled(arrays.front().first, arrays.front().second, page_bytes));
        bench.nursery.drop(arrays.front().first);
        arrays.erase(arrays.begin());
      }
    }
    for (const auto& [array, value] : arrays) bench.nursery.drop(array);
  };
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 3; ++seed) threads.emplace_back(churn, seed);
  for (int step = 0; step < 30; ++step) {
    std::byte* const array = bench.nursery.create(size);
    if (array == nullptr) continue;
    const auto block = bench.nursery.lend({array, size});
    bench.nursery.drop(array);
    bench.nursery.settle();
    CHECK(block.has_value());
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace hpcflow
