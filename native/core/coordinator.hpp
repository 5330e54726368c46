// The coordinator: one thread that owns all run state of a pool, and never needs the GIL.
//
//     user threads                 coordinator                        worker processes
//     submit() ----> inbox ---->  +-------------------------------+
//     cancel()                    | turn: admit what was submitted |   lane: claim word, cells
//     watch()                     |       read every outbox        |<--------------------------->
//     outcomes  <---- end --------|       graph decides            |   (LaneEnd)      (LaneSeat)
//                                 |       carry out its commands   |
//                                 +-------------------------------+
//                                   park: one epoll over the doorbell, the template's socket and
//                                   the pidfds of all processes, until the next timer
//
// Ownership is a token: whoever holds `owner_` is the owner of the graph, of all lanes' ends and of
// the crew. The thread holds it while it takes a turn and lets go while it is parked. A user thread
// may take it for a moment: to cancel, to ask, or to take a short turn itself right after a submit,
// which saves waking the thread only to wake a worker. Nothing waits and no Python runs under it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "crew.hpp"
#include "descriptor.hpp"
#include "graph.hpp"
#include "lane.hpp"
#include "store.hpp"
#include "watch_queue.hpp"

namespace hpcflow {

struct CoordinatorPolicy {
  GraphPolicy graph;
  std::int64_t idle_close_ns = -1;  // close by itself when idle for so long; negative: never
};

// What a slot has done so far, over all its workers.
struct SlotFacts {
  std::int32_t pid = 0;  // 0: no worker there now
  std::uint64_t attempts = 0;
  std::int64_t busy_ns = 0;
  std::uint32_t deaths = 0;
};

// While runs are open the thread looks at everything this often, whoever forgot to ring, or was
// stopped, or has lost the descriptor to ring with.
inline constexpr std::int64_t heartbeat_ns = 500'000'000;

// Workers that were told to leave and have nothing to do are gone in a millisecond; those whose own
// exit handlers hang are killed after this.
inline constexpr std::int64_t leave_grace_ns = 5'000'000'000;

class Coordinator : public std::enable_shared_from_this<Coordinator> {
 public:
  // Tokens in the queue given to create() that mean something to the pool.
  static constexpr std::uint64_t token_template_lost = 0;  // launch one and attach() it
  static constexpr std::uint64_t token_ended = 1;          // the thread is about to end
  static constexpr std::uint64_t first_free_token = 16;

  [[nodiscard]] static std::shared_ptr<Coordinator> create(std::shared_ptr<Store> store,
                                                           CoordinatorPolicy policy,
                                                           std::shared_ptr<WatchQueue> pool_events);
  Coordinator(std::shared_ptr<Store> store, CoordinatorPolicy policy,
              std::shared_ptr<WatchQueue> pool_events);
  Coordinator(const Coordinator&) = delete;
  Coordinator& operator=(const Coordinator&) = delete;
  ~Coordinator();

  // The descriptor that workers write to when the thread is parked.
  [[nodiscard]] int doorbell() const noexcept { return doorbell_.get(); }
  // A template to fork workers from; both descriptors are taken over. False when the pool is
  // closing: the template is then the caller's to end.
  [[nodiscard]] bool attach_template(int socket, int pidfd);

  // False when the pool is closing or closed: nothing was submitted.
  [[nodiscard]] bool submit(SpanPtr span);
  // True when the run had not begun, and will not.
  [[nodiscard]] bool cancel(RunRef run);
  // Cancel everything that has not begun.
  void cancel_open();
  [[nodiscard]] bool is_running(RunRef run);
  // Before a thread sleeps until a run has ended: read the outboxes itself for a moment, if the run
  // is likely to end within it and nobody else does. Saves waking our thread only to wake this one.
  void help(RunRef run);
  // Push `token` to `queue` when the run has ended, at once if it has.
  void watch(RunRef run, std::shared_ptr<WatchQueue> queue, std::uint64_t token);
  void unwatch(const std::shared_ptr<WatchQueue>& queue);

  // Accept nothing more; close when all runs have ended.
  void close();
  // End all that runs, now.
  void kill();
  // Break the pool from outside: a result that cannot be decoded, by the standard library's rule.
  void break_pool(const std::string& reason);
  // Wait up to `timeout_ns` for the thread's end (negative: no limit). Its end is bounded by the
  // user's own runs: with none open, workers that do not leave are killed after a grace period.
  [[nodiscard]] bool join(std::int64_t timeout_ns);

  [[nodiscard]] bool is_broken() const noexcept { return broken_.load(acquire) != 0; }
  [[nodiscard]] bool is_closed() const noexcept { return closed_.load(acquire) != 0; }
  // Why it is broken: a body of form_text or form_crash.
  [[nodiscard]] std::string broken_body();
  [[nodiscard]] std::vector<SlotFacts> slot_facts();
  [[nodiscard]] std::string story();
  [[nodiscard]] Store& store() noexcept { return *store_; }

