#include "arena.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "descriptor.hpp"

// Younger than the C libraries we build against.
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

namespace hpcflow {
namespace {

constexpr std::uint64_t arena_magic = 0x616e'6572'6161'6368;
constexpr std::uint32_t arena_version = 1;
constexpr std::uint64_t huge_from_bytes = std::uint64_t{4} << 20;

[[nodiscard]] std::error_code last_error() noexcept { return {errno, std::generic_category()}; }

[[noreturn]] void throw_last_error(const std::string& what) {
  throw std::system_error(last_error(), what);
}

[[nodiscard]] std::string mib(std::uint64_t size_bytes) {
  return std::to_string(size_bytes >> 20) + " MiB";
}

class Mapping {
 public:
  Mapping(void* address, std::size_t size_bytes) noexcept
      : address_(address), size_bytes_(size_bytes) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (address_ != MAP_FAILED) ::munmap(address_, size_bytes_);
  }
  [[nodiscard]] bool failed() const noexcept { return address_ == MAP_FAILED; }
  [[nodiscard]] void* get() const noexcept { return address_; }
  [[nodiscard]] std::byte* give_up() noexcept {
    return static_cast<std::byte*>(std::exchange(address_, MAP_FAILED));
  }

 private:
  void* address_;
  std::size_t size_bytes_;
};

void refuse_large_pages() {
  if (::sysconf(_SC_PAGESIZE) <= static_cast<long>(page_bytes)) return;
  throw std::system_error(ENOTSUP, std::generic_category(),
                          "hpcflow needs a kernel with pages of 4 KiB; this one has larger pages");
}

[[nodiscard]] int new_memfd() {
  // Not executable, so that hardened kernels allow it; kernels before 6.3 do not know the flag.
  int fd = ::memfd_create("hpcflow", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (fd < 0 && errno == EINVAL) fd = ::memfd_create("hpcflow", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) throw_last_error("hpcflow cannot create its shared memory (memfd_create)");
  return fd;
}

// mmap() at a boundary of huge pages: room for one more is reserved, and the ends cut off.
[[nodiscard]] void* map_at_huge_page(std::size_t size_bytes, int flags, int fd,
                                     std::uint64_t offset) noexcept {
  const std::size_t reserved_bytes = pages_up(size_bytes) + huge_page_bytes;
  void* const reserved = ::mmap(nullptr, reserved_bytes, PROT_NONE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) return MAP_FAILED;
  const auto begin = reinterpret_cast<std::uintptr_t>(reserved);
  const std::uintptr_t from = multiple_up(begin, huge_page_bytes);
  void* const address = ::mmap(reinterpret_cast<void*>(from), size_bytes, PROT_READ | PROT_WRITE,
                               flags | MAP_FIXED, fd, static_cast<off_t>(offset));
  if (address == MAP_FAILED) {
    const int error = errno;
    ::munmap(reserved, reserved_bytes);
    errno = error;
    return MAP_FAILED;
  }
  const std::uintptr_t to = from + pages_up(size_bytes);
  if (from > begin) ::munmap(reserved, from - begin);
  ::munmap(reinterpret_cast<void*>(to), begin + reserved_bytes - to);
  return address;
}

// A shared view of a whole file. Left out of core dumps: the kernel would fill every hole to dump
// it.
[[nodiscard]] void* map_whole(int fd, std::uint64_t size_bytes) noexcept {
  void* address = map_at_huge_page(size_bytes, MAP_SHARED | MAP_NORESERVE, fd, 0);
  if (address != MAP_FAILED) ::madvise(address, size_bytes, MADV_DONTDUMP);
  return address;
}

// Asked first, because passing RLIMIT_FSIZE kills a process that does not ignore SIGXFSZ.
[[nodiscard]] bool file_size_allowed(std::uint64_t size_bytes) noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return true;
  return size_bytes <= limit.rlim_cur;
}

[[nodiscard]] ArenaHeader sizes_for(std::uint64_t lane_region_bytes, std::uint64_t segment_bytes,
                                    std::uint32_t segment_count) {
  ArenaHeader sizes{};
  sizes.magic = arena_magic;
  sizes.version = arena_version;
  sizes.segment_count = segment_count;
  sizes.lane_region_bytes = pages_up(lane_region_bytes);
  // All that can hold a huge page begin at a boundary of huge pages.
  sizes.segment_bytes =
      multiple_up(segment_bytes, segment_bytes >= huge_page_bytes ? huge_page_bytes : page_bytes);
  sizes.first_segment_offset = multiple_up(page_bytes + sizes.lane_region_bytes, huge_page_bytes);
  sizes.total_bytes = sizes.first_segment_offset + sizes.segment_bytes * segment_count;
  return sizes;
}

[[nodiscard]] std::string no_room_text(const ArenaHeader& sizes) {
  std::string text = "hpcflow cannot map its shared memory: " + mib(sizes.total_bytes) + " for " +
                     std::to_string(sizes.segment_count) + " segments.";
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    text += " This process may map " + mib(limit.rlim_cur) + " in all: raise that (ulimit -v).";
  }
  if (!file_size_allowed(sizes.total_bytes))
    text += " Its files may not be that large: raise that (ulimit -f).";
  return text + " Or use fewer workers";
}

