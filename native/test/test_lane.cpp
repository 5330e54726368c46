// Both ends of a lane, hammered by two threads over one real arena: the coordinator's in the case's
// own thread, the worker's in another. What they send is checked byte for byte.
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstring>
#include <deque>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "core/arena.hpp"
#include "core/lane.hpp"
#include "test/check.hpp"

using namespace hpcflow;

namespace {

constexpr std::int64_t deadline_ns = 20'000'000'000;

// An arena with one lane, and the doorbell of a coordinator.
struct Ground {
  Ground()
      : arena(Arena::create(pages_up(sizeof(Switchboard)) + pages_up(sizeof(Lane)),
                            Arena::smallest_segment_bytes, 1)),
        lane_offset(arena.lane_region_offset() + pages_up(sizeof(Switchboard))),
        board(*reinterpret_cast<Switchboard*>(arena.base() + arena.lane_region_offset())),
        shared(*reinterpret_cast<Lane*>(arena.base() + lane_offset)),
        eventfd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        end(arena, lane_offset) {}
  ~Ground() { ::close(eventfd); }

  Arena arena;
  std::uint64_t lane_offset;
  Switchboard& board;
  Lane& shared;
  int eventfd;
  LaneEnd end;
};

struct BodyHead {
  std::uint64_t id;
  std::uint32_t count;
  std::uint32_t size_bytes;  // of the whole body
};

std::string body_of(std::uint64_t id, std::uint32_t count, std::uint32_t size_bytes) {
  std::string body(std::max<std::size_t>(size_bytes, sizeof(BodyHead)), '\0');
  const BodyHead head{id, count, static_cast<std::uint32_t>(body.size())};
  std::memcpy(body.data(), &head, sizeof head);
  for (std::size_t at = sizeof head; at < body.size(); ++at) {
    body[at] = static_cast<char>(id * 31 + at * 7);
  }
  return body;
}

bool is_intact(std::span<const std::byte> bytes, BodyHead& head) {
  if (bytes.size() < sizeof head) return false;
  std::memcpy(&head, bytes.data(), sizeof head);
  const std::string expected = body_of(head.id, head.count, head.size_bytes);
  return bytes.size() == expected.size() &&
         std::memcmp(bytes.data(), expected.data(), bytes.size()) == 0;
}

void dawdle(std::minstd_rand& random) {
  const auto pick = random() % 64;
  if (pick == 0) std::this_thread::yield();
  for (std::uint32_t spin = 0; spin < pick; ++spin) cpu_relax();
}

// The worker's thread. `execute` is called for each claimed run with its id.
class Worker {
 public:
  template <typename Execute>
  Worker(Ground& ground, std::uint32_t result_bytes_most, Execute execute)
      : ground_(ground), thread_([this, result_bytes_most, execute] {
          LaneSeat seat(ground_.arena, ground_.lane_offset, ground_.board, ground_.eventfd);
          work(seat, result_bytes_most, execute);
          ended_.store(1, release);
        }) {}
  // Told to close; what it still reports is thrown away, so that it never waits for room.
  ~Worker() {
    if (thread_.joinable()) close();
  }

  void close() {
    ground_.end.order_close();
    while (ended_.load(acquire) == 0) {
      while (ground_.end.peek_report() != nullptr) ground_.end.pop_report();
      ground_.end.publish_read();
      std::this_thread::yield();
    }
    thread_.join();
  }

  // Read them after close().
  std::vector<std::uint64_t> executed;
  std::vector<std::uint64_t> returned;
  std::uint64_t damaged = 0;
  std::uint64_t parks = 0;

 private:
  template <typename Execute>
  void work(LaneSeat& seat, std::uint32_t result_bytes_most, Execute execute) {
    std::minstd_rand random(7);
    for (;;) {
      const auto claimed = seat.try_claim();
      if (!claimed) {
        if (seat.is_closing()) return;
        ++parks;
        (void)seat.park();
        continue;
      }
      seat.ring_if_due(monotonic_ns());
      BodyHead head{};
      const Cell& cell = *claimed->cell;
      if (!is_intact(seat.bytes(cell.body_offset, cell.body_bytes), head)) ++damaged;
      const std::uint64_t id = head.id + claimed->item;
      executed.push_back(id);
      while (const auto block = seat.take_return()) returned.push_back(block->offset);
      execute(id);
      dawdle(random);
      const std::string result =
          body_of(id, 1, static_cast<std::uint32_t>(random() % result_bytes_most));
      Report report{};
      report.sequence = claimed->sequence;
      report.kind = ReportKind::value;
      seat.report(report, std::as_bytes(std::span(result)));
    }
  }

