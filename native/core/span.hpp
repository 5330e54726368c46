// Runs and what they share, in the parent's private memory.
//
// A span is what one submit (one run) or one map (many runs) admits: its runs share the function,
// the common arguments and the options. Who writes what: the submitting thread fills in a span
// before it is admitted; from then on only the owner of the graph writes, and user threads read
// `word`, and a run's outcome once `word` says that the run has ended.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "atomic.hpp"
#include "body.hpp"

namespace hpcflow {

// How a run ended; the user's states are made from these in hpcflow/states.py.
enum class Ending : std::uint8_t {
  none = 0,       // it has not
  value = 1,      // its function returned
  error = 2,      // its function raised, or something of it could not be decoded
  crashed = 3,    // its worker died while it ran, and no attempt was left
  cancelled = 4,  // taken back before it began
  upstream = 5,   // a run that it needs did not end with a value
  broken = 6,     // the pool broke before it ended
};

// Where the graph has a run. Never shown to users.
enum class Step : std::uint8_t {
  waiting,   // has unmet upstreams; counted in Run::unmet or Span::unmet_common
  ready,     // in the ready queue
  assigned,  // in a lane: claimed and running, or unclaimed and still to be recalled
  delayed,   // waits for the time of its next attempt
  ended,     // its outcome stands and never changes
};

class Span;

// One run: `item` of `span`. Holds no reference; who stores one keeps the span alive.
struct RunRef {
  Span* span = nullptr;
  std::uint32_t item = 0;
  friend bool operator==(const RunRef&, const RunRef&) = default;
};

// `item` of an Edge that holds for all runs of the span.
inline constexpr std::uint32_t every_item = 0xffff'ffff;

enum EdgeFlags : std::uint8_t {
  edge_value = 1,           // the body refers to the upstream's value
  edge_allows_failure = 2,  // met by any ending, not only by a value
};

class SpanPtr {
 public:
  SpanPtr() = default;
  explicit SpanPtr(Span* span) noexcept;
  SpanPtr(const SpanPtr& other) noexcept;
  SpanPtr(SpanPtr&& other) noexcept : span_(std::exchange(other.span_, nullptr)) {}
  SpanPtr& operator=(SpanPtr other) noexcept {
    std::swap(span_, other.span_);
    return *this;
  }
  ~SpanPtr();
  [[nodiscard]] Span* get() const noexcept { return span_; }
  Span* operator->() const noexcept { return span_; }
  Span& operator*() const noexcept { return *span_; }
  explicit operator bool() const noexcept { return span_ != nullptr; }

 private:
  Span* span_ = nullptr;
};

// `item` (or every item) of a span needs `upstream`.
struct Edge {
  std::uint32_t item;
  std::uint8_t flags;
  std::uint32_t upstream_item;
  SpanPtr upstream;
};

// What an ended run releases: the edge's other end. The cycle of references that it makes with the
// edge ends with the upstream run.
struct Downstream {
  SpanPtr span;
  std::uint32_t item;
  std::uint8_t flags;
};

// The function of a span: its bytes lie in the parent's segment for all workers to read.
// Shared from this: a handle from Python must not hold the Python object, or the owner of the graph
// would need the GIL to drop a span.
class Function : public std::enable_shared_from_this<Function> {
 public:
  Function(std::uint32_t id, LeasePtr code, bool overlaps = false)
      : overlaps(overlaps), id_(id), code_(std::move(code)) {}
  [[nodiscard]] std::uint32_t id() const noexcept { return id_; }
  [[nodiscard]] const BlockRef& code() const noexcept { return code_->block(); }

  // Its runs wait more than they compute (async functions), and a worker executes many of them at
  // once. It claims them as they come and reports them as they end, in any order.
  const bool overlaps;

  // Mean run time, for batch sizes. Owner of the graph only; 0 until the first completion.
  double mean_ns = 0;

