// The graph: which run goes where next. A pure state machine: events in, commands out.
//
// It has no clock (time is an argument), no process, no lock, no log, and touches no shared memory.
// Its owner tells it what happened, then carries out `commands()`. It decides everything about runs
// that have not been claimed, and believes the owner about those that have.
//
//      from        to          by
//      (new)       waiting     admit, with unmet upstreams
//      (new)       ready       admit
//      waiting     ready       the last upstream's end
//      ready       assigned    schedule
//      assigned    ready       recalled, slot_lost (unclaimed runs)
//      assigned    delayed     attempt_retries, slot_lost (the run that was claimed)
//      delayed     ready       tick
//      assigned    ended       attempt_ended
//      any other   ended       cancel, an upstream's end, break_pool
#pragma once

#include <cstdint>
#include <deque>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "span.hpp"

namespace hpcflow {

struct GraphPolicy {
  std::uint32_t slot_count = 1;
  bool breaks_on_death = false;  // as the standard library's pool: one death ends everything
  std::uint32_t runs_most = 0;   // a worker is replaced after so many; 0: never
  // Where the sequence numbers of a new worker's lane begin (as LaneEnd::reset() was told). Tests
  // begin just before they wrap around.
  std::uint32_t first_sequence = 0;
};

// `count` consecutive runs of a span, from `first` on.
struct Range {
  Span* span = nullptr;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

struct Command {
  enum class Kind : std::uint8_t {
    assign,  // write `range` into the lane of `slot` with sequence numbers from `sequence` on
    recall,  // take back what `slot` has not claimed from `sequence` on; answer with recalled()
    end,     // the run range.first ended with `ending`: tell those who wait
    start,   // start a worker at `slot`
    retire,  // the worker at `slot`, which has no run, is to leave; slot_lost() follows
  };
  Kind kind;
  Ending ending = Ending::none;
  std::uint32_t slot = 0;
  std::uint32_t sequence = 0;
  Range range{};
  RunRef cause{};  // end, upstream: the run that did not end with a value
};

enum class ReportVerdict : std::uint8_t {
  ended,    // the run has ended as reported
  retries,  // another attempt will follow
  stale,    // no such run is assigned there: ignore the report
};

class Graph {
 public:
  explicit Graph(GraphPolicy policy);
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph();

  // --- events ---
  // A new span. Its edges name upstreams that were admitted before it.
  void admit(SpanPtr span);
  // A worker stands ready at `slot`; its lane is new and empty.
  void slot_opened(std::uint32_t slot, std::int64_t now_ns);
  // The worker at `slot` is gone, or could not be started. `claimed` is the claim word's `next`;
  // all its reports have been handled. The run that it was executing, if any, ends as crashed or
  // is tried again; those that it had not claimed move on.
  void slot_lost(std::uint32_t slot, std::uint32_t claimed, std::int64_t now_ns);
  // The worker reports the end of an attempt. The run to which `sequence` belongs:
  [[nodiscard]] RunRef run_at(std::uint32_t slot, std::uint32_t sequence) const;
  ReportVerdict attempt_ended(std::uint32_t slot, std::uint32_t sequence, Ending ending,
                              std::int64_t duration_ns);
  ReportVerdict attempt_retries(std::uint32_t slot, std::uint32_t sequence, std::int64_t at_ns);
  // The worker claims no more and is to be replaced: what it has not claimed moves on.
  void leave(std::uint32_t slot);
  // Answer to Command::recall: everything of `slot` from sequence `end` on is back.
  void recalled(std::uint32_t slot, std::uint32_t end);
  // Cancel one run. If it is assigned, a recall follows: its step says ended if that worked.
  void cancel(RunRef run);
  // Cancel all that have not begun. A run that has begun is not touched: should its attempt fail,
  // its retries follow.
  void cancel_open();
  // No more workers will come: end everything.
  void break_pool();
  void tick(std::int64_t now_ns);

  // Assign ready runs, even out backlogs, ask for workers. Call it last, once a turn.
  void schedule(std::int64_t now_ns);

  // --- what to do, oldest first; the owner carries it out, to the end, before the next event ---
  std::vector<Command> commands;

  // --- facts ---
  [[nodiscard]] bool is_broken() const noexcept { return broken_; }
  [[nodiscard]] std::uint64_t open_runs() const noexcept { return open_runs_; }
  [[nodiscard]] std::uint64_t ready_runs() const noexcept { return ready_runs_; }
  [[nodiscard]] std::uint32_t open_slots() const noexcept { return open_slots_; }
  [[nodiscard]] std::uint32_t backlog(std::uint32_t slot) const;
  // The run's sequence number in the lane of run.slot, while it is assigned.
  [[nodiscard]] bool sequence_of(RunRef run, std::uint32_t& sequence) const;
  // Cells of the lane that are in use: entries of the backlog, oldest first, of which
  // `take_finished_cells` says how many have been completed since it was last asked.
  [[nodiscard]] std::uint32_t take_finished_cells(std::uint32_t slot);
  // When tick() should be called next; negative: not at all.
  [[nodiscard]] std::int64_t next_tick_ns() const;
  // The most runs that are assigned to one slot.
  [[nodiscard]] std::uint32_t longest_backlog() const;
  // No run is assigned.
  [[nodiscard]] bool is_idle() const;
  // True when runs are open and nothing that the graph knows of could end them.
  [[nodiscard]] bool is_stalled() const;
  [[nodiscard]] std::string story() const;
  // Asserts all invariants; says what does not hold. Empty when all is well.
  [[nodiscard]] std::string check() const;

