// What lies in shared memory between the coordinator and one worker: the lane.
//
// Everything here is fixed-width, trivially destructible and written by exactly one side, except
// the claim word, which both sides change by compare-exchange. There is no lock, no count of
// references and no free list in it (see native/README.md for the protocols and for what a kill
// between any two steps leaves behind).
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "atomic.hpp"
#include "block.hpp"

namespace hpcflow {

inline constexpr std::size_t cache_line_bytes = 64;

// Cells bound how many separately submitted runs can wait in a lane. At 2 us a run (the shortest
// worth measuring) 1024 cells hold 2 ms of work, twice what the graph wants there; fewer would
// starve a worker while the coordinator sleeps, more only costs memory.
inline constexpr std::uint32_t lane_cells = 1024;
// Bodies up to `inline_max_bytes` travel in the lane itself; the rings hold the cells' worth of
// typical small bodies. When the ring is full, the body goes to a block instead.
inline constexpr std::uint32_t inbox_bytes = 256 * 1024;
inline constexpr std::uint32_t outbox_bytes = 1024 * 1024;
inline constexpr std::uint32_t inline_max_bytes = 4096;
// Blocks on their way back to the worker that allocated them.
inline constexpr std::uint32_t return_cells = 512;

// A place in the arena: bytes that the receiver reads where they lie.
struct ArenaSpan {
  std::uint64_t offset;
  std::uint32_t size_bytes;
};

enum CellFlags : std::uint16_t {
  cell_has_items = 1,      // body is a table of bodies, one an item
  cell_has_upstreams = 2,  // body is a composite: see body.hpp
  cell_has_common = 4,     // `common` holds the arguments shared by all runs of the span
  cell_overlaps = 8,       // its runs wait more than they compute: see Function::overlaps
};

// One assignment: `count` consecutive runs of one span. Written by the coordinator before it
// raises the claim word's end over it; read by the worker after a claim inside it. `count` is
// lowered by the coordinator when a recall cuts through the cell. `start` and `flags` are atomic
// since the worker also looks at them before a claim, when a recall may be writing the cell anew.
struct Cell {
  Atomic<std::uint32_t> start;    // sequence number of its first run in this lane
  Atomic<std::uint32_t> count;    // runs in it
  std::uint64_t body_offset;      // arena offset of the arguments
  std::uint64_t function_offset;  // arena offset of the function's bytes
  std::uint64_t common_offset;    // arena offset of the shared arguments
  std::uint64_t first_number;     // number of its first run; see Span::first_number
  std::uint32_t body_bytes;
  std::uint32_t function_bytes;
  std::uint32_t common_bytes;
  std::uint32_t function_id;    // key of the worker's table of functions
  std::uint32_t first_item;     // index of its first run in the table of items
  std::uint16_t attempt;        // of its runs; runs on different attempts never share a cell
  Atomic<std::uint16_t> flags;  // CellFlags
};
static_assert(sizeof(Cell) == cache_line_bytes && std::is_standard_layout_v<Cell>);

enum class ReportKind : std::uint8_t {
  value = 1,   // the run ended with a value
  error = 2,   // the run ended with an exception
  retry = 3,   // this attempt failed; the worker asks for another after `delay_ns`
  poison = 4,  // the arguments could not be decoded; carries the exception
};

// Head of what a worker reports about one attempt; `body_bytes` of body follow, then padding to
// eight bytes. `record_bytes` is 0 where the rest of the ring is skipped to keep records whole.
struct Report {
  std::uint32_t record_bytes;
  std::uint32_t sequence;
  std::uint32_t body_bytes;
  ReportKind kind;
  std::uint8_t wants_to_leave;  // 1: the worker claims no more, and is to be replaced
  std::uint8_t padding[2];
  std::int64_t begin_ns;  // monotonic clock, when the attempt began
  std::int64_t end_ns;    // and ended
  std::int64_t delay_ns;  // for retry
};
static_assert(sizeof(Report) == 40 && std::is_trivially_copyable_v<Report>);

// The claim word: runs [next, end) of the lane's sequence are assigned and unclaimed.
struct Claim {
  std::uint32_t next;
  std::uint32_t end;
  [[nodiscard]] static Claim unpack(std::uint64_t word) noexcept {
    return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32)};
  }
  [[nodiscard]] std::uint64_t pack() const noexcept {
    return static_cast<std::uint64_t>(end) << 32 | next;
  }
};

enum class Orders : std::uint32_t { work, close };

struct Lane {
  // Both sides, by compare-exchange.
  alignas(cache_line_bytes) Atomic<std::uint64_t> claim;

  // The worker's line: written by the worker, read by the coordinator.
  alignas(cache_line_bytes) Atomic<std::uint64_t> outbox_tail;  // bytes ever written
  Atomic<std::uint32_t> worker_parked;  // 1 while it sleeps, or is about to, on `doorbell`
  Atomic<std::uint32_t> wants_room;     // 1 while it waits for the outbox to drain
  Atomic<std::uint32_t> returns_head;   // return cells ever taken

  // The coordinator's line.
  alignas(cache_line_bytes) Atomic<std::uint64_t> outbox_head;  // bytes ever read
  Atomic<std::uint32_t> doorbell;      // counts rings; the worker sleeps on it
  Atomic<std::uint32_t> orders;        // Orders
  Atomic<std::uint32_t> returns_tail;  // return cells ever filled
  ArenaSpan inherited;  // blocks that live in the worker's segment; written before it is ordered

  alignas(cache_line_bytes) Cell cells[lane_cells];
  alignas(cache_line_bytes) BlockRef returns[return_cells];
  alignas(cache_line_bytes) std::byte inbox[inbox_bytes];
  alignas(cache_line_bytes) std::byte outbox[outbox_bytes];
};
static_assert(std::is_standard_layout_v<Lane> && std::is_trivially_destructible_v<Lane>);

// Segments are numbered; 0 is the parent's. Each incarnation of a worker gets one that is drained,
// so this bounds how many dead workers' results the user can hold at once.
inline constexpr std::uint32_t segments_most = 256;

// What all lanes share, in front of them.
struct Switchboard {
  // 1 while the coordinator sleeps, or is about to, on the eventfd. A worker that changes it from
  // 1 to 0 must write to the eventfd. A kill between the two loses nothing: the worker's own death
  // wakes the coordinator, which then reads every outbox.
  alignas(cache_line_bytes) Atomic<std::uint32_t> coordinator_parked;
  // Two words a segment, written by its allocating process only; see segment.hpp. The second is for
  // the arrays of a worker's (nursery.hpp).
  alignas(cache_line_bytes) Atomic<std::uint64_t> committed_bytes[segments_most];
  alignas(cache_line_bytes) Atomic<std::uint64_t> committed_for_arrays[segments_most];
};

}  // namespace hpcflow
