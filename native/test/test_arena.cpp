// The arena on real memfds: pages that come and go, views that are isolated, and what a kill
// leaves.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <utility>

#include "core/arena.hpp"
#include "test/check.hpp"

namespace hpcflow {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

Arena small_arena() { return Arena::create(3 * page_bytes, mib, 2); }

std::uint64_t resident_bytes(const Arena& arena) {
  struct stat status{};
  CHECK_EQ(::fstat(arena.fd(), &status), 0);
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

void fill(std::span<std::byte> bytes, int value) { std::memset(bytes.data(), value, bytes.size()); }

bool is_filled(std::span<const std::byte> bytes, int value) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [value](std::byte byte) { return byte == std::byte(value); });
}

std::span<std::byte> bytes_of(const PrivateMapping& view) { return {view.data(), view.size()}; }

std::size_t open_files() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

std::size_t arena_mappings() {
  std::ifstream maps("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(maps, line);)
    count += line.find("memfd:hpcflow") != std::string::npos;
  return count;
}

// Runs `body` in a child; returns its wait status. The child exits with what `body` returns, 99 if
// it throws.
int status_of_child(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    int code = 99;
    try {
      code = body();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
    }
    ::_exit(code);
  }
  CHECK(pid > 0);
  int status = 0;
  CHECK_EQ(::waitpid(pid, &status, 0), pid);
  return status;
}

CASE("arena: sizes, bounds, and only the lane region has pages at first") {
  const Arena arena = small_arena();
  CHECK_EQ(arena.segment_count(), 2u);
  CHECK_EQ(arena.segment_offset(1) - arena.segment_offset(0), mib);
  CHECK_EQ(arena.total_bytes(), arena.segment_offset(1) + mib);
  CHECK_EQ(resident_bytes(arena), 4 * page_bytes);
  CHECK(is_filled(arena.at(arena.lane_region_offset(), arena.lane_region_bytes()), 0));
  CHECK_EQ(arena.at(arena.total_bytes(), 0).size(), 0u);
  CHECK_THROWS(arena.at(arena.total_bytes(), 1));
  CHECK_THROWS(arena.at(1, ~std::uint64_t{0}));
  CHECK_THROWS(arena.segment_offset(2));
}

CASE("arena: descriptors and mappings go with it") {
  const std::size_t files = open_files();
  const std::size_t mappings = arena_mappings();
  {
    Arena first = small_arena();
    Arena second = small_arena();
    CHECK_EQ(open_files(), files + 2);
    const PrivateMapping view(first, first.segment_offset(0), page_bytes);
    PrivateMapping moved_to(first, first.segment_offset(1), page_bytes);
    PrivateMapping moved_from(first, first.segment_offset(0), page_bytes);
    CHECK_EQ(arena_mappings(), mappings + 5);
    moved_to = std::move(moved_from);
    first = std::move(second);
    const Arena third = std::move(first);
    CHECK_EQ(open_files(), files + 1);
    CHECK_EQ(arena_mappings(), mappings + 3);
    moved_to.detach();
    CHECK_EQ(arena_mappings(), mappings + 2);
  }
  CHECK_EQ(open_files(), files);
  CHECK_EQ(arena_mappings(), mappings);
}

CASE("arena: cannot be shrunk, and descriptors close at exec") {
  const Arena arena = small_arena();
  CHECK(::ftruncate(arena.fd(), 0) != 0);
  CHECK(::ftruncate(arena.fd(), static_cast<off_t>(arena.total_bytes() * 2)) != 0);
  CHECK((::fcntl(arena.fd(), F_GETFD) & FD_CLOEXEC) != 0);
}

CASE("arena: attached by descriptor, both see the same bytes") {
  const Arena arena = small_arena();
  const std::uint64_t offset = arena.segment_offset(0);
  CHECK(!arena.commit(offset, page_bytes));
  const Arena other = Arena::attach(::dup(arena.fd()));
  CHECK_EQ(other.total_bytes(), arena.total_bytes());
  CHECK_EQ(other.segment_offset(1), arena.segment_offset(1));
  CHECK(other.base() != arena.base());
  fill(arena.at(offset, page_bytes), 7);
  CHECK(is_filled(other.at(offset, page_bytes), 7));
}

