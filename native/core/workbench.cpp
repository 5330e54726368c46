#include "workbench.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "store.hpp"

namespace hpcflow {
namespace {

[[nodiscard]] Switchboard& switchboard_of(Arena& arena) {
  return *reinterpret_cast<Switchboard*>(arena.base() + arena.lane_region_offset());
}

[[nodiscard]] std::uint32_t offset_at(std::span<const std::byte> table, std::uint32_t index) {
  std::uint32_t offset = 0;
  std::memcpy(&offset, table.data() + sizeof(TableHead) + std::size_t{index} * sizeof offset,
              sizeof offset);
  return offset;
}

}  // namespace

Workbench::Workbench(Arena& arena, const WorkbenchPlace& place)
    : arena_(&arena),
      lane_(arena, Store::lane_offset(arena, place.slot), switchboard_of(arena), place.doorbell),
      budget_bytes_(place.budget_bytes),
      nursery_(arena, place.segment, switchboard_of(arena).committed_bytes[place.segment],
               switchboard_of(arena).committed_for_arrays[place.segment],
               Store::budget_of(arena, place.budget_bytes),
               Store::warm_reserve_of(place.budget_bytes, place.slot_count),
               [this] { return lane_.take_return(); }) {
  nursery_.inherit(lane_.inherited());
}

// The body in the cell, or the first place of its composite; a stored table is looked through.
std::span<const std::byte> Workbench::placed(const LaneSeat::Claimed& claimed) const {
  const Cell& cell = *claimed.cell;
  std::span<const std::byte> body = arena_->at(cell.body_offset, cell.body_bytes);
  if ((cell.flags.load(relaxed) & cell_has_upstreams) != 0 &&
      body.size() >= sizeof(CompositeHead) + sizeof(BodyPlace)) {
    const auto place = read_head<BodyPlace>(body.subspan(sizeof(CompositeHead)));
    body = arena_->at(place.offset, place.size_bytes);
  }
  return body;
}

std::span<const std::byte> Workbench::arguments(const LaneSeat::Claimed& claimed) const {
  std::span<const std::byte> body = placed(claimed);
  if ((claimed.cell->flags.load(relaxed) & cell_has_items) == 0 || body.empty()) return body;
  if (static_cast<char>(body.front()) == form_stored) {
    // A stored table's own ref is the last one: those of its items' buffers stand before it.
    const std::vector<BlockRef> refs = refs_of(body);
    body = arena_->at(refs.back().offset, refs.back().size_bytes);
  }
  const std::uint32_t from = offset_at(body, claimed.item);
  std::uint32_t to = offset_at(body, claimed.item + 1);
  return body.subspan(from, to - from);
}

std::vector<Workbench::Upstream> Workbench::upstreams(const LaneSeat::Claimed& claimed,
                                                      std::size_t& item_count) const {
  std::vector<Upstream> found;
  item_count = 0;
  const Cell& cell = *claimed.cell;
  if ((cell.flags.load(relaxed) & cell_has_upstreams) == 0) return found;
  const std::span<const std::byte> body = arena_->at(cell.body_offset, cell.body_bytes);
  const auto head = read_head<CompositeHead>(body);
  const std::size_t count = std::size_t{head.item_upstreams} + head.common_upstreams;
  if (body.size() < sizeof head + (count + 1) * sizeof(BodyPlace)) return found;
  item_count = head.item_upstreams;
  for (std::size_t index = 1; index <= count; ++index) {
    const auto place = read_head<BodyPlace>(body.subspan(sizeof head + index * sizeof(BodyPlace)));
    found.push_back({arena_->at(place.offset, place.size_bytes), place.ending});
  }
  return found;
}

std::string Workbench::pack(std::span<const std::byte> stream,
                            std::span<const std::span<const std::byte>> buffers) {
  std::vector<BlockRef> copies;
  try {
    std::string bytes;
    if (buffers.empty()) {
      bytes.push_back(form_pickle);
    } else {
      append_head(bytes, OutOfBandHead{.form = form_out_of_band,
                                       .padding = {},
                                       .count = static_cast<std::uint32_t>(buffers.size())});
    }
    for (const auto buffer : buffers) {
      if (const std::optional<BlockRef> lent = nursery_.lend(buffer)) {
        append_head(bytes, *lent);
        continue;
      }
      copies.push_back(store(buffer));
      append_head(bytes, copies.back());
    }
    bytes.append(reinterpret_cast<const char*>(stream.data()), stream.size());
    if (bytes.size() <= inline_max_bytes) return bytes;
    const BlockRef whole = store(std::as_bytes(std::span(bytes)));
    std::string stored;
    append_head(stored, OutOfBandHead{.form = form_stored, .padding = {}, .count = 1});
    append_head(stored, whole);
    return stored;
  } catch (const StoreError&) {
    for (const BlockRef& block : copies) nursery_.release(block);
    nursery_.take_back_unsent();
    throw;
  }
}

BlockRef Workbench::store(std::span<const std::byte> bytes) {
  const Allocation allocation = nursery_.allocate(bytes.size());
  if (const auto* failure = std::get_if<AllocationFailure>(&allocation)) {
    throw StoreError(*failure, bytes.size(), budget_bytes_);
  }
  const BlockRef block = std::get<BlockRef>(allocation);
  std::memcpy(arena_->base() + block.offset, bytes.data(), bytes.size());
  return block;
}

}  // namespace hpcflow
