#include "crew.hpp"

#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

namespace hpcflow {
namespace {

// The template reports a death within a millisecond. After this long the death is told without an
// exit status, if the template has been stopped; one that runs may only have too little of a core.
constexpr std::int64_t status_overdue_ns = 1'000'000'000;
// After this long it is taken to be stuck.
constexpr std::int64_t status_lost_ns = 15'000'000'000;
// And so long it may take to kill its descendants before it is killed itself.
constexpr std::int64_t dismissal_overdue_ns = 1'000'000'000;

}  // namespace

Crew::Crew(Store& store, std::uint32_t slot_count, int epoll)
    : store_(&store), epoll_(epoll), seats_(slot_count) {}

Crew::~Crew() {
  for (const Seat& seat : seats_) {
    if (seat.pidfd >= 0) ::close(seat.pidfd);
  }
}

void Crew::watch(int descriptor, std::uint64_t tag) const {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = tag}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot watch a process of the pool");
  }
}

void Crew::attach(TemplateLink link) {
  link_ = std::move(link);
  watch(link_.socket(), tag(Watch::template_socket));
  watch(link_.pidfd(), tag(Watch::template_exit));
  for (std::uint32_t slot = 0; slot < seats_.size(); ++slot) {
    if (seats_[slot].state == State::wanted) order(slot);
  }
}

void Crew::start(std::uint32_t slot, std::uint32_t segment) {
  Seat& seat = seats_[slot];
  seat.segment = segment;
  ++seat.incarnation;
  seat.state = State::wanted;
  if (link_.is_open()) order(slot);
}

void Crew::order(std::uint32_t slot) {
  Seat& seat = seats_[slot];
  // When sending fails the template is dead or dying: its pidfd tells, and the seat is lost then.
  (void)link_.send({.kind = TemplateOrder::fork,
                    .slot = slot,
                    .incarnation = seat.incarnation,
                    .segment = seat.segment});
  seat.state = State::ordered;
}

void Crew::handle(std::uint64_t tag, std::int64_t now_ns, std::vector<CrewEvent>& events) {
  const auto slot = static_cast<std::uint32_t>(tag);
  switch (static_cast<Watch>(tag >> 32)) {
    case Watch::doorbell:
      return;
    case Watch::template_socket:
      read_reports(events);
      if (link_.closed()) {
        // It is ending, or will now; its pidfd tells when it has.
        link_.kill();
        ::epoll_ctl(epoll_, EPOLL_CTL_DEL, link_.socket(), nullptr);
      }
      return;
    case Watch::template_exit:
      read_reports(events);
      lose_template(events);
      return;
    case Watch::worker_exit:
      break;
  }
  Seat& seat = seats_[slot];
  if (seat.state != State::live) return;
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, seat.pidfd, nullptr);
  seat.state = State::exited;
  seat.exited_ns = now_ns;
  // Not for an orphan: the template that stands there now is not its parent.
  if (link_.is_open() && !seat.is_orphan) {
    read_reports(events);
  } else {
    lose(slot,
         {.kind = TemplateReport::exited,
          .slot = slot,
          .incarnation = seat.incarnation,
          .pid = seat.pid,
          .wait_status = -1,
          .oom_kills = 0,
          .peak_rss_bytes = 0},
         {}, events);
  }
}

void Crew::read_reports(std::vector<CrewEvent>& events) {
  if (!link_.is_open()) return;
  while (auto message = link_.receive()) {
    const std::uint32_t slot = message->report.slot;
    const bool is_current =
        slot < seats_.size() && message->report.incarnation == seats_[slot].incarnation;
    if (!is_current) {
      if (message->pidfd >= 0) ::close(message->pidfd);
      continue;
    }
    switch (message->report.kind) {
      case TemplateReport::forked:
        worker_forked(*message, events);
        break;
      case TemplateReport::fork_failed:
        store_->close_segment(seats_[slot].segment);
        seats_[slot].state = State::empty;
        events.push_back({.kind = CrewEvent::Kind::start_failed,
                          .slot = slot,
                          .facts = {},
                          .text = std::move(message->text)});
        break;
      default:
        lose(slot, message->report, std::move(message->text), events);
    }
  }
}

void Crew::worker_forked(TemplateLink::Message& message, std::vector<CrewEvent>& events) {
  const std::uint32_t slot = message.report.slot;
  Seat& seat = seats_[slot];
  if (seat.state != State::ordered) {
    if (message.pidfd >= 0) ::close(message.pidfd);
    return;
  }
  seat.pid = message.report.pid;
  seat.is_unwatched = message.pidfd < 0;
  if (seat.is_unwatched) {
    // This process may open no more descriptors, so the packet could bring none.
    (void)link_.send({.kind = TemplateOrder::kill,
                      .slot = slot,
                      .incarnation = seat.incarnation,
                      .segment = seat.segment});
    return;
  }
  seat.pidfd = message.pidfd;
  seat.state = State::live;
  seat.is_orphan = false;
  watch(seat.pidfd, tag(Watch::worker_exit, slot));
  events.push_back({.kind = CrewEvent::Kind::opened, .slot = slot, .facts = {}, .text = {}});
}

