#include "lane.hpp"

#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "sequence.hpp"

namespace hpcflow {
namespace {

[[nodiscard]] constexpr std::uint64_t padded(std::uint64_t size_bytes) noexcept {
  return (size_bytes + 7) & ~std::uint64_t{7};
}

}  // namespace

// --- the coordinator's end ---------------------------------------------------------------------

LaneEnd::LaneEnd(Arena& arena, std::uint64_t lane_offset)
    : arena_(&arena),
      lane_(reinterpret_cast<Lane*>(arena.base() + lane_offset)),
      lane_offset_(lane_offset) {}

void LaneEnd::reset(std::uint32_t first_sequence) {
  lane_->claim.store(Claim{first_sequence, first_sequence}.pack(), relaxed);
  lane_->outbox_tail.store(0, relaxed);
  lane_->worker_parked.store(0, relaxed);
  lane_->wants_room.store(0, relaxed);
  lane_->returns_head.store(0, relaxed);
  lane_->outbox_head.store(0, relaxed);
  lane_->doorbell.store(0, relaxed);
  lane_->orders.store(static_cast<std::uint32_t>(Orders::work), relaxed);
  lane_->returns_tail.store(0, relaxed);
  lane_->inherited = {};
  written_.clear();
  first_cell_ = inbox_head_ = inbox_tail_ = body_from_ = read_ = seen_tail_ = 0;
  end_ = written_end_ = first_sequence;
  is_damaged_ = false;
}

std::optional<ArenaSpan> LaneEnd::place(std::span<const std::byte> body) {
  const std::uint64_t size = padded(body.size());
  std::uint64_t from = inbox_tail_;
  const std::uint64_t to_end = inbox_bytes - from % inbox_bytes;
  if (to_end < size) from += to_end;  // bodies never wrap: skip the rest of the ring
  if (from + size - inbox_head_ > inbox_bytes) return std::nullopt;
  const std::uint64_t position = from % inbox_bytes;
  if (!body.empty()) std::memcpy(lane_->inbox + position, body.data(), body.size());
  inbox_tail_ = from + size;
  return ArenaSpan{lane_offset_ + offsetof(Lane, inbox) + position,
                   static_cast<std::uint32_t>(body.size())};
}

void LaneEnd::write_cell(const Assignment& assignment) {
  assert(written_.size() + 1 < lane_cells);
  Cell& cell = lane_->cells[(first_cell_ + written_.size()) % lane_cells];
  cell.start.store(assignment.start, relaxed);
  cell.count.store(assignment.count, relaxed);
  cell.body_offset = assignment.body.offset;
  cell.body_bytes = assignment.body.size_bytes;
  cell.function_offset = assignment.function.offset;
  cell.function_bytes = assignment.function.size_bytes;
  cell.common_offset = assignment.common.offset;
  cell.common_bytes = assignment.common.size_bytes;
  cell.first_number = assignment.first_number;
  cell.function_id = assignment.function_id;
  cell.first_item = assignment.first_item;
  cell.attempt = assignment.attempt;
  cell.flags.store(assignment.flags, relaxed);
  written_.push_back({assignment.start, body_from_});
  body_from_ = inbox_tail_;
  written_end_ = assignment.start + assignment.count;
}

void LaneEnd::publish() {
  if (written_end_ == end_) return;
  std::uint64_t word = lane_->claim.load(relaxed);
  // SYNC CELL: publishes the cells and bodies written above; pairs with SYNC CELL in try_claim().
  // SYNC WORK: sequential, pairs with SYNC WORK in park(): either the worker sees the new end
  // before it sleeps, or we see that it is parked.
  while (!lane_->claim.compare_exchange_weak(
      word, Claim{Claim::unpack(word).next, written_end_}.pack(), sequential, relaxed)) {
  }
  end_ = written_end_;
  if (lane_->worker_parked.load(sequential) != 0 &&
      lane_->worker_parked.exchange(0, sequential) != 0) {
    ring();
  }
}

std::uint32_t LaneEnd::recall(std::uint32_t from) {
  std::uint64_t word = lane_->claim.load(acquire);
  std::uint32_t held = 0;
  for (;;) {
    const Claim claim = Claim::unpack(word);
    if (claim.end != end_ || !is_plausible(claim.next)) {
      is_damaged_ = true;
      return end_;
    }
    held = distance(claim.next, from) < 0 ? claim.next : from;
    if (distance(held, claim.end) <= 0) return claim.end;  // nothing unclaimed from there on
    if (lane_->claim.compare_exchange_weak(word, Claim{claim.next, held}.pack(), acquire_release,
                                           acquire)) {
      break;
    }
  }
  // The runs from `held` on are ours: no claim can reach them. Forget their cells, newest first.
  while (!written_.empty() && distance(held, written_.back().start) >= 0) {
    inbox_tail_ = body_from_ = written_.back().inbox_from;
    written_.pop_back();
  }
  if (!written_.empty()) {
    Cell& cell = lane_->cells[(first_cell_ + written_.size() - 1) % lane_cells];
    const std::uint32_t start = cell.start.load(relaxed);
    if (distance(held, start + cell.count.load(relaxed)) > 0) {
      // SYNC CUT: read after a claim of a later run, which acquires the end that publish() raises
      // over it; pairs with SYNC CUT in try_claim().
      cell.count.store(held - start, relaxed);
    }
  }
  end_ = written_end_ = held;
  return held;
}

// Of a claim word's `next`: between the first unfinished cell and the end.
bool LaneEnd::is_plausible(std::uint32_t next) const {
  const std::uint32_t first = written_.empty() ? end_ : written_.front().start;
  return distance(first, next) >= 0 && distance(next, end_) >= 0;
}

void LaneEnd::finish_cells(std::size_t count) {
  for (; count > 0; --count) {
    written_.pop_front();
    ++first_cell_;
  }
  inbox_head_ = written_.empty() ? body_from_ : written_.front().inbox_from;
}

Claim LaneEnd::claim() const { return Claim::unpack(lane_->claim.load(acquire)); }

const Report* LaneEnd::peek_report() {
  for (;;) {
    if (read_ == seen_tail_) {
      // SYNC REPORT: pairs with SYNC REPORT in LaneSeat::report(). Sequential: SYNC PARK.
      seen_tail_ = lane_->outbox_tail.load(sequential);
      if (read_ == seen_tail_) return nullptr;
    }
    if (is_damaged_) return nullptr;
    const std::uint64_t position = read_ % outbox_bytes;
    const std::uint64_t to_end = outbox_bytes - position;
    const auto* head = reinterpret_cast<const Report*>(lane_->outbox + position);
    const std::uint64_t unread = seen_tail_ - read_;
    if (head->record_bytes == 0 && to_end < unread) {
      read_ += to_end;
      continue;
    }
    if (unread > outbox_bytes || head->record_bytes > std::min(unread, to_end) ||
        head->record_bytes < sizeof(Report) || head->record_bytes % 8 != 0 ||
        head->body_bytes > head->record_bytes - sizeof(Report)) {
      is_damaged_ = true;
      return nullptr;
    }
    return head;
  }
}

std::span<const std::byte> LaneEnd::body_of(const Report& report) {
  return {reinterpret_cast<const std::byte*>(&report + 1), report.body_bytes};
}

void LaneEnd::pop_report() {
  read_ += reinterpret_cast<const Report*>(lane_->outbox + read_ % outbox_bytes)->record_bytes;
}

void LaneEnd::publish_read() {
  // SYNC ROOM: sequential, pairs with SYNC ROOM in wait_for_room(): either the worker sees the new
  // head before it sleeps, or we see that it waits.
  lane_->outbox_head.store(read_, sequential);
  if (lane_->wants_room.load(sequential) != 0 && lane_->wants_room.exchange(0, sequential) != 0)
    ring();
}

bool LaneEnd::return_block(const BlockRef& block) {
  const std::uint32_t tail = lane_->returns_tail.load(relaxed);
  if (tail - lane_->returns_head.load(acquire) >= return_cells) return false;
  lane_->returns[tail % return_cells] = block;
  // SYNC RETURN: pairs with SYNC RETURN in take_return().
  lane_->returns_tail.store(tail + 1, release);
  return true;
}

void LaneEnd::order_close() {
  lane_->orders.store(static_cast<std::uint32_t>(Orders::close), sequential);
  ring();
}

void LaneEnd::ring() {
  lane_->doorbell.fetch_add(1, sequential);
  futex_wake(lane_->doorbell, 1, FutexScope::machine);
}

// --- the worker's end --------------------------------------------------------------------------

LaneSeat::LaneSeat(Arena& arena, std::uint64_t lane_offset, Switchboard& switchboard, int eventfd)
    : arena_(&arena),
      lane_(reinterpret_cast<Lane*>(arena.base() + lane_offset)),
      switchboard_(&switchboard),
      eventfd_(eventfd),
      doorbell_(identity_of(eventfd)) {}

std::optional<LaneSeat::Claimed> LaneSeat::try_claim() {
  std::uint64_t word = lane_->claim.load(relaxed);
  Claim claim{};
  do {
    claim = Claim::unpack(word);
    if (claim.next == claim.end) return std::nullopt;
    // SYNC CELL: acquires the cells below `end`; pairs with SYNC CELL in publish().
  } while (!lane_->claim.compare_exchange_weak(word, Claim{claim.next + 1, claim.end}.pack(),
                                               acquire_release, relaxed));
  const Cell* cell = &lane_->cells[cell_cursor_ % lane_cells];
  // SYNC CUT: pairs with SYNC CUT in recall().
  while (claim.next - cell->start.load(relaxed) >= cell->count.load(relaxed)) {
    cell = &lane_->cells[++cell_cursor_ % lane_cells];
  }
  return Claimed{cell, claim.next, cell->first_item + (claim.next - cell->start.load(relaxed))};
}

std::optional<bool> LaneSeat::next_overlaps() const {
  // SYNC CELL: as in try_claim(). What is read here may be out of date at once, when a recall takes
  // the run back and another is written in its place: whoever claims looks again.
  const Claim claim = Claim::unpack(lane_->claim.load(acquire));
  if (claim.next == claim.end) return std::nullopt;
  for (std::uint32_t step = 0; step < lane_cells; ++step) {
    const Cell& cell = lane_->cells[(cell_cursor_ + step) % lane_cells];
    if (claim.next - cell.start.load(relaxed) < cell.count.load(relaxed)) {
      return (cell.flags.load(relaxed) & cell_overlaps) != 0;
    }
  }
  return std::nullopt;
}

LaneSeat::Wait LaneSeat::park(std::int64_t timeout_ns) {
  ring();  // never sleep on a completion that nobody was told of
  const std::uint32_t bell = lane_->doorbell.load(acquire);
  // SYNC WORK: pairs with SYNC WORK in publish().
  lane_->worker_parked.store(1, sequential);
  const Claim claim = Claim::unpack(lane_->claim.load(sequential));
  Wait result = Wait::empty;
  if (claim.next != claim.end) {
    result = Wait::claimed;
  } else if (is_closing()) {
    result = Wait::closing;
  } else {
    const FutexResult slept = futex_wait(lane_->doorbell, bell, timeout_ns, FutexScope::machine);
    if (slept == FutexResult::interrupted) result = Wait::interrupted;
    if (slept == FutexResult::timed_out) result = Wait::timed_out;
  }
  lane_->worker_parked.store(0, sequential);
  return result;
}

bool LaneSeat::has_work() const {
  const Claim claim = Claim::unpack(lane_->claim.load(relaxed));
  return claim.next != claim.end || is_closing();
}

bool LaneSeat::is_closing() const {
  return lane_->orders.load(sequential) == static_cast<std::uint32_t>(Orders::close);
}

void LaneSeat::report(Report head, std::span<const std::byte> body) {
  head.body_bytes = static_cast<std::uint32_t>(body.size());
  head.record_bytes = static_cast<std::uint32_t>(sizeof(Report) + padded(body.size()));
  const std::uint64_t to_end = outbox_bytes - tail_ % outbox_bytes;
  const std::uint64_t skipped = to_end < head.record_bytes ? to_end : 0;
  wait_for_room(skipped + head.record_bytes);
  if (skipped != 0) {
    std::memset(lane_->outbox + tail_ % outbox_bytes, 0, sizeof(Report::record_bytes));
    tail_ += skipped;
  }
  std::byte* at = lane_->outbox + tail_ % outbox_bytes;
  std::memcpy(at, &head, sizeof head);
  if (!body.empty()) std::memcpy(at + sizeof head, body.data(), body.size());
  tail_ += head.record_bytes;
  // SYNC REPORT: publishes the record; a kill before this line leaves it unwritten for all others.
  // SYNC PARK: sequential, pairs with SYNC PARK in Coordinator::park(): either it sees the record
  // before it sleeps, or ring() sees that it is parked.
  lane_->outbox_tail.store(tail_, sequential);
}

void LaneSeat::wait_for_room(std::uint64_t needed_bytes) {
  while (outbox_bytes - (tail_ - head_) < needed_bytes) {
    const std::uint32_t bell = lane_->doorbell.load(acquire);
    lane_->wants_room.store(1, sequential);
    // SYNC ROOM: pairs with SYNC ROOM in publish_read().
    head_ = lane_->outbox_head.load(sequential);
    if (outbox_bytes - (tail_ - head_) >= needed_bytes) {
      lane_->wants_room.store(0, relaxed);
      return;
    }
    ring();
    // The coordinator never stops reading while this worker lives; if the parent dies, the
    // template kills us.
    (void)futex_wait(lane_->doorbell, bell, -1, FutexScope::machine);
  }
}

void LaneSeat::ring_if_due(std::int64_t now_ns) {
  if (now_ns - last_ring_ns_ < ring_defer_ns) return;
  last_ring_ns_ = now_ns;
  ring();
}

void LaneSeat::ring() {
  // A plain load first: the coordinator is mostly awake while there is work.
  if (switchboard_->coordinator_parked.load(sequential) == 0) return;
  // Before the flag is taken, which would silence all others too. What has the descriptor's number
  // now may be a file of the user's.
  if (lost_doorbell_ || identity_of(eventfd_) != doorbell_) {
    lost_doorbell_ = true;
    return;
  }
  if (switchboard_->coordinator_parked.exchange(0, sequential) == 0) return;
  const std::uint64_t one = 1;
  while (::write(eventfd_, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

std::optional<BlockRef> LaneSeat::take_return() {
  const std::uint32_t head = lane_->returns_head.load(relaxed);
  // SYNC RETURN: pairs with SYNC RETURN in return_block().
  if (head == lane_->returns_tail.load(acquire)) return std::nullopt;
  const BlockRef block = lane_->returns[head % return_cells];
  lane_->returns_head.store(head + 1, release);
  return block;
}

std::vector<BlockRef> LaneSeat::inherited() const {
  const auto list = arena_->at(lane_->inherited.offset, lane_->inherited.size_bytes);
  std::vector<BlockRef> blocks(list.size() / sizeof(BlockRef));
  if (!blocks.empty()) std::memcpy(blocks.data(), list.data(), blocks.size() * sizeof(BlockRef));
  return blocks;
}

std::span<const std::byte> LaneSeat::bytes(std::uint64_t offset, std::uint32_t size) const {
  return {arena_->base() + offset, size};
}

}  // namespace hpcflow