// Retries what a signal interrupted in smaller and smaller steps: the kernel undoes an interrupted
// fallocate(), so that under a profiler's timer a long one would never come to its end.
[[nodiscard]] std::error_code allocate_file(int fd, std::uint64_t offset,
                                            std::uint64_t size_bytes) noexcept {
  std::uint64_t step = size_bytes;
  while (size_bytes > 0) {
    const std::uint64_t now = std::min(step, size_bytes);
    if (::fallocate(fd, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset), static_cast<off_t>(now)) ==
        0) {
      offset += now;
      size_bytes -= now;
    } else if (errno == EINTR) {
      step = std::max(now / 2 / page_bytes * page_bytes, page_bytes);
    } else {
      return last_error();
    }
  }
  return {};
}

}  // namespace

FileIdentity identity_of(int fd) noexcept {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

// --- the arena ---------------------------------------------------------------------------------

Arena Arena::create(std::uint64_t lane_region_bytes, std::uint64_t segment_bytes,
                    std::uint32_t segment_count) {
  refuse_large_pages();
  constexpr std::uint64_t most_bytes = std::uint64_t{1} << 62;
  if (segment_count > 0) segment_bytes = std::min(segment_bytes, most_bytes / segment_count);
  FileDescriptor file(new_memfd());
  for (;;) {
    const ArenaHeader sizes = sizes_for(lane_region_bytes, segment_bytes, segment_count);
    errno = EFBIG;
    if (file_size_allowed(sizes.total_bytes) &&
        ::ftruncate(file.get(), static_cast<off_t>(sizes.total_bytes)) == 0) {
      Mapping mapping(map_whole(file.get(), sizes.total_bytes), sizes.total_bytes);
      if (!mapping.failed()) {
        const std::uint64_t in_front = page_bytes + sizes.lane_region_bytes;
        if (const std::error_code error = allocate_file(file.get(), 0, in_front)) {
          throw std::system_error(
              error, "hpcflow cannot reserve " + mib(in_front) +
                         " of memory for its lanes: free some memory, or use fewer workers");
        }
        ::new (mapping.get()) ArenaHeader(sizes);
        if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) {
          throw_last_error("hpcflow cannot seal its shared memory");
        }
        return {file.give_up(), mapping.give_up(), sizes};
      }
    }
    const std::error_code error = last_error();
    if (sizes.segment_bytes <= smallest_segment_bytes)
      throw std::system_error(error, no_room_text(sizes));
    segment_bytes = std::max(sizes.segment_bytes / 2, smallest_segment_bytes);
  }
}

Arena Arena::attach(int fd) {
  FileDescriptor file(fd);
  refuse_large_pages();
  ArenaHeader sizes{};
  struct stat status{};
  if (::fstat(fd, &status) != 0 ||
      ::pread(fd, &sizes, sizeof sizes, 0) != static_cast<ssize_t>(sizeof sizes)) {
    throw_last_error("hpcflow cannot read its shared memory (file descriptor " +
                     std::to_string(fd) + ")");
  }
  if (sizes.magic != arena_magic || sizes.version != arena_version ||
      sizes.total_bytes != static_cast<std::uint64_t>(status.st_size)) {
    throw std::system_error(
        EPROTO, std::generic_category(),
        "file descriptor " + std::to_string(fd) +
            " is not the shared memory of this version of hpcflow: two versions of it were "
            "mixed, perhaps by a change of environment while the program ran");
  }
  Mapping mapping(map_whole(fd, sizes.total_bytes), sizes.total_bytes);
  if (mapping.failed()) throw_last_error(no_room_text(sizes));
  return {file.give_up(), mapping.give_up(), sizes};
}