 private:
  std::uint32_t id_;
  LeasePtr code_;
};

struct Run {
  // Low byte: Ending; `run_waited`: a thread sleeps on this word; `run_watched`: the coordinator
  // has a watcher for it. Written by the owner, except that waiters set `run_waited`.
  Atomic<std::uint32_t> word{0};
  Step step = Step::waiting;
  Ending ending = Ending::none;  // as `word` will say once the owner has published the end
  bool cancel_wanted = false;    // recalled in order to be cancelled
  std::uint16_t attempt = 1;     // the present or the next one
  std::uint32_t unmet = 0;       // upstreams of this item alone that have not ended
  float duration_us = 0;         // of the last attempt
  std::uint16_t slot = 0;        // of the last attempt
  std::unique_ptr<std::vector<Downstream>> downstreams;
  Body outcome;  // readable by others once `word` says that the run has ended
};

inline constexpr std::uint32_t run_ending_mask = 0xff;
inline constexpr std::uint32_t run_waited = 0x100;
inline constexpr std::uint32_t run_watched = 0x200;

struct SpanOptions {
  std::uint16_t max_attempts = 1;   // for attempts that end in a crash
  std::int64_t crash_delay_ns = 0;  // before the attempt after a crash
};

class Span {
 public:
  Span(std::uint32_t count, std::shared_ptr<Function> function, std::shared_ptr<const Body> common,
       SpanOptions options)
      : function(std::move(function)),
        options(options),
        common(std::move(common)),
        runs(std::make_unique<Run[]>(count)),
        open(count),
        open_runs(count),
        count_(count) {}

  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] Ending ending(std::uint32_t item) const noexcept {
    // SYNC END: pairs with SYNC END in Coordinator::publish_end().
    return static_cast<Ending>(runs[item].word.load(acquire) & run_ending_mask);
  }

  // The edges of every item, and those of one item alone, in their order. A map over a map has as
  // many edges as items, so nobody may look through all of them for each item.
  [[nodiscard]] std::span<const Edge> common_edges() const noexcept {
    const auto end = std::ranges::partition_point(
        edges, [](const Edge& edge) { return edge.item == every_item; });
    return {edges.begin(), end};
  }
  [[nodiscard]] std::span<const Edge> edges_of(std::uint32_t item) const noexcept {
    const auto own = std::span(edges).subspan(common_edges().size());
    const auto found = std::ranges::equal_range(own, item, {}, &Edge::item);
    return {found.begin(), found.end()};
  }

  const std::shared_ptr<Function> function;
  const SpanOptions options;
  // Runs are numbered within their engine; item i of this span has the number first_number + i.
  // Both sides of a lane know it, and make the run's id and name of it. Set before it is admitted.
  std::uint64_t first_number = 0;
  // Dropped by the owner when all runs have ended: arguments are not kept for the futures' sake.
  std::shared_ptr<const Body> common;  // arguments that all runs share; may be null
  std::vector<Body> chunks;            // bodies; each serves `chunk_items` consecutive runs
  std::vector<Edge> edges;             // those for every item first, then by item
  std::uint32_t chunk_items = 1;
  bool has_item_tables = false;  // chunks are tables of bodies (map), not bodies (submit)
  bool has_item_values = false;  // some edge of a single item carries a value
  const std::unique_ptr<Run[]> runs;

  // For threads that wait for the whole span: runs not ended; whether any has ended otherwise than
  // with a value; whether somebody waits; and the word that they sleep on, which counts wake-ups.
  Atomic<std::uint32_t> open;
  Atomic<std::uint32_t> failed{0};
  Atomic<std::uint32_t> waited{0};
  Atomic<std::uint32_t> signal{0};

  // Owner only.
  std::uint32_t open_runs;         // runs that the graph has not ended
  std::uint32_t unmet_common = 0;  // upstreams of every item that have not ended
  std::size_t open_index = 0;      // where the graph keeps it

 private:
  friend class SpanPtr;
  const std::uint32_t count_;
  Atomic<std::uint32_t> references_{0};
};

inline SpanPtr::SpanPtr(Span* span) noexcept : span_(span) {
  if (span_ != nullptr) span_->references_.fetch_add(1, relaxed);
}
inline SpanPtr::SpanPtr(const SpanPtr& other) noexcept : SpanPtr(other.span_) {}
inline SpanPtr::~SpanPtr() {
  // Acquire and release, so that whoever deletes sees what all others did with the span.
  if (span_ != nullptr && span_->references_.fetch_sub(1, acquire_release) == 1) delete span_;
}

}  // namespace hpcflow