  Ground& ground_;
  Atomic<std::uint32_t> ended_{0};
  std::thread thread_;
};

// The coordinator's side: assigns runs with ids 0, 1, ... and keeps book of what became of them.
class Book {
 public:
  explicit Book(Ground& ground) : end_(ground.end), ground_(ground) {}

  // One cell of `count` runs; false when the lane has no room now.
  bool assign(std::uint32_t count, std::uint32_t body_bytes) {
    if (end_.cells_in_use() + 1 >= lane_cells) return false;
    const std::string body = body_of(next_id_, count, body_bytes);
    const auto place = end_.place(std::as_bytes(std::span(body)));
    if (!place) return false;
    const std::uint64_t inbox = ground_.lane_offset + offsetof(Lane, inbox);
    CHECK(place->offset >= inbox && place->offset + body.size() <= inbox + inbox_bytes);
    end_.write_cell({.start = sequence_,
                     .count = count,
                     .body = *place,
                     .function = {},
                     .common = {},
                     .first_number = 0,
                     .function_id = 0,
                     .first_item = 0,
                     .attempt = 1,
                     .flags = 0});
    cells_.push_back(sequence_ + count);
    for (std::uint32_t each = 0; each < count; ++each) backlog_.push_back(next_id_++);
    sequence_ += count;
    return true;
  }

  void recall(std::uint32_t from) {
    end_.publish();
    const std::uint32_t held = end_.recall(from);
    CHECK(static_cast<std::int32_t>(sequence_ - held) >= 0);
    for (; sequence_ != held; --sequence_) {
      recalled.push_back(backlog_.back());
      backlog_.pop_back();
    }
    while (!cells_.empty() &&
           (cells_.size() > 1 ? cells_[cells_.size() - 2] : first_) - held < 0x8000'0000U) {
      cells_.pop_back();
    }
    if (!cells_.empty() && static_cast<std::int32_t>(held - cells_.back()) < 0)
      cells_.back() = held;
    finish();
  }

  // Read up to `most` reports.
  std::uint32_t read(std::uint32_t most) {
    std::uint32_t count = 0;
    for (; count < most; ++count) {
      const Report* report = end_.peek_report();
      if (report == nullptr) break;
      CHECK_EQ(report->sequence, sequence_ - static_cast<std::uint32_t>(backlog_.size()));
      BodyHead head{};
      CHECK(is_intact(LaneEnd::body_of(*report), head));
      CHECK_EQ(head.id, backlog_.front());
      reported.push_back(head.id);
      backlog_.pop_front();
      end_.pop_report();
    }
    if (count != 0) end_.publish_read();
    finish();
    return count;
  }

  // As Coordinator::park(), with no other timer than the linger: a lost ring hangs, and is told.
  void park() {
    ground_.board.coordinator_parked.store(1, sequential);
    if (end_.peek_report() == nullptr && sleep(linger_ns) == 0 && end_.peek_report() == nullptr) {
      CHECK_EQ(sleep(deadline_ns), 1);
    }
    ground_.board.coordinator_parked.store(0, sequential);
    std::uint64_t rings = 0;
    (void)!::read(ground_.eventfd, &rings, sizeof rings);
  }

  void finish_all() {
    end_.publish();
    while (!backlog_.empty()) {
      if (read(64) == 0) park();
    }
    CHECK_EQ(end_.cells_in_use(), 0U);
  }

  [[nodiscard]] std::size_t backlog() const { return backlog_.size(); }
  [[nodiscard]] std::uint32_t sequence() const { return sequence_; }
  [[nodiscard]] std::uint64_t ids() const { return next_id_; }
  void begin_at(std::uint32_t sequence) { sequence_ = first_ = sequence; }

  std::vector<std::uint64_t> reported;
  std::vector<std::uint64_t> recalled;