Arena::Arena(int fd, std::byte* base, const ArenaHeader& sizes) noexcept
    : fd_(fd), file_(identity_of(fd)), base_(base), sizes_(sizes) {}

Arena::Arena(Arena&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      file_(other.file_),
      base_(std::exchange(other.base_, nullptr)),
      sizes_(other.sizes_) {
  other.sizes_ = {};
}

Arena& Arena::operator=(Arena&& other) noexcept {
  if (this != &other) {
    unmap();
    fd_ = std::exchange(other.fd_, -1);
    file_ = other.file_;
    base_ = std::exchange(other.base_, nullptr);
    sizes_ = std::exchange(other.sizes_, {});
  }
  return *this;
}

Arena::~Arena() { unmap(); }

void Arena::unmap() noexcept {
  if (base_ != nullptr) ::munmap(base_, sizes_.total_bytes);
  if (fd_ >= 0 && has_descriptor()) ::close(fd_);
}

bool Arena::has_descriptor() const noexcept { return identity_of(fd_) == file_; }

void Arena::forget_in_children() {
  if (::madvise(base_, sizes_.total_bytes, MADV_DONTFORK) != 0) {
    throw_last_error("hpcflow cannot keep its shared memory out of forked children");
  }
}

std::uint64_t Arena::segment_offset(std::uint32_t number) const {
  if (number >= sizes_.segment_count) {
    throw std::out_of_range("the arena has " + std::to_string(sizes_.segment_count) +
                            " segments, no number " + std::to_string(number));
  }
  return sizes_.first_segment_offset + number * sizes_.segment_bytes;
}

std::span<std::byte> Arena::at(std::uint64_t offset, std::uint64_t size_bytes) const {
  if (offset > sizes_.total_bytes || size_bytes > sizes_.total_bytes - offset) {
    throw std::out_of_range("bytes [" + std::to_string(offset) + ", +" +
                            std::to_string(size_bytes) + ") are not in the arena of " +
                            std::to_string(sizes_.total_bytes));
  }
  return {base_ + offset, size_bytes};
}

std::error_code Arena::commit(std::uint64_t offset, std::uint64_t size_bytes) const noexcept {
  if (!has_descriptor()) return {EBADF, std::generic_category()};
  return allocate_file(fd_, offset, size_bytes);
}

bool Arena::commit_huge(std::uint64_t offset, std::uint64_t size_bytes) const noexcept {
  if (!has_descriptor()) return false;
  // Each gets one small page, and is then collapsed to a huge one: the kernel makes none of
  // nothing.
  for (std::uint64_t at = offset; at < offset + size_bytes; at += huge_page_bytes) {
    if (allocate_file(fd_, at, page_bytes)) return false;
  }
  return ::madvise(base_ + offset, size_bytes, MADV_COLLAPSE) == 0;
}

void Arena::prefault(std::uint64_t offset, std::uint64_t size_bytes) const noexcept {
  ::madvise(base_ + offset, size_bytes, MADV_POPULATE_WRITE);
}

std::error_code Arena::punch(std::uint64_t offset, std::uint64_t size_bytes) const noexcept {
  if (size_bytes == 0) return {};
  if (!has_descriptor()) return {EBADF, std::generic_category()};
  constexpr int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  while (::fallocate(fd_, mode, static_cast<off_t>(offset), static_cast<off_t>(size_bytes)) != 0) {
    if (errno != EINTR) return last_error();
  }
  return {};
}

std::error_code Arena::drain_segment(std::uint32_t number) const {
  return punch(segment_offset(number), sizes_.segment_bytes);
}

// Maps elsewhere first and moves that here, which is one step for other threads. mmap() over what
// is there can leave a hole when it fails half way; this fails before it has touched anything.
std::error_code Arena::remap(std::uint64_t offset, std::uint64_t size_bytes,
                             int flags) const noexcept {
  if (!has_descriptor()) return {EBADF, std::generic_category()};
  void* const fresh = ::mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, flags | MAP_NORESERVE,
                             fd_, static_cast<off_t>(offset));
  if (fresh == MAP_FAILED) return last_error();
  // As the whole is: only then does the kernel join it with its neighbours again.
  if (flags == MAP_SHARED) ::madvise(fresh, size_bytes, MADV_DONTDUMP);
  if (::mremap(fresh, size_bytes, size_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, base_ + offset) ==
      MAP_FAILED) {
    const std::error_code error = last_error();
    ::munmap(fresh, size_bytes);
    return error;
  }
  return {};
}