 private:
  struct Assigned {
    Range range;
    std::uint32_t start;     // sequence number of the first run
    std::uint32_t done = 0;  // runs of it that are finished, always the first ones
  };
  enum class SlotState : std::uint8_t { closed, starting, open, retiring };
  struct Slot {
    SlotState state = SlotState::closed;
    std::uint32_t end = 0;          // sequence number of the next run
    std::uint32_t outstanding = 0;  // runs from the first that was not reported to the last
    std::uint32_t finished_cells = 0;
    std::uint32_t quick_deaths = 0;     // deaths in a row without a report between
    std::uint32_t deaths_at_start = 0;  // in a row, of young workers that never claimed a run
    std::uint64_t reports_then = 0;     // `reports_` at the first of these
    std::int64_t opened_ns = 0;         // when its worker was ordered, then when it stood ready
    std::int64_t start_after_ns = 0;    // restarts are slowed by quick deaths
    bool wanted = false;                // had a worker that was lost: start another
    bool is_leaving = false;            // its worker claims no more
    // Its end when a recall brought nothing back: all up to there has been claimed.
    std::uint32_t all_claimed_to = 0;
    // The run at the head of the backlog when even_out() last looked, and since when it is there.
    std::uint32_t head_seen = 0;
    std::int64_t head_since_ns = 0;
    std::deque<Assigned> backlog;
    // Runs that were reported before one that stands in front of them, by sequence number. They
    // stay in the backlog, which names their spans, until everything before them is reported.
    std::unordered_map<std::uint32_t, SpanPtr> early;
  };
  struct Ready {
    SpanPtr span;
    std::uint32_t first;
    std::uint32_t count;  // some of them may have been cancelled since: their step tells
  };
  struct Delayed {
    std::int64_t at_ns;
    std::uint64_t order;
    SpanPtr span;
    std::uint32_t item;
    bool operator>(const Delayed& other) const noexcept {
      return at_ns != other.at_ns ? at_ns > other.at_ns : order > other.order;
    }
  };

  struct Failed {  // a run that ends because of `cause`
    SpanPtr span;
    std::uint32_t item;
    RunRef cause;
  };

  [[nodiscard]] static Run& run_of(RunRef ref) { return ref.span->runs[ref.item]; }
  // Register the span's edges with their upstreams; the runs that cannot be met go to `failed_`.
  void add_edges(const SpanPtr& span);
  void make_ready(const SpanPtr& span, std::uint32_t first, std::uint32_t count, bool in_front);
  void make_free_ready(const SpanPtr& span);
  void delay(RunRef run, std::int64_t at_ns);
  // True when no attempt was left, and the run has ended.
  [[nodiscard]] bool retry_after_crash(RunRef run, std::int64_t now_ns);
  // Slow down its restarts. True when no worker can be started at all.
  [[nodiscard]] bool count_death(Slot& slot, std::uint32_t claimed, std::int64_t now_ns);
  // End a run and all that its end makes impossible. `announced`: the owner knows of this one.
  void end_run(RunRef run, Ending ending, bool announced, RunRef cause = {});
  void end_one(RunRef run, Ending ending);
  void release_downstreams(RunRef run, Ending ending);
  void fail_waiting(const SpanPtr& span, std::uint32_t item, RunRef cause);
  void close_span(Span& span);
  [[nodiscard]] Range take_ready(std::uint32_t most);
  void take_back(Slot& slot, std::uint32_t end);
  void end_cancelled(const SpanPtr& span, std::uint32_t first, std::uint32_t count);
  void retire_workers();
  // How many more runs its worker may be given in its life.
  [[nodiscard]] std::uint32_t left_of(const Slot& slot) const;
  [[nodiscard]] std::uint32_t want_of(const Slot& slot) const;
  void pack_short();
  // True when it stopped at runs of the other kind (that overlap, or do not): ask again how many.
  [[nodiscard]] bool assign_to(std::uint32_t slot, std::uint32_t most);
  void start_workers(std::int64_t now_ns);
  void even_out(std::int64_t now_ns);
  [[nodiscard]] bool is_worth_stealing(Slot& victim, std::uint32_t share, std::int64_t now_ns);
  // The run with this sequence number, if it is assigned and not reported.
  [[nodiscard]] static RunRef unreported(const Slot& slot, std::uint32_t sequence);
  // Take it out of the backlog, if it stands in front; else note that it was reported early.
  [[nodiscard]] static RunRef finish(Slot& slot, std::uint32_t sequence);
  static void pass_front(Slot& slot);
  void count_report(Slot& slot);
  [[nodiscard]] std::string check_spans() const;
  [[nodiscard]] std::string check_queues() const;
  [[nodiscard]] std::string check_slots() const;

  GraphPolicy policy_;
  std::vector<Slot> slots_;
  std::deque<Ready> ready_;
  std::priority_queue<Delayed, std::vector<Delayed>, std::greater<>> delayed_;
  std::vector<SpanPtr> open_spans_;
  std::vector<Failed> failed_;         // work list of end_run(), empty between events
  std::vector<SpanPtr> closed_spans_;  // kept until the commands that name them are carried out
  std::uint64_t open_runs_ = 0;
  std::uint64_t ready_runs_ = 0;
  std::uint64_t delays_ = 0;
  std::uint64_t reports_ = 0;        // of attempts, by all workers
  std::int64_t look_again_ns_ = -1;  // when an idle worker may yet get a part of a short backlog
  std::uint32_t open_slots_ = 0;
  std::uint32_t last_slot_ = 0;  // that was assigned to
  bool came_back_ = false;       // a recall was answered since schedule() last ran
  std::uint32_t starting_slots_ = 0;
  bool broken_ = false;

 public:
  // Spans that have ended since the commands were last cleared may go.
  void forget_closed();
};

}  // namespace hpcflow