 private:
  int sleep(std::int64_t timeout_ns) const {
    pollfd bell{.fd = ground_.eventfd, .events = POLLIN, .revents = 0};
    const timespec timeout{.tv_sec = timeout_ns / 1'000'000'000,
                           .tv_nsec = timeout_ns % 1'000'000'000};
    return ::ppoll(&bell, 1, &timeout, nullptr);
  }
  void finish() {
    const std::uint32_t next = sequence_ - static_cast<std::uint32_t>(backlog_.size());
    std::size_t count = 0;
    while (!cells_.empty() && static_cast<std::int32_t>(next - cells_.front()) >= 0) {
      first_ = cells_.front();
      cells_.pop_front();
      ++count;
    }
    end_.finish_cells(count);
    CHECK_EQ(end_.cells_in_use(), cells_.size());
  }

  LaneEnd& end_;
  Ground& ground_;
  std::deque<std::uint64_t> backlog_;  // ids of the runs assigned and not read
  std::deque<std::uint32_t> cells_;    // ends of the unfinished cells
  std::uint32_t first_ = 0;            // start of the first of them
  std::uint32_t sequence_ = 0;
  std::uint64_t next_id_ = 0;
};

void check_each_run_once(const Worker& worker, const Book& book) {
  CHECK_EQ(worker.damaged, 0U);
  CHECK(worker.executed == book.reported);
  CHECK_EQ(book.reported.size() + book.recalled.size(), book.ids());
  std::vector<int> fates(book.ids());
  for (const std::uint64_t id : book.reported) ++fates[id];
  for (const std::uint64_t id : book.recalled) ++fates[id];
  for (const int fate : fates) CHECK_EQ(fate, 1);
}

// Assign, recall, read and park at random until `runs` have been assigned.
void hammer(Ground& ground, std::uint64_t runs, std::uint32_t body_bytes_most,
            std::uint32_t result_bytes_most, std::uint32_t seed) {
  // Sequence numbers wrap around on the way.
  const std::uint32_t first = 0U - static_cast<std::uint32_t>(runs / 2);
  ground.end.reset(first);
  Book book(ground);
  book.begin_at(first);
  Worker worker(ground, result_bytes_most, [](std::uint64_t) {});
  std::minstd_rand random(seed);
  while (book.ids() < runs) {
    switch (random() % 8) {
      case 0:
      case 1:
      case 2:
        for (std::uint32_t cells = random() % 24; cells > 0; --cells) {
          if (!book.assign(1 + random() % 5,
                           static_cast<std::uint32_t>(random() % body_bytes_most)))
            break;
        }
        if (random() % 4 != 0) ground.end.publish();
        break;
      case 3:
        book.recall(book.sequence() - random() % (1 + book.backlog()));
        break;
      case 4:
        dawdle(random);
        break;
      case 5:
        // Only when somebody will ring, or has reported already.
        ground.end.publish();
        if (book.backlog() != 0) book.park();
        break;
      default:
        book.read(1 + random() % 100);
    }
  }
  book.finish_all();
  worker.close();
  check_each_run_once(worker, book);
}

}  // namespace

CASE("lane: each run is executed once or recalled, never both") {
  Ground ground;
  for (std::uint32_t seed = 1; seed <= 4; ++seed) hammer(ground, 8'000, 64, 64, seed);
}

CASE("lane: bodies arrive intact when both rings wrap around") {
  Ground ground;
  for (std::uint32_t seed = 1; seed <= 2; ++seed) {
    hammer(ground, 4'000, inline_max_bytes, inline_max_bytes, seed);
  }
}

CASE("lane: a full lane takes no more, and goes on when it has been read") {
  Ground ground;
  ground.end.reset();
  Book book(ground);
  while (book.assign(1, 16)) {
  }
  CHECK_EQ(book.backlog(), lane_cells - 1);
  Worker worker(ground, 16, [](std::uint64_t) {});
  book.finish_all();
  CHECK(book.assign(1, 16));
  book.finish_all();
  worker.close();
  check_each_run_once(worker, book);
}

CASE("lane: a worker whose outbox is full waits until it is read") {
  Ground ground;
  ground.end.reset();
  Book book(ground);
  for (int cells = 0; cells < 16; ++cells) CHECK(book.assign(60, 16));
  ground.end.publish();
  Worker worker(ground, inline_max_bytes, [](std::uint64_t) {});
  const std::int64_t give_up_ns = monotonic_ns() + deadline_ns;
  while (ground.shared.wants_room.load(sequential) == 0) {
    CHECK(monotonic_ns() < give_up_ns);
    std::this_thread::yield();
  }
  CHECK(Claim::unpack(ground.shared.claim.load(acquire)).next < 960U);
  book.finish_all();
  worker.close();
  CHECK_EQ(book.reported.size(), 960U);
  check_each_run_once(worker, book);
}

CASE("lane: no completion stays unseen while a long run follows it") {
  Ground ground;
  ground.end.reset();
  Book book(ground);
  Atomic<std::uint64_t> seen{0};
  Atomic<std::uint32_t> starved{0};
  // Every fourth run, on average, lasts until all completions before it have been seen.
  Worker worker(ground, 32, [&](std::uint64_t id) {
    if (id * 2654435761U % 4 != 0) return;
    const std::int64_t give_up_ns = monotonic_ns() + deadline_ns / 2;
    while (seen.load(acquire) < id && starved.load(relaxed) == 0) {
      if (monotonic_ns() > give_up_ns) starved.store(1, relaxed);
      std::this_thread::yield();
    }
  });
  for (std::uint64_t round = 0; round < 300; ++round) {
    for (std::uint64_t cells = 0; cells <= round % 7; ++cells) CHECK(book.assign(3, 16));
    ground.end.publish();
    while (book.backlog() != 0) {
      if (book.read(64) == 0) book.park();
      seen.store(book.reported.size(), release);
    }
  }
  worker.close();
  CHECK_EQ(starved.load(relaxed), 0U);
  check_each_run_once(worker, book);
}

CASE("lane: blocks return in order, once each") {
  Ground ground;
  ground.end.reset();
  Book book(ground);
  Worker worker(ground, 32, [](std::uint64_t) {});
  constexpr std::uint64_t blocks = 5 * return_cells;
  std::uint64_t given = 0;
  while (given < blocks) {
    while (given < blocks && ground.end.return_block({given * page_bytes, 1, 1, 1})) ++given;
    CHECK(book.assign(1, 16));
    book.finish_all();
  }
  CHECK(book.assign(1, 16));
  book.finish_all();
  worker.close();
  CHECK_EQ(worker.returned.size(), blocks);
  for (std::uint64_t block = 0; block < blocks; ++block) {
    CHECK_EQ(worker.returned[block], block * page_bytes);
  }
}

CASE("lane: a parked worker leaves when the lane closes") {
  Ground ground;
  ground.end.reset();
  Worker worker(ground, 32, [](std::uint64_t) {});
  const std::int64_t give_up_ns = monotonic_ns() + deadline_ns;
  while (ground.shared.worker_parked.load(sequential) == 0) {
    CHECK(monotonic_ns() < give_up_ns);
    std::this_thread::yield();
  }
  worker.close();
  CHECK(worker.parks > 0);
}

CASE("lane: a reset lane has forgotten what the last worker left") {
  Ground ground;
  ground.end.reset();
  Book first(ground);
  CHECK(first.assign(5, 16));
  ground.end.publish();
  LaneSeat seat(ground.arena, ground.lane_offset, ground.board, ground.eventfd);
  CHECK_EQ(seat.try_claim()->sequence, 0U);
  ground.end.reset();
  LaneSeat next(ground.arena, ground.lane_offset, ground.board, ground.eventfd);
  CHECK(!next.try_claim());
  CHECK(ground.end.peek_report() == nullptr);
  Book second(ground);
  CHECK(second.assign(1, 16));
  ground.end.publish();
  CHECK_EQ(next.try_claim()->sequence, 0U);
}

CASE("lane: a scribbled outbox is refused, not believed") {
  Ground ground;
  for (const std::uint32_t nonsense : {7U, 41U, 0xffff'fff8U, 0U, 1U << 19}) {
    ground.end.reset();
    LaneSeat seat(ground.arena, ground.lane_offset, ground.board, ground.eventfd);
    seat.report({}, {});
    CHECK(ground.end.peek_report() != nullptr);
    reinterpret_cast<Report*>(ground.shared.outbox)->record_bytes = nonsense;
    CHECK(ground.end.peek_report() == nullptr);
    CHECK(ground.end.is_damaged());
  }
  ground.end.reset();
  CHECK(!ground.end.is_damaged());
}

CASE("lane: a scribbled claim word is refused, not believed") {
  Ground ground;
  ground.end.reset();
  Book book(ground);
  CHECK(book.assign(4, 16));
  ground.end.publish();
  ground.shared.claim.store(Claim{9, 4}.pack(), sequential);
  CHECK_EQ(ground.end.recall(2), 4U);
  CHECK(ground.end.is_damaged());
}