CASE("arena: a descriptor of something else is refused and closed") {
  const std::size_t files = open_files();
  CHECK_THROWS(Arena::attach(::open("/dev/null", O_RDONLY)));
  CHECK_THROWS(Arena::attach(::open("/proc/self/exe", O_RDONLY)));
  CHECK_THROWS(Arena::attach(-1));
  CHECK_EQ(open_files(), files);
}

CASE("arena: committed pages keep their content, punched ones read as zero") {
  const Arena arena = small_arena();
  const std::uint64_t before = resident_bytes(arena);
  const std::uint64_t offset = arena.segment_offset(0);
  CHECK(!arena.commit(offset, 4 * page_bytes));
  CHECK_EQ(resident_bytes(arena), before + 4 * page_bytes);
  arena.prefault(offset, 4 * page_bytes);
  fill(arena.at(offset, 4 * page_bytes), 1);
  CHECK(!arena.commit(offset, 8 * page_bytes));
  CHECK(is_filled(arena.at(offset, 4 * page_bytes), 1));
  CHECK(!arena.punch(offset + page_bytes, 2 * page_bytes));
  CHECK_EQ(resident_bytes(arena), before + 6 * page_bytes);
  CHECK(is_filled(arena.at(offset + page_bytes, 2 * page_bytes), 0));
  CHECK(is_filled(arena.at(offset + 3 * page_bytes, page_bytes), 1));
  CHECK(!arena.commit(arena.segment_offset(1), page_bytes));
  CHECK(!arena.drain_segment(0));
  CHECK_EQ(resident_bytes(arena), before + page_bytes);
}

CASE(
    "arena: huge pages keep the content, are counted as what they are, and can be punched in "
    "part") {
  const Arena arena = Arena::create(page_bytes, 16 * mib, 1);
  const std::uint64_t before = resident_bytes(arena);
  const std::uint64_t offset = arena.segment_offset(0);
  CHECK_EQ(offset % huge_page_bytes, 0u);
  CHECK_EQ(reinterpret_cast<std::uintptr_t>(arena.base()) % huge_page_bytes, 0u);
  CHECK(!arena.commit(offset, 3 * page_bytes));
  fill(arena.at(offset, 3 * page_bytes), 1);
  const bool is_huge = arena.commit_huge(offset, 4 * huge_page_bytes);
  CHECK(!arena.commit(offset, 4 * huge_page_bytes));
  CHECK_EQ(resident_bytes(arena), before + 4 * huge_page_bytes);
  CHECK(is_filled(arena.at(offset, 3 * page_bytes), 1));
  CHECK(is_filled(arena.at(offset + 3 * page_bytes, 4 * huge_page_bytes - 3 * page_bytes), 0));
  fill(arena.at(offset, 4 * huge_page_bytes), 2);
  CHECK(!arena.punch(offset + mib, 2 * mib));
  CHECK_EQ(resident_bytes(arena), before + 3 * huge_page_bytes);
  CHECK(is_filled(arena.at(offset, mib), 2));
  CHECK(is_filled(arena.at(offset + mib, 2 * mib), 0));
  CHECK(is_filled(arena.at(offset + 3 * mib, 5 * mib), 2));
  if (!is_huge) std::fprintf(stderr, "this kernel gave no huge pages\n");
}

