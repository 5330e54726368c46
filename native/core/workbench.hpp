// A worker's side of the engine: its seat at a lane and its own segment. One incarnation, one
// process; its main thread, but for the nursery.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "arena.hpp"
#include "body.hpp"
#include "lane.hpp"
#include "nursery.hpp"

namespace hpcflow {

struct WorkbenchPlace {
  std::uint32_t slot;
  std::uint32_t slot_count;
  std::uint32_t segment;
  std::uint64_t budget_bytes;
  int doorbell;  // the coordinator's eventfd
};

class Workbench {
 public:
  Workbench(Arena& arena, const WorkbenchPlace& place);

  [[nodiscard]] Arena& arena() noexcept { return *arena_; }
  [[nodiscard]] LaneSeat& lane() noexcept { return lane_; }
  [[nodiscard]] Nursery& nursery() noexcept { return nursery_; }

  // The body of the arguments of a claimed run: of a map, that of its item.
  [[nodiscard]] std::span<const std::byte> arguments(const LaneSeat::Claimed& claimed) const;
  struct Upstream {
    std::span<const std::byte> bytes;
    std::uint32_t ending;
  };
  // Those of its item, then those of the whole span; `item_count` tells them apart.
  [[nodiscard]] std::vector<Upstream> upstreams(const LaneSeat::Claimed& claimed,
                                                std::size_t& item_count) const;
  [[nodiscard]] std::span<const std::byte> bytes(std::uint64_t offset, std::uint32_t size) const {
    return arena_->at(offset, size);
  }

  // A body for a pickle stream and its out-of-band buffers, which are lent or copied into blocks of
  // the segment. Throws StoreError; nothing stays allocated then. Before the body is reported, what
  // the buffers refer to is dropped, and the nursery is to settle what lives on.
  [[nodiscard]] std::string pack(std::span<const std::byte> stream,
                                 std::span<const std::span<const std::byte>> buffers);

 private:
  [[nodiscard]] BlockRef store(std::span<const std::byte> bytes);
  [[nodiscard]] std::span<const std::byte> placed(const LaneSeat::Claimed& claimed) const;

  Arena* arena_;
  LaneSeat lane_;
  std::uint64_t budget_bytes_;
  Nursery nursery_;
};

}  // namespace hpcflow
