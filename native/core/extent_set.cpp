#include "extent_set.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

#include "block.hpp"

namespace hpcflow {

void ExtentSet::insert(Extent extent) {
  by_offset_.emplace(extent.offset, extent.size_bytes);
  by_size_.emplace(extent.size_bytes, extent.offset);
  total_bytes_ += extent.size_bytes;
}

void ExtentSet::erase(ByOffset::const_iterator position) {
  by_size_.erase({position->second, position->first});
  total_bytes_ -= position->second;
  by_offset_.erase(position);
}

// The extent that holds the byte at `offset`, or end().
ExtentSet::ByOffset::const_iterator ExtentSet::holder_of(std::uint64_t offset) const {
  auto after = by_offset_.upper_bound(offset);
  if (after == by_offset_.begin()) return by_offset_.end();
  const auto at = std::prev(after);
  return offset - at->first < at->second ? at : by_offset_.end();
}

void ExtentSet::add(Extent extent) {
  if (extent.size_bytes == 0) return;
  const auto after = by_offset_.lower_bound(extent.offset);
  assert(after == by_offset_.end() || after->first >= extent.end());
  Extent joined = extent;
  if (after != by_offset_.begin()) {
    const auto before = std::prev(after);
    assert(before->first + before->second <= extent.offset);
    if (before->first + before->second == extent.offset) {
      joined = {before->first, before->second + joined.size_bytes};
      erase(before);
    }
  }
  if (after != by_offset_.end() && after->first == extent.end()) {
    joined.size_bytes += after->second;
    erase(after);
  }
  insert(joined);
}

void ExtentSet::remove(Extent extent) {
  if (extent.size_bytes == 0) return;
  const auto holder = holder_of(extent.offset);
  assert(holder != by_offset_.end() && extent.end() <= holder->first + holder->second);
  const Extent whole{holder->first, holder->second};
  erase(holder);
  if (whole.offset < extent.offset) insert({whole.offset, extent.offset - whole.offset});
  if (extent.end() < whole.end()) insert({extent.end(), whole.end() - extent.end()});
}

std::vector<Extent> ExtentSet::remove_common(Extent extent) {
  std::vector<Extent> common;
  auto position = holder_of(extent.offset);
  if (position == by_offset_.end()) position = by_offset_.lower_bound(extent.offset);
  for (; position != by_offset_.end() && position->first < extent.end(); ++position) {
    const std::uint64_t begin = std::max(position->first, extent.offset);
    const std::uint64_t end = std::min(position->first + position->second, extent.end());
    common.push_back({begin, end - begin});
  }
  for (const Extent& part : common) remove(part);
  return common;
}

std::optional<Extent> ExtentSet::best_fit(std::uint64_t size_bytes, std::uint64_t alignment) const {
  for (auto fit = by_size_.lower_bound({size_bytes, 0}); fit != by_size_.end(); ++fit) {
    const Extent extent{fit->second, fit->first};
    const std::uint64_t from = multiple_up(extent.offset, alignment);
    if (from <= extent.end() && size_bytes <= extent.end() - from) return extent;
  }
  return std::nullopt;
}

std::optional<Extent> ExtentSet::largest() const {
  if (by_size_.empty()) return std::nullopt;
  const auto last = std::prev(by_size_.end());
  return Extent{last->second, last->first};
}

std::uint64_t ExtentSet::bytes_before(std::uint64_t offset) const {
  const auto after = by_offset_.lower_bound(offset);
  if (after == by_offset_.begin()) return 0;
  const auto before = std::prev(after);
  return before->first + before->second == offset ? before->second : 0;
}

std::uint64_t ExtentSet::bytes_from(std::uint64_t offset) const {
  const auto at = by_offset_.find(offset);
  return at == by_offset_.end() ? 0 : at->second;
}

std::vector<Extent> ExtentSet::extents() const {
  std::vector<Extent> all;
  all.reserve(by_offset_.size());
  for (const auto& [offset, size_bytes] : by_offset_) all.push_back({offset, size_bytes});
  return all;
}

bool ExtentSet::is_sound() const {
  std::uint64_t total = 0;
  std::optional<std::uint64_t> last_end;
  for (const auto& [offset, size_bytes] : by_offset_) {
    if (size_bytes == 0 || !by_size_.contains({size_bytes, offset})) return false;
    if (last_end && offset <= *last_end) return false;
    last_end = offset + size_bytes;
    total += size_bytes;
  }
  return total == total_bytes_ && by_size_.size() == by_offset_.size();
}

}  // namespace hpcflow