CASE("view: a view of a large block lies as the block does, and is private") {
  const Arena arena = Arena::create(page_bytes, 16 * mib, 1);
  const std::uint64_t offset = arena.segment_offset(0) + huge_page_bytes;
  constexpr std::uint64_t size_bytes = 5 * mib + 100;
  (void)arena.commit_huge(offset, 2 * huge_page_bytes);
  CHECK(!arena.commit(offset, pages_up(size_bytes)));
  fill(arena.at(offset, size_bytes), 1);
  const std::size_t mappings = arena_mappings();
  {
    PrivateMapping view(arena, offset, size_bytes);
    const PrivateMapping other(arena, offset, size_bytes);
    CHECK_EQ(arena_mappings(), mappings + 2);
    CHECK_EQ(reinterpret_cast<std::uintptr_t>(view.data()) % huge_page_bytes, 0u);
    CHECK(is_filled(bytes_of(view), 1));
    fill(bytes_of(view).subspan(3 * mib), 2);
    CHECK(is_filled(bytes_of(other), 1));
    CHECK(is_filled(arena.at(offset, size_bytes), 1));
    view.detach();
    fill(arena.at(offset, size_bytes), 9);
    CHECK(is_filled(bytes_of(view).subspan(0, 3 * mib), 1));
    CHECK(is_filled(bytes_of(view).subspan(3 * mib), 2));
  }
  CHECK_EQ(arena_mappings(), mappings);
}

CASE("arena: reserving beyond its end is an error, not a crash") {
  const Arena arena = small_arena();
  CHECK(arena.commit(arena.total_bytes(), page_bytes));
  CHECK(!arena.commit(arena.total_bytes(), 0));
}

// Kernels differ: some give up a fallocate() at any signal and undo it, others only at a deadly
// one.
CASE("arena: a commit comes to its end under a storm of signals") {
  struct sigaction counting{};
  struct sigaction before{};
  counting.sa_handler = [](int) {};
  CHECK_EQ(::sigaction(SIGPROF, &counting, &before), 0);
  const itimerval storm{.it_interval = {0, 1000}, .it_value = {0, 1000}};
  const itimerval calm{};
  const Arena arena = Arena::create(page_bytes, 64 * mib, 1);
  CHECK_EQ(::setitimer(ITIMER_PROF, &storm, nullptr), 0);
  const std::error_code committed = arena.commit(arena.segment_offset(0), 64 * mib);
  CHECK_EQ(::setitimer(ITIMER_PROF, &calm, nullptr), 0);
  CHECK_EQ(::sigaction(SIGPROF, &before, nullptr), 0);
  CHECK(!committed);
  CHECK(resident_bytes(arena) >= 64 * mib);
}

CASE("arena: segments shrink until a small address space holds them") {
  const int status = status_of_child([] {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t mapped_pages = 0;
    statm >> mapped_pages;
    const rlim_t limit = mapped_pages * page_bytes + 1024 * mib;
    const rlimit small{.rlim_cur = limit, .rlim_max = limit};
    if (::setrlimit(RLIMIT_AS, &small) != 0) return 1;
    const Arena arena = Arena::create(page_bytes, 16 * 1024 * mib, 3);
    if (arena.segment_bytes() != 256 * mib) return 2;
    try {
      static_cast<void>(Arena::create(page_bytes, 1024 * mib, 1000));
    } catch (const std::system_error& error) {
      return std::string(error.what()).find("ulimit -v") != std::string::npos ? 0 : 3;
    }
    return 4;
  });
  CHECK(WIFEXITED(status));
  CHECK_EQ(WEXITSTATUS(status), 0);
}

CASE("arena: a limit on file sizes is respected without SIGXFSZ") {
  const int status = status_of_child([] {
    const rlimit small{.rlim_cur = 300 * mib, .rlim_max = 300 * mib};
    if (::setrlimit(RLIMIT_FSIZE, &small) != 0) return 1;
    return Arena::create(page_bytes, 512 * mib, 2).segment_bytes() == 128 * mib ? 0 : 2;
  });
  CHECK(WIFEXITED(status));
  CHECK_EQ(WEXITSTATUS(status), 0);
}

CASE("arena: forked children lose the mapping once it is to be forgotten in them") {
  Arena arena = small_arena();
  std::byte* const base = arena.base();
  const auto reads = [base] {
    const int status = status_of_child([base] {
      ::signal(SIGSEGV, SIG_DFL);  // a sanitizer's handler would turn it into an exit
      return static_cast<int>(*static_cast<volatile std::byte*>(base)) != 0 ? 0 : 1;
    });
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  };
  CHECK(reads());
  arena.forget_in_children();
  CHECK(!reads());
}

