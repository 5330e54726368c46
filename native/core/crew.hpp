// The crew: the template process and the workers that it forks, watched by pidfds.
//
// It knows which process sits at which slot and what became of it, and nothing of runs. A worker's
// death is told once, by whichever comes first: the template's report of its exit status, or, when
// the template is gone or silent, the worker's own pidfd. Used by the owner of the graph only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "body.hpp"
#include "store.hpp"
#include "template_link.hpp"

namespace hpcflow {

struct CrewEvent {
  enum class Kind : std::uint8_t {
    opened,         // the worker at `slot` is alive and reads its lane
    lost,           // it is gone; `facts` (and `text`) say how
    start_failed,   // it could not be started; `text` says why
    template_lost,  // no worker can be started until attach()
    template_gone,  // the template ended as ordered, after all its workers
  };
  Kind kind;
  std::uint32_t slot = 0;
  CrashFacts facts{};
  std::string text;
};

class Crew {
 public:
  enum class Watch : std::uint32_t { doorbell = 1, template_socket, template_exit, worker_exit };
  [[nodiscard]] static std::uint64_t tag(Watch watch, std::uint32_t slot = 0) noexcept {
    return static_cast<std::uint64_t>(watch) << 32 | slot;
  }

  Crew(Store& store, std::uint32_t slot_count, int epoll);
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew();

  // A new template; the one before is gone.
  void attach(TemplateLink link);
  // Ask for a worker with that segment, now or as soon as there is a template.
  void start(std::uint32_t slot, std::uint32_t segment);
  // Something that epoll says is readable.
  void handle(std::uint64_t tag, std::int64_t now_ns, std::vector<CrewEvent>& events);
  // Workers whose exit status is overdue; when to call again, or negative.
  [[nodiscard]] std::int64_t tick(std::int64_t now_ns, std::vector<CrewEvent>& events);

  // Everybody has been told by lane to close: the template ends when its last worker has.
  void order_close();
  void kill_workers() noexcept;
  void kill_worker(std::uint32_t slot) noexcept;
  // All of them, now: the template is told to kill all its descendants, those that tasks have
  // started included, and is killed itself if it does not end soon.
  void dismiss(std::int64_t now_ns) noexcept;
  [[nodiscard]] bool is_dismissed() const noexcept { return dismissed_ns_ != 0; }
  // When tick() is to be called for that; negative: not at all.
  [[nodiscard]] std::int64_t dismissal_due_ns() const noexcept;
  // The same, and wait for the template's end: nobody will come back to look.
  void end() noexcept;

  [[nodiscard]] bool has_template() const noexcept { return link_.is_open(); }
  // Nobody is there, and nobody has been asked for.
  [[nodiscard]] bool is_deserted() const noexcept;
  [[nodiscard]] bool is_live(std::uint32_t slot) const noexcept {
    return seats_[slot].state == State::live;
  }
  [[nodiscard]] std::uint32_t segment(std::uint32_t slot) const noexcept {
    return seats_[slot].segment;
  }
  [[nodiscard]] std::int32_t pid(std::uint32_t slot) const noexcept { return seats_[slot].pid; }

 private:
  enum class State : std::uint8_t {
    empty,    // nobody
    wanted,   // to be ordered when there is a template
    ordered,  // the template has been asked, and has not answered
    live,     // forked; its pidfd is watched
    exited,   // its pidfd says that it is dead; the template has not yet said how
  };
  struct Seat {
    State state = State::empty;
    std::int32_t pid = 0;
    int pidfd = -1;
    std::uint32_t incarnation = 0;
    std::uint32_t segment = 0;
    bool is_orphan = false;     // its template is gone: nobody will report its exit
    bool is_unwatched = false;  // no pidfd could be had: it is killed, and then was never there
    std::int64_t exited_ns = 0;
  };
  void read_reports(std::vector<CrewEvent>& events);
  void worker_forked(TemplateLink::Message& message, std::vector<CrewEvent>& events);
  void lose(std::uint32_t slot, const TemplateReport& report, std::string text,
            std::vector<CrewEvent>& events);
  void lose_template(std::vector<CrewEvent>& events);
  void watch(int descriptor, std::uint64_t tag) const;
  void order(std::uint32_t slot);

  Store* store_;
  int epoll_;
  TemplateLink link_;
  std::vector<Seat> seats_;
  bool closing_ = false;
  std::int64_t dismissed_ns_ = 0;  // when the template was told to end at once; 0: it was not
  bool is_killed_ = false;         // and was too slow
};

}  // namespace hpcflow
