#include "store.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace hpcflow {
namespace {

// The values of all segments may take this much address space: a quarter of what x86-64 has.
constexpr std::uint64_t address_space_most = std::uint64_t{1} << 45;

[[nodiscard]] std::string explain(AllocationFailure failure, std::uint64_t size_bytes,
                                  std::uint64_t limit_bytes) {
  std::string text = "no room for a value of " + std::to_string(size_bytes) + " bytes: ";
  switch (failure) {
    case AllocationFailure::over_budget:
      return text + "the memory budget of " + std::to_string(limit_bytes) +
             " bytes is used up by values that are still held. Drop results that are no longer "
             "needed, return smaller ones, or raise HPCFLOW_MEMORY_BUDGET.";
    case AllocationFailure::out_of_memory:
      return text + "the machine has no memory left for it.";
    case AllocationFailure::closed:
      return text + "some code in this process has closed hpcflow's file descriptors.";
    case AllocationFailure::out_of_space:
      break;
  }
  return text + "it is larger than one process may hold (HPCFLOW_MEMORY_BUDGET is " +
         std::to_string(limit_bytes) + " bytes).";
}

}  // namespace

StoreError::StoreError(AllocationFailure failure, std::uint64_t size_bytes,
                       std::uint64_t limit_bytes)
    : std::runtime_error(explain(failure, size_bytes, limit_bytes)) {}

std::uint64_t Store::lane_region_bytes(std::uint32_t slot_count) noexcept {
  return pages_up(sizeof(Switchboard)) + pages_up(sizeof(Lane)) * slot_count;
}

std::shared_ptr<Store> Store::create(std::uint32_t slot_count, std::uint64_t budget_bytes) {
  const std::uint64_t most = address_space_most / segments_most;
  // Half as much again, for the arrays of a worker's segment.
  const std::uint64_t segment_bytes = std::min(pages_up(budget_bytes), most) / 2 * 3;
  Arena arena = Arena::create(lane_region_bytes(slot_count), segment_bytes, segments_most);
  return std::make_shared<Store>(std::move(arena), slot_count, budget_bytes);
}

Store::Store(Arena arena, std::uint32_t slot_count, std::uint64_t budget_bytes)
    : pid_(::getpid()),
      arena_(std::move(arena)),
      budget_bytes_(budget_bytes),
      budget_(budget_of(arena_, budget_bytes)),
      segment_(arena_, 0, switchboard().committed_bytes[0], budget_),
      books_(segments_most) {
  segment_.set_warm_reserve_bytes(warm_reserve_of(budget_bytes, slot_count));
  books_[0].state = SegmentState::open;
  arena_.forget_in_children();
}

Store::~Store() {
  // Elsewhere there may be something else by now where the arena is mapped in the parent.
  if (is_copy()) static_cast<void>(new Arena(std::move(arena_)));
}

bool Store::is_copy() const noexcept { return ::getpid() != pid_; }

// Half of the budget may stay warm, shared evenly: recycling a warm block saves its page faults,
// which cost several times the copy into it.
std::uint64_t Store::warm_reserve_of(std::uint64_t budget_bytes,
                                     std::uint32_t slot_count) noexcept {
  return budget_bytes / 2 / (slot_count + 1);
}

Budget Store::budget_of(Arena& arena, std::uint64_t limit_bytes) {
  auto* board = reinterpret_cast<Switchboard*>(arena.base() + arena.lane_region_offset());
  Budget budget{.limit_bytes = limit_bytes, .committed_words = {}};
  for (const auto& word : board->committed_bytes) budget.committed_words.push_back(&word);
  for (const auto& word : board->committed_for_arrays) budget.committed_words.push_back(&word);
  return budget;
}

Switchboard& Store::switchboard() noexcept {
  return *reinterpret_cast<Switchboard*>(arena_.base() + arena_.lane_region_offset());
}

std::uint64_t Store::lane_offset(const Arena& arena, std::uint32_t slot) noexcept {
  return arena.lane_region_offset() + pages_up(sizeof(Switchboard)) +
         std::uint64_t{slot} * pages_up(sizeof(Lane));
}

LeasePtr Store::store(std::span<const std::byte> bytes) {
  Allocation allocation;
  {
    const std::lock_guard lock(mutex_);
    allocation = segment_.allocate(bytes.size());
  }
  if (const auto* failure = std::get_if<AllocationFailure>(&allocation)) {
    throw StoreError(*failure, bytes.size(), budget_bytes_);
  }
  const BlockRef block = std::get<BlockRef>(allocation);
  auto lease = std::make_shared<const Lease>(shared_from_this(), block);
  std::memcpy(arena_.base() + block.offset, bytes.data(), bytes.size());
  return lease;
}

Body Store::store_body(std::string bytes, std::vector<LeasePtr> leases) {
  if (bytes.size() <= inline_max_bytes) return Body(std::move(bytes), std::move(leases));
  leases.push_back(store(std::as_bytes(std::span(bytes))));
  std::string stored;
  append_head(stored, OutOfBandHead{.form = form_stored, .padding = {}, .count = 1});
  append_head(stored, leases.back()->block());
  return Body(std::move(stored), std::move(leases));
}