void Crew::lose(std::uint32_t slot, const TemplateReport& report, std::string text,
                std::vector<CrewEvent>& events) {
  Seat& seat = seats_[slot];
  if (seat.state == State::empty) return;
  if (seat.pidfd >= 0) {
    if (seat.state == State::live) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, seat.pidfd, nullptr);
    ::close(seat.pidfd);
  }
  seat.pidfd = -1;
  seat.state = State::empty;
  if (std::exchange(seat.is_unwatched, false)) {
    store_->close_segment(seat.segment);
    events.push_back({.kind = CrewEvent::Kind::start_failed,
                      .slot = slot,
                      .facts = {},
                      .text = "this process may open no more file descriptors (ulimit -n)"});
    return;
  }
  events.push_back({.kind = CrewEvent::Kind::lost,
                    .slot = slot,
                    .facts = {.form = form_crash,
                              .padding = {},
                              .pid = seat.pid,
                              .wait_status = report.wait_status,
                              .slot = slot,
                              .attempt = 0,
                              .oom_kills = report.oom_kills,
                              .peak_rss_bytes = report.peak_rss_bytes},
                    .text = std::move(text)});
}

// The template is dead: by order, or killed. The kernel kills its workers with it (they asked for
// that, and check that it was in time); we kill them too, and wait for each one's pidfd.
void Crew::lose_template(std::vector<CrewEvent>& events) {
  if (!link_.is_open()) return;
  link_.kill();
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, link_.socket(), nullptr);
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, link_.pidfd(), nullptr);
  link_.reap();
  link_ = TemplateLink();
  for (std::uint32_t slot = 0; slot < seats_.size(); ++slot) {
    Seat& seat = seats_[slot];
    if (seat.state == State::live) {
      signal_process(seat.pidfd, SIGKILL);
      seat.is_orphan = true;
    }
    if (seat.state != State::ordered && seat.state != State::exited) continue;
    lose(slot,
         {.kind = TemplateReport::exited,
          .slot = slot,
          .incarnation = seat.incarnation,
          .pid = seat.pid,
          .wait_status = -1,
          .oom_kills = 0,
          .peak_rss_bytes = 0},
         {}, events);
  }
  events.push_back(
      {.kind = closing_ ? CrewEvent::Kind::template_gone : CrewEvent::Kind::template_lost,
       .slot = 0,
       .facts = {},
       .text = {}});
}

std::int64_t Crew::tick(std::int64_t now_ns, std::vector<CrewEvent>& events) {
  std::int64_t next = -1;
  if (const std::int64_t due = dismissal_due_ns(); due >= 0 && due <= now_ns) {
    is_killed_ = true;
    link_.kill();
  }
  for (std::uint32_t slot = 0; slot < seats_.size(); ++slot) {
    const Seat& seat = seats_[slot];
    if (seat.state != State::exited) continue;
    std::int64_t due = seat.exited_ns + status_overdue_ns;
    const std::int64_t lost = seat.exited_ns + status_lost_ns;
    if (due <= now_ns && now_ns < lost && !link_.is_stopped()) {
      due = std::min(now_ns + status_overdue_ns, lost);  // look again then
    }
    if (due <= now_ns) {
      lose(slot,
           {.kind = TemplateReport::exited,
            .slot = slot,
            .incarnation = seat.incarnation,
            .pid = seat.pid,
            .wait_status = -1,
            .oom_kills = 0,
            .peak_rss_bytes = 0},
           {}, events);
    } else if (next < 0 || due < next) {
      next = due;
    }
  }
  return next;
}

void Crew::order_close() {
  closing_ = true;
  if (link_.is_open())
    (void)link_.send({.kind = TemplateOrder::close, .slot = 0, .incarnation = 0, .segment = 0});
}

bool Crew::is_deserted() const noexcept {
  return std::ranges::all_of(seats_, [&](const Seat& seat) {
    return seat.state == State::empty || (seat.state == State::wanted && !link_.is_open());
  });
}

void Crew::kill_workers() noexcept {
  for (const Seat& seat : seats_) signal_process(seat.pidfd, SIGKILL);
}

void Crew::kill_worker(std::uint32_t slot) noexcept { signal_process(seats_[slot].pidfd, SIGKILL); }

void Crew::dismiss(std::int64_t now_ns) noexcept {
  kill_workers();
  if (is_dismissed()) return;
  dismissed_ns_ = now_ns;
  if (link_.is_open()) link_.hang_up();
}

std::int64_t Crew::dismissal_due_ns() const noexcept {
  if (!is_dismissed() || is_killed_ || !link_.is_open()) return -1;
  return dismissed_ns_ + dismissal_overdue_ns;
}

void Crew::end() noexcept {
  dismiss(1);
  if (!link_.is_open()) return;
  if (!link_.await_end(dismissal_overdue_ns)) link_.kill();
  (void)link_.await_end(dismissal_overdue_ns);
  link_.reap();
}

}  // namespace hpcflow
