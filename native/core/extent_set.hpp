// A set of bytes, kept as disjoint extents that are as long as they can be: the one data structure
// of the heap, which keeps three of them. Knows nothing of temperature, blocks or memory.
//
// Two trees over the same extents, one by offset and one by size, each changed with the other:
// finding, adding and removing an extent costs O(log n) each (Knuth, The Art of Computer
// Programming 1, section 2.5: best fit, liberation with coalescing).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace hpcflow {

struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
  [[nodiscard]] std::uint64_t end() const noexcept { return offset + size_bytes; }
  friend bool operator==(const Extent&, const Extent&) = default;
};

class ExtentSet {
 public:
  // Add bytes of which none is in the set; joins them with their neighbours.
  void add(Extent extent);
  // Remove bytes that are all in the set.
  void remove(Extent extent);
  // Remove whatever of `extent` is in the set; returns it in order of offset.
  std::vector<Extent> remove_common(Extent extent);

  // The smallest extent that holds `size_bytes` from a multiple of `alignment` on, the first by
  // offset among equals. Extents that are long enough but lie badly are passed over one by one.
  [[nodiscard]] std::optional<Extent> best_fit(std::uint64_t size_bytes,
                                               std::uint64_t alignment = 1) const;
  [[nodiscard]] std::optional<Extent> largest() const;
  // How many bytes of the set end just before `offset`, or begin at it.
  [[nodiscard]] std::uint64_t bytes_before(std::uint64_t offset) const;
  [[nodiscard]] std::uint64_t bytes_from(std::uint64_t offset) const;

  [[nodiscard]] std::uint64_t total_bytes() const noexcept { return total_bytes_; }
  // In order of offset.
  [[nodiscard]] std::vector<Extent> extents() const;
  // Whether both trees hold the same extents, disjoint, not touching, and the total is theirs.
  [[nodiscard]] bool is_sound() const;

 private:
  using ByOffset = std::map<std::uint64_t, std::uint64_t>;  // offset -> size in bytes

  [[nodiscard]] ByOffset::const_iterator holder_of(std::uint64_t offset) const;
  void insert(Extent extent);
  void erase(ByOffset::const_iterator position);

  ByOffset by_offset_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> by_size_;  // (size in bytes, offset)
  std::uint64_t total_bytes_ = 0;
};

}  // namespace hpcflow