bool Store::is_block_of(const BlockRef& ref, std::uint32_t segment) const {
  if (ref.segment != segment || ref.offset % page_bytes != 0) return false;
  const std::uint64_t from = arena_.segment_offset(segment);
  return ref.offset >= from && ref.offset - from <= arena_.segment_bytes() &&
         ref.size_bytes <= arena_.segment_bytes() - (ref.offset - from);
}

std::optional<Body> Store::adopt(std::span<const std::byte> bytes, std::uint32_t segment) {
  // A worker whose own code has scribbled over its lane must not bring us down.
  std::vector<BlockRef> refs = refs_of(bytes);
  const auto is_good = [&](const BlockRef& ref) { return is_block_of(ref, segment); };
  if (!std::ranges::all_of(refs, is_good)) return std::nullopt;
  if (!bytes.empty() && static_cast<char>(bytes.front()) == form_stored) {
    if (refs.size() != 1) return std::nullopt;
    const auto inner = arena_.at(refs.front().offset, refs.front().size_bytes);
    if (!inner.empty() && static_cast<char>(inner.front()) == form_stored) return std::nullopt;
    const std::vector<BlockRef> more = refs_of(inner);
    refs.insert(refs.end(), more.begin(), more.end());
    if (!std::ranges::all_of(refs, is_good)) return std::nullopt;
  }
  std::vector<LeasePtr> leases;
  leases.reserve(refs.size());
  for (const BlockRef& ref : refs) {
    {
      const std::lock_guard lock(mutex_);
      ++books_[segment].held.try_emplace(ref.offset, Held{ref, 0}).first->second.leases;
    }
    leases.push_back(std::make_shared<const Lease>(shared_from_this(), ref));
  }
  return Body(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
              std::move(leases));
}

void Store::keep(const BlockRef& block) {
  if (is_copy()) return;
  const std::lock_guard lock(mutex_);
  kept_.insert(block.offset);
}

void Store::give_back(const BlockRef& block) noexcept {
  if (is_copy()) return;
  const std::lock_guard lock(mutex_);
  // A kept block of a worker's segment stays counted, so that the segment is never drained.
  if (kept_.contains(block.offset)) return;
  if (block.segment == 0) {
    (void)segment_.release(block);
    return;
  }
  SegmentBook& book = books_[block.segment];
  const auto held = book.held.find(block.offset);
  if (held == book.held.end() || --held->second.leases != 0) return;
  book.held.erase(held);
  if (book.state == SegmentState::open) {
    returned_.push_back(block);
  } else if (book.held.empty()) {
    drain(block.segment);
  }
}

std::vector<BlockRef> Store::take_returned() {
  const std::lock_guard lock(mutex_);
  return std::exchange(returned_, {});
}

std::optional<Store::OpenSegment> Store::open_segment() {
  const std::lock_guard lock(mutex_);
  for (std::uint32_t number = 1; number < segments_most; ++number) {
    if (books_[number].state != SegmentState::drained) continue;
    books_[number].state = SegmentState::open;
    return OpenSegment{number, {}};
  }
  std::optional<std::uint32_t> least;
  for (std::uint32_t number = 1; number < segments_most; ++number) {
    const SegmentBook& book = books_[number];
    if (book.state != SegmentState::draining) continue;
    if (!least || book.held.size() < books_[*least].held.size()) least = number;
  }
  if (!least) return std::nullopt;
  return reopen(*least);
}

// With the mutex held. What its dead worker allocated and nobody leases goes, as in a drained one.
Store::OpenSegment Store::reopen(std::uint32_t number) {
  OpenSegment opened{number, {}};
  std::uint64_t from = arena_.segment_offset(number);
  const std::uint64_t end = from + arena_.segment_bytes();
  std::uint64_t committed = 0;
  for (const auto& [offset, held] : books_[number].held) {
    (void)arena_.punch(from, offset - from);
    const std::uint64_t size_bytes = std::max(pages_up(held.block.size_bytes), page_bytes);
    from = offset + size_bytes;
    committed += size_bytes;
    opened.living.push_back(held.block);
  }
  (void)arena_.punch(from, end - from);
  switchboard().committed_bytes[number].store(committed, release);
  switchboard().committed_for_arrays[number].store(0, release);
  books_[number].state = SegmentState::open;
  return opened;
}

void Store::close_segment(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  std::erase_if(returned_, [&](const BlockRef& block) { return block.segment == number; });
  books_[number].state = SegmentState::draining;
  if (books_[number].held.empty()) drain(number);
}

void Store::drain(std::uint32_t number) noexcept {
  books_[number].state = SegmentState::drained;
  (void)arena_.drain_segment(number);
  switchboard().committed_bytes[number].store(0, release);
  switchboard().committed_for_arrays[number].store(0, release);
}

std::uint64_t Store::committed_bytes() const { return budget_.committed_bytes(); }

}  // namespace hpcflow
