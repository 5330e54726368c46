// The parent's side of the arena: its own segment, and what it holds of the workers' segments.
//
// Any thread of the parent may store and drop bodies; one private mutex guards the books. Blocks of
// the parent's own segment are freed here; blocks of a worker's segment go back to that worker by
// message, which the coordinator sends (take_returned()). When a worker is dead, its segment is
// only drained: once nothing in it is leased any more its pages are given back and its number is
// free.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "arena.hpp"
#include "body.hpp"
#include "layout.hpp"
#include "segment.hpp"

namespace hpcflow {

class StoreError : public std::runtime_error {
 public:
  StoreError(AllocationFailure failure, std::uint64_t size_bytes, std::uint64_t limit_bytes);
};

class Store final : public BlockHome, public std::enable_shared_from_this<Store> {
 public:
  [[nodiscard]] static std::shared_ptr<Store> create(std::uint32_t slot_count,
                                                     std::uint64_t budget_bytes);
  Store(Arena arena, std::uint32_t slot_count, std::uint64_t budget_bytes);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store();

  [[nodiscard]] Arena& arena() noexcept { return arena_; }
  [[nodiscard]] Switchboard& switchboard() noexcept;
  [[nodiscard]] std::uint64_t lane_offset(std::uint32_t slot) const noexcept {
    return lane_offset(arena_, slot);
  }
  [[nodiscard]] static std::uint64_t lane_offset(const Arena& arena, std::uint32_t slot) noexcept;
  [[nodiscard]] static std::uint64_t lane_region_bytes(std::uint32_t slot_count) noexcept;
  [[nodiscard]] static Budget budget_of(Arena& arena, std::uint64_t limit_bytes);
  [[nodiscard]] static std::uint64_t warm_reserve_of(std::uint64_t budget_bytes,
                                                     std::uint32_t slot_count) noexcept;
  [[nodiscard]] std::uint64_t budget_bytes() const noexcept { return budget_bytes_; }

  // Copy bytes into a block of the parent's segment. Throws StoreError.
  [[nodiscard]] LeasePtr store(std::span<const std::byte> bytes);
  // A body of `bytes` that stands in a block when it is too large for a lane.
  [[nodiscard]] Body store_body(std::string bytes, std::vector<LeasePtr> leases = {});
  // A body that a worker reported: copy it and take the leases on its blocks. Nothing when it
  // refers to what cannot be a block of that worker's segment.
  [[nodiscard]] std::optional<Body> adopt(std::span<const std::byte> bytes, std::uint32_t segment);
  void give_back(const BlockRef& block) noexcept override;
  // Never use this block for anything else: a forked child sees it, and nobody will tell when it no
  // longer does. The memory stays with whoever maps the arena.
  void keep(const BlockRef& block) override;
  [[nodiscard]] const Arena& home_arena() const noexcept override { return arena_; }
  // Blocks of live workers' segments that nobody leases any more.
  [[nodiscard]] std::vector<BlockRef> take_returned();

  struct OpenSegment {
    std::uint32_t number;
    std::vector<BlockRef> living;  // blocks of the worker before, which are leased still
  };
  // A segment for a new worker: a drained one, or, when none is left, the one of the dead workers'
  // that holds least, without the pages that nobody leases.
  [[nodiscard]] std::optional<OpenSegment> open_segment();
  // Its worker is dead: drain it as soon as nothing in it is leased.
  void close_segment(std::uint32_t number);
  [[nodiscard]] std::uint64_t committed_bytes() const;

 private:
  enum class SegmentState : std::uint8_t { drained, open, draining };
  struct Held {
    BlockRef block;
    std::uint64_t leases;
  };
  struct SegmentBook {
    SegmentState state = SegmentState::drained;
    std::map<std::uint64_t, Held> held;  // leased blocks, by offset
  };
  void drain(std::uint32_t number) noexcept;
  [[nodiscard]] OpenSegment reopen(std::uint32_t number);
  [[nodiscard]] bool is_block_of(const BlockRef& ref, std::uint32_t segment) const;
  // Whether this is the copy of a forked child, in which the arena is not mapped. What the child
  // drops says nothing about the parent's blocks, and its books may have been copied half-written.
  [[nodiscard]] bool is_copy() const noexcept;

  const std::int32_t pid_;
  Arena arena_;
  std::uint64_t budget_bytes_;
  Budget budget_;
  mutable std::mutex mutex_;  // guards all that follows; held for bookkeeping only
  Segment segment_;
  std::vector<SegmentBook> books_;
  std::vector<BlockRef> returned_;
  std::set<std::uint64_t> kept_;  // offsets of the blocks given to keep()
};

}  // namespace hpcflow
