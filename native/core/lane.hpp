// The two ends of a lane. LaneEnd belongs to the coordinator, LaneSeat to the worker; each knows
// only what its side may write. Neither knows values, runs or processes: sequence numbers, bytes
// and the claim word only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "arena.hpp"
#include "layout.hpp"

namespace hpcflow {

// What the coordinator puts into a cell; body and function lie in the arena already.
struct Assignment {
  std::uint32_t start;
  std::uint32_t count;
  ArenaSpan body;
  ArenaSpan function;
  ArenaSpan common;
  std::uint64_t first_number;
  std::uint32_t function_id;
  std::uint32_t first_item;
  std::uint16_t attempt;
  std::uint16_t flags;
};

// The coordinator's end. Used by the coordinator's thread only.
class LaneEnd {
 public:
  LaneEnd(Arena& arena, std::uint64_t lane_offset);

  // Make the lane new for the next incarnation, whose sequence numbers begin at `first_sequence`.
  // Only while no worker is attached to it: before the next one is ordered.
  void reset(std::uint32_t first_sequence = 0);
  // Tell it of blocks that live in its segment. After reset(), before it is ordered.
  void set_inherited(const ArenaSpan& blocks) { lane_->inherited = blocks; }

  // Copy a small body into the inbox; nothing when there is no room for it now.
  [[nodiscard]] std::optional<ArenaSpan> place(std::span<const std::byte> body);
  // Write the next cell. The caller keeps at most lane_cells - 1 of them unfinished.
  void write_cell(const Assignment& assignment);
  // Let the worker claim everything written so far.
  void publish();
  // Lower the end of the claim word to `from`, or to what the worker has claimed by then. Returns
  // the end that holds: runs from there on are the caller's again, their cells are gone.
  [[nodiscard]] std::uint32_t recall(std::uint32_t from);
  // The first `count` cells are finished: their cells and inbox bytes may be used again.
  void finish_cells(std::size_t count);

  [[nodiscard]] std::size_t cells_in_use() const { return written_.size(); }
  [[nodiscard]] Claim claim() const;
  [[nodiscard]] std::uint32_t end() const { return end_; }
  // The worker's own code has scribbled over the lane: kill it. No report is read any more.
  [[nodiscard]] bool is_damaged() const { return is_damaged_; }
  void mark_damaged() { is_damaged_ = true; }
  // The next unread report and its body; valid until pop_report().
  [[nodiscard]] const Report* peek_report();
  [[nodiscard]] static std::span<const std::byte> body_of(const Report& report);
  void pop_report();
  // Tell the worker how far its outbox has been read; wakes it if it waits for room.
  void publish_read();

  // Give a block back to the worker that allocated it. False when the ring is full: try later.
  [[nodiscard]] bool return_block(const BlockRef& block);
  void order_close();

 private:
  struct Written {
    std::uint32_t start;
    std::uint64_t inbox_from;  // inbox position before its body
  };
  [[nodiscard]] bool is_plausible(std::uint32_t next) const;
  void ring();

  Arena* arena_;
  Lane* lane_;
  std::uint64_t lane_offset_;
  std::deque<Written> written_;    // unfinished cells, oldest first
  std::uint64_t first_cell_ = 0;   // cells ever finished: ring index of written_.front()
  std::uint32_t end_ = 0;          // of the claim word, as last published
  std::uint32_t written_end_ = 0;  // as it will be after publish()
  std::uint64_t inbox_head_ = 0;   // inbox bytes ever freed
  std::uint64_t inbox_tail_ = 0;   // inbox bytes ever placed
  std::uint64_t body_from_ = 0;    // inbox position before the body of the cell to come
  std::uint64_t read_ = 0;         // outbox bytes read
  std::uint64_t seen_tail_ = 0;    // outbox tail as last loaded
  bool is_damaged_ = false;
};

// The worker's end. Used by the worker's main thread only.
class LaneSeat {
 public:
  LaneSeat(Arena& arena, std::uint64_t lane_offset, Switchboard& switchboard, int eventfd);

  struct Claimed {
    const Cell* cell;
    std::uint32_t sequence;
    std::uint32_t item;  // index in the cell's table of items
  };
  enum class Wait : std::uint8_t { claimed, closing, interrupted, timed_out, empty };

  // Claim the next run without waiting.
  [[nodiscard]] std::optional<Claimed> try_claim();
  // Whether the run that would be claimed next overlaps with others; nothing: there is none.
  [[nodiscard]] std::optional<bool> next_overlaps() const;
  // Ring, then sleep until there may be something to claim. Ends by the coordinator's ring, by a
  // signal, by the timeout (negative: there is none), or with the process: the template kills its
  // workers when the parent is gone.
  [[nodiscard]] Wait park(std::int64_t timeout_ns = -1);
  [[nodiscard]] bool is_closing() const;
  [[nodiscard]] bool has_work() const;

  // Publish one report. Waits while the outbox is full: ends when the coordinator has read, or
  // with the process. Bodies above inline_max_bytes are the caller's to store in a block first.
  void report(Report head, std::span<const std::byte> body);
  // Ring the coordinator if it sleeps. `now_ns` decides whether the ring may be deferred: a time
  // read after report() has returned (when the next run begins, say). An older one could let a
  // completion that was published late go unannounced for longer than the coordinator lingers.
  void ring_if_due(std::int64_t now_ns);
  void ring();
  // The user's code has closed the coordinator's doorbell: reports are seen late from now on.
  [[nodiscard]] bool has_doorbell() const noexcept { return !lost_doorbell_; }

  [[nodiscard]] std::optional<BlockRef> take_return();
  // The blocks that lived in its segment when it was ordered.
  [[nodiscard]] std::vector<BlockRef> inherited() const;
  [[nodiscard]] std::span<const std::byte> bytes(std::uint64_t offset, std::uint32_t size) const;

 private:
  void wait_for_room(std::uint64_t needed_bytes);

  Arena* arena_;
  Lane* lane_;
  Switchboard* switchboard_;
  int eventfd_;
  FileIdentity doorbell_;  // what `eventfd_` was
  bool lost_doorbell_ = false;
  std::uint64_t cell_cursor_ = 0;
  std::uint64_t tail_ = 0;
  std::uint64_t head_ = 0;  // outbox head as last loaded
  std::int64_t last_ring_ns_ = 0;
};

// A worker may leave its completions unannounced for this long after its last ring, and the
// coordinator looks again this long after it has parked: the second is longer than the first, so
// that no completion stays unseen while a long run follows it (native/README.md, Ring).
inline constexpr std::int64_t ring_defer_ns = 50'000;
inline constexpr std::int64_t linger_ns = 300'000;

}  // namespace hpcflow
