// The arena: one anonymous sparse memfd, mapped once by every process. This file and arena.cpp are
// the only ones that know mmap; they know nothing of heaps, lanes or values.
//
//     page 0          header: magic, version, sizes; written at creation, then only read
//     page 1 ...      lane region, committed at creation
//     2 MiB aligned   segments 0, 1, ..., segment_count - 1, each segment_bytes long, uncommitted
//
// The file has its full size from the start, so nobody ever grows or remaps it, and it is sealed
// against shrinking, so no mapping can lose its end. Its pages come and go: commit() reserves them
// *before* they are written, so that running out of memory is an error here and never SIGBUS there;
// punch() gives them back. Everywhere it is mapped at a boundary of huge pages, so that these can
// stand behind large blocks. What a SIGKILL leaves: the file goes with the last process that holds
// it; pages that a dead process committed stay until somebody punches them (drain_segment()).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>

#include "block.hpp"

namespace hpcflow {

// In the first page. Fixed width, written once by create().
struct ArenaHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t segment_count;
  std::uint64_t lane_region_bytes;
  std::uint64_t segment_bytes;
  std::uint64_t first_segment_offset;
  std::uint64_t total_bytes;
};
static_assert(sizeof(ArenaHeader) == 48);

// Which file a descriptor stands for: no two that are open at once have the same.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};
// All zero: there is no such descriptor.
[[nodiscard]] FileIdentity identity_of(int fd) noexcept;

class Arena {
 public:
  // Segments are halved until the address space allowed to this process holds them, but not below
  // `smallest_segment_bytes`. Throws std::system_error that says what stood in the way.
  static constexpr std::uint64_t smallest_segment_bytes = std::uint64_t{64} << 20;

  [[nodiscard]] static Arena create(std::uint64_t lane_region_bytes, std::uint64_t segment_bytes,
                                    std::uint32_t segment_count);
  // Map an arena that another process created. Takes the descriptor over, also when it throws.
  [[nodiscard]] static Arena attach(int fd);

  Arena(Arena&& other) noexcept;
  Arena& operator=(Arena&& other) noexcept;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  // Whether the descriptor still is the arena's. User code may close descriptors that it does not
  // know, and a file of its own then gets the number: it must not be punched, nor taken for ours.
  [[nodiscard]] bool has_descriptor() const noexcept;