CASE("arena: what a killed process committed stays until its segment is drained") {
  const Arena arena = small_arena();
  const std::uint64_t before = resident_bytes(arena);
  const int status = status_of_child([&arena] {
    if (arena.commit(arena.segment_offset(1), 16 * page_bytes)) return 1;
    fill(arena.at(arena.segment_offset(1), 16 * page_bytes), 5);
    ::raise(SIGKILL);
    return 2;
  });
  CHECK(WIFSIGNALED(status));
  CHECK_EQ(resident_bytes(arena), before + 16 * page_bytes);
  CHECK(is_filled(arena.at(arena.segment_offset(1), 16 * page_bytes), 5));
  CHECK(!arena.drain_segment(1));
  CHECK_EQ(resident_bytes(arena), before);
}

CASE("view: what is written into it never reaches the arena or another view") {
  const Arena arena = small_arena();
  const std::uint64_t offset = arena.segment_offset(0);
  CHECK(!arena.commit(offset, 4 * page_bytes));
  fill(arena.at(offset, 4 * page_bytes), 1);
  for (const Populate populate : {Populate::at_first_touch, Populate::at_once}) {
    const PrivateMapping view(arena, offset, 3 * page_bytes - 5, populate);
    const PrivateMapping other(arena, offset, 3 * page_bytes - 5, populate);
    CHECK_EQ(view.size(), 3 * page_bytes - 5);
    CHECK(is_filled(bytes_of(view), 1));
    fill(bytes_of(view), 2);
    CHECK(is_filled(bytes_of(view), 2));
    CHECK(is_filled(bytes_of(other), 1));
    CHECK(is_filled(arena.at(offset, 4 * page_bytes), 1));
  }
}

CASE("view: detached, it keeps its address and content while the block lives on") {
  const Arena arena = small_arena();
  const std::uint64_t offset = arena.segment_offset(0);
  CHECK(!arena.commit(offset, 4 * page_bytes));
  fill(arena.at(offset, 4 * page_bytes), 1);
  PrivateMapping view(arena, offset, 4 * page_bytes);
  std::byte* const address = view.data();
  fill(bytes_of(view).subspan(page_bytes, page_bytes), 2);  // one page copied already
  view.detach();
  view.detach();
  CHECK(view.is_detached());
  CHECK(view.data() == address);
  fill(arena.at(offset, 4 * page_bytes), 9);
  CHECK(!arena.punch(offset, 4 * page_bytes));
  CHECK(is_filled(bytes_of(view).subspan(0, page_bytes), 1));
  CHECK(is_filled(bytes_of(view).subspan(page_bytes, page_bytes), 2));
  CHECK(is_filled(bytes_of(view).subspan(2 * page_bytes), 1));
  fill(bytes_of(view), 3);
  CHECK(is_filled(arena.at(offset, 4 * page_bytes), 0));
}

CASE("view: a large one is detached as a small one is") {
  const Arena arena = Arena::create(page_bytes, 16 * mib, 1);
  const std::uint64_t offset = arena.segment_offset(0) + page_bytes;
  constexpr std::uint64_t size_bytes = 9 * mib + 100;
  CHECK(!arena.commit(offset, pages_up(size_bytes)));
  fill(arena.at(offset, size_bytes), 6);
  PrivateMapping view(arena, offset, size_bytes);
  view.detach();
  CHECK(!arena.drain_segment(0));
  CHECK(is_filled(bytes_of(view), 6));
}

CASE("view: outlives its arena, and is refused outside of it") {
  Arena arena = small_arena();
  const std::uint64_t offset = arena.segment_offset(1);
  CHECK(!arena.commit(offset, page_bytes));
  fill(arena.at(offset, page_bytes), 4);
  const PrivateMapping view(arena, offset, page_bytes);
  CHECK_THROWS(PrivateMapping(arena, arena.total_bytes(), page_bytes));
  arena = small_arena();
  CHECK(is_filled(bytes_of(view), 4));
}

}  // namespace
}  // namespace hpcflow