std::error_code Arena::make_private(std::uint64_t offset, std::uint64_t size_bytes) const noexcept {
  return remap(offset, size_bytes, MAP_PRIVATE);
}

std::error_code Arena::own_pages(std::uint64_t offset, std::uint64_t size_bytes) const noexcept {
  // Writes to each page without changing it, as the kernel alone can while others write there.
  while (::madvise(base_ + offset, size_bytes, MADV_POPULATE_WRITE) != 0) {
    if (errno != EINTR && errno != EAGAIN) return last_error();
  }
  return {};
}

std::error_code Arena::make_shared(std::uint64_t offset, std::uint64_t size_bytes) const noexcept {
  return remap(offset, size_bytes, MAP_SHARED);
}

void Arena::forget_in_children(std::uint64_t offset, std::uint64_t size_bytes) const noexcept {
  ::madvise(base_ + offset, size_bytes, MADV_DONTFORK);
}

// --- private views -----------------------------------------------------------------------------

PrivateMapping::PrivateMapping(const Arena& arena, std::uint64_t offset, std::uint64_t size_bytes,
                               Populate populate)
    : size_bytes_(arena.at(offset, size_bytes).size()) {
  if (size_bytes == 0) return;
  if (!arena.has_descriptor()) {
    throw std::system_error(EBADF, std::generic_category(),
                            "some code in this process has closed hpcflow's file descriptors");
  }
  constexpr int flags = MAP_PRIVATE | MAP_NORESERVE;
  const bool may_be_huge = size_bytes >= huge_page_bytes && offset % huge_page_bytes == 0;
  void* address = may_be_huge ? map_at_huge_page(pages_up(size_bytes), flags, arena.fd(), offset)
                              : ::mmap(nullptr, pages_up(size_bytes), PROT_READ | PROT_WRITE, flags,
                                       arena.fd(), static_cast<off_t>(offset));
  if (address == MAP_FAILED) {
    throw_last_error(
        "hpcflow cannot map a block of " + std::to_string(size_bytes) +
        " bytes (a process may have as many mappings as /proc/sys/vm/max_map_count says)");
  }
  // Only a hint: kernels before 5.14 do not know it, and pages that it misses fault in.
  if (populate == Populate::at_once) ::madvise(address, pages_up(size_bytes), MADV_POPULATE_READ);
  data_ = static_cast<std::byte*>(address);
}

PrivateMapping::PrivateMapping(PrivateMapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)),
      detached_(std::exchange(other.detached_, false)) {}

PrivateMapping& PrivateMapping::operator=(PrivateMapping&& other) noexcept {
  if (this != &other) {
    unmap();
    data_ = std::exchange(other.data_, nullptr);
    size_bytes_ = std::exchange(other.size_bytes_, 0);
    detached_ = std::exchange(other.detached_, false);
  }
  return *this;
}

PrivateMapping::~PrivateMapping() { unmap(); }

void PrivateMapping::unmap() noexcept {
  if (data_ != nullptr) ::munmap(data_, pages_up(size_bytes_));
}

void PrivateMapping::detach() {
  if (detached_ || data_ == nullptr) return;
  const std::size_t mapped_bytes = pages_up(size_bytes_);
  Mapping own(map_at_huge_page(mapped_bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), mapped_bytes);
  if (own.failed())
    throw_last_error("hpcflow has no memory to copy a block of " + std::to_string(size_bytes_) +
                     " bytes");
  // Large pages from the size on from which NumPy asks for them too: 80 MB are then copied in 22
  // ms, not 60.
  if (mapped_bytes >= huge_from_bytes) ::madvise(own.get(), mapped_bytes, MADV_HUGEPAGE);
  std::memcpy(own.get(), data_, mapped_bytes);
  // One step: whoever reads meanwhile sees the old pages or the new ones.
  if (::mremap(own.get(), mapped_bytes, mapped_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, data_) ==
      MAP_FAILED) {
    throw_last_error("hpcflow cannot replace the mapping of a block of " +
                     std::to_string(size_bytes_) + " bytes");
  }
  static_cast<void>(own.give_up());
  detached_ = true;
}

}  // namespace hpcflow