  // For the parent: a child that the user forks does not have the mapping at all, so it cannot
  // write into lanes that are not its own. Not for the template, whose children are the workers.
  void forget_in_children();

  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] std::byte* base() const noexcept { return base_; }
  [[nodiscard]] std::uint64_t total_bytes() const noexcept { return sizes_.total_bytes; }
  [[nodiscard]] std::uint64_t lane_region_offset() const noexcept { return page_bytes; }
  [[nodiscard]] std::uint64_t lane_region_bytes() const noexcept {
    return sizes_.lane_region_bytes;
  }
  [[nodiscard]] std::uint64_t segment_bytes() const noexcept { return sizes_.segment_bytes; }
  [[nodiscard]] std::uint32_t segment_count() const noexcept { return sizes_.segment_count; }
  // Throws std::out_of_range when there is no such segment.
  [[nodiscard]] std::uint64_t segment_offset(std::uint32_t number) const;
  // Throws std::out_of_range when the bytes do not all lie in the arena.
  [[nodiscard]] std::span<std::byte> at(std::uint64_t offset, std::uint64_t size_bytes) const;

  // Reserve pages behind [offset, offset + size); those already there keep their content. On error
  // some of them may have been reserved: punch them, or commit again.
  [[nodiscard]] std::error_code commit(std::uint64_t offset,
                                       std::uint64_t size_bytes) const noexcept;
  // The same with huge pages, for whole ones; false when the kernel has none to give (some pages
  // may have been reserved: go on with commit()). They are what makes large values fast: 400 MB are
  // there, zeroed and mapped, in 37 ms instead of 230; and a view of them faults 200 times instead
  // of 6,000, for 0.3 ms instead of 35. Needs no administrator's setting, but Linux 6.1.
  [[nodiscard]] bool commit_huge(std::uint64_t offset, std::uint64_t size_bytes) const noexcept;
  // Map committed pages here at once, for whoever is about to write them all: the first copy into
  // 200 MB then takes 13 ms after 67 ms of mapping, against 130 to 365 ms with a fault for each
  // page. Never fails: where the kernel is too old (before 5.14), or refuses, the pages fault in as
  // they are touched.
  void prefault(std::uint64_t offset, std::uint64_t size_bytes) const noexcept;
  // Give back the pages behind the bytes, which read as zero from then on.
  [[nodiscard]] std::error_code punch(std::uint64_t offset,
                                      std::uint64_t size_bytes) const noexcept;
  [[nodiscard]] std::error_code drain_segment(std::uint32_t number) const;

  // What at(offset, size) is in this process, whole pages of it. From make_private() on it is a
  // private view of the same bytes: what is written there is seen by nobody else and reaches no
  // other mapping, and whatever others write later may show. After own_pages() it is memory of our
  // own, which nothing shows in. make_shared() undoes both. All three keep what is being read or
  // written by other threads meanwhile, and on error change nothing but what they have reached.
  [[nodiscard]] std::error_code make_private(std::uint64_t offset,
                                             std::uint64_t size_bytes) const noexcept;
  [[nodiscard]] std::error_code own_pages(std::uint64_t offset,
                                          std::uint64_t size_bytes) const noexcept;
  [[nodiscard]] std::error_code make_shared(std::uint64_t offset,
                                            std::uint64_t size_bytes) const noexcept;
  // A child that is forked from now on does not have these bytes at all.
  void forget_in_children(std::uint64_t offset, std::uint64_t size_bytes) const noexcept;

 private:
  [[nodiscard]] std::error_code remap(std::uint64_t offset, std::uint64_t size_bytes,
                                      int flags) const noexcept;
  Arena(int fd, std::byte* base, const ArenaHeader& sizes) noexcept;
  void unmap() noexcept;

  int fd_ = -1;
  FileIdentity file_{};        // of the memfd
  std::byte* base_ = nullptr;  // null when moved from
  ArenaHeader sizes_{};        // copy of the header
};

// When the pages of a view are mapped. On a first pass over 80 MB of small pages the kernel maps
// sixteen a fault, and view, sum and unmapping together ran at 6.7 GB/s against 5.9 GB/s with
// everything mapped at once (at 1 MiB: 9.3 against 7.5; with huge pages both run as fast as
// memory); so `at_once` is for receivers that must not fault later, such as a run that is being
// timed.
enum class Populate : std::uint8_t { at_first_touch, at_once };

// A private, writable view of bytes of the arena: reads see the arena, the first write to a page
// copies it (copy-on-write), and nobody else ever sees what was written. The view shows later
// writes to the arena in pages that it has not copied, so the block must be leased for as long as
// the view stands on it: until it goes, or until detach(). Outlives the Arena object itself.
class PrivateMapping {
 public:
  // `offset` is a multiple of page_bytes. Throws std::out_of_range, or std::system_error when the
  // kernel has no room for another mapping (the caller may copy the bytes instead).
  PrivateMapping(const Arena& arena, std::uint64_t offset, std::uint64_t size_bytes,
                 Populate populate = Populate::at_first_touch);

  PrivateMapping(PrivateMapping&& other) noexcept;
  PrivateMapping& operator=(PrivateMapping&& other) noexcept;
  PrivateMapping(const PrivateMapping&) = delete;
  PrivateMapping& operator=(const PrivateMapping&) = delete;
  ~PrivateMapping();

  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_bytes_; }  // as asked for
  [[nodiscard]] bool is_detached() const noexcept { return detached_; }

  // Put memory of our own with the same content in the view's place, at the same address; from then
  // on the block may go. Throws std::system_error when there is no memory for it: the view then
  // stands on the block as before. What another thread writes into the view meanwhile may be lost;
  // what it reads is right at any instant.
  void detach();

 private:
  void unmap() noexcept;

  std::byte* data_ = nullptr;
  std::size_t size_bytes_ = 0;
  bool detached_ = false;
};

}  // namespace hpcflow