 private:
  enum class Phase : std::uint8_t { working, closing, ended };
  enum class Turn : std::uint8_t {
    full,     // everything: the thread's
    reading,  // without processes and timers: a waiting thread's
    sending,  // what was submitted only: a submitting thread's
  };
  struct WatchEntry {
    std::shared_ptr<WatchQueue> queue;
    std::uint64_t token;
  };

  // coordinator_face.cpp holds the public ones.
  // coordinator.cpp: turns
  void take_turn(Turn turn);
  void admit_submitted();
  void read_outbox(std::uint32_t slot);
  void handle_report(std::uint32_t slot, const Report& report);
  void carry_out_commands();
  void start_worker(std::uint32_t slot);
  [[nodiscard]] std::optional<std::uint32_t> open_segment(std::uint32_t slot);
  void retire_worker(std::uint32_t slot);
  void assign(const Command& command);
  [[nodiscard]] ArenaSpan place_body(LaneEnd& lane, const Span& span, std::uint32_t item,
                                     std::vector<LeasePtr>& held, std::uint16_t& flags);
  [[nodiscard]] ArenaSpan place_composite(LaneEnd& lane, const Span& span, std::uint32_t item,
                                          ArenaSpan arguments, std::vector<LeasePtr>& held);
  [[nodiscard]] ArenaSpan place_bytes(LaneEnd& lane, std::span<const std::byte> bytes,
                                      std::vector<LeasePtr>& held);
  void end_by_graph(const Command& command);
  [[nodiscard]] Body outcome_by_graph(const Command& command) noexcept;
  void publish_end(RunRef run, Ending ending);
  void return_blocks();

  // coordinator_life.cpp: the thread, parking, processes, closing
  void run_thread();
  void park();
  [[nodiscard]] bool has_work();
  [[nodiscard]] std::int64_t next_timer();
  int sleep(std::int64_t until_ns);
  void handle_crew_events(std::int64_t now_ns);
  void slot_lost(const CrewEvent& event, std::int64_t now_ns);
  void advance_closing(std::int64_t now_ns);
  void end_late_retirements(std::int64_t now_ns);
  void break_locked(const std::string& reason);
  // If the graph has broken: remember why, before anybody learns that it has.
  void note_if_broken(const std::string& body);
  void fail(const std::string& reason);
  void ring();
  // Have the thread take a full turn soon, whatever it is doing.
  void nudge();
  // Hand finished cells, and what they held, back to the lane.
  void finish_cells(std::uint32_t slot);

  const std::shared_ptr<Store> store_;
  const CoordinatorPolicy policy_;
  const std::shared_ptr<WatchQueue> pool_events_;
  Switchboard& switchboard_;
  const FileDescriptor doorbell_;
  const FileDescriptor epoll_;
  std::thread thread_;
  Atomic<std::uint32_t> thread_ended_{0};  // futex word
  Atomic<std::uint32_t> broken_{0};
  Atomic<std::uint32_t> closed_{0};

  std::mutex inbox_mutex_;  // guards the inbox and the change of closed_
  std::vector<SpanPtr> inbox_;
  Atomic<std::uint32_t> inbox_count_{0};
  Atomic<std::uint32_t> nudged_{0};

  std::mutex owner_;  // the token: guards all that follows
  Graph graph_;
  Crew crew_;
  std::vector<LaneEnd> lanes_;
  std::vector<SlotFacts> facts_;
  std::vector<std::string> crash_bodies_;                // of the death being handled, by slot
  std::vector<std::deque<std::vector<LeasePtr>>> held_;  // by lane, for each unfinished cell
  std::vector<LeasePtr> inherited_;                      // by slot: the list of such blocks
  std::vector<BlockRef> returning_;                      // blocks on their way to live workers
  std::vector<CrewEvent> events_;
  std::vector<std::int64_t> retire_by_ns_;  // by slot: when a retiring worker is killed; 0: none is
  std::size_t carried_out_ = 0;             // of graph_.commands
  int sleep_error_ = 0;                     // what epoll said
  std::vector<std::uint64_t> ready_tags_;   // what epoll said, to be handled in the next turn
  std::unordered_map<const Run*, std::vector<WatchEntry>> watches_;
  std::string broken_body_;  // why, as the outcome of the runs that it ended
  Phase phase_ = Phase::working;
  std::int64_t crew_due_ns_ = -1;
  std::int64_t last_busy_ns_ = 0;
  std::int64_t close_ordered_ns_ = 0;
  std::int64_t parked_until_ns_ = -1;
  std::int64_t helped_ns_ = 0;        // when a waiting thread last read the outboxes
  std::uint32_t lost_templates_ = 0;  // in a row, without a worker between
  bool stop_wanted_ = false;          // kill() was called
};

}  // namespace hpcflow
