// The parent's end of the socket to the template process. Messages are packets of fixed structs;
// hpcflow/_worker/template.py holds the same formats. Only the coordinator uses it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hpcflow {

struct TemplateOrder {
  enum Kind : std::uint32_t { fork = 1, close = 2, kill = 3 };
  std::uint32_t kind;
  std::uint32_t slot;
  std::uint32_t incarnation;
  std::uint32_t segment;
};
static_assert(sizeof(TemplateOrder) == 16);

struct TemplateReport {
  enum Kind : std::uint32_t { forked = 1, fork_failed = 2, exited = 3 };
  std::uint32_t kind;
  std::uint32_t slot;
  std::uint32_t incarnation;
  std::int32_t pid;
  std::int32_t wait_status;
  std::uint32_t oom_kills;
  std::uint64_t peak_rss_bytes;
};
static_assert(sizeof(TemplateReport) == 32);

class TemplateLink {
 public:
  TemplateLink() = default;
  // Takes over both descriptors: the socket, and the pidfd of the template.
  TemplateLink(int socket, int pidfd) noexcept : socket_(socket), pidfd_(pidfd) {}
  TemplateLink(TemplateLink&& other) noexcept;
  TemplateLink& operator=(TemplateLink&& other) noexcept;
  ~TemplateLink();

  [[nodiscard]] bool is_open() const noexcept { return socket_ >= 0; }
  [[nodiscard]] int socket() const noexcept { return socket_; }
  [[nodiscard]] int pidfd() const noexcept { return pidfd_; }

  // Never waits: the socket holds thousands of orders, more than there are slots. False when the
  // template is gone; its death is then reported by its pidfd.
  bool send(const TemplateOrder& order) const;

  struct Message {
    TemplateReport report;
    int pidfd;         // of the worker, with `forked`; the caller's to close
    std::string text;  // of `fork_failed` and `exited`
  };
  // The next report; nothing when there is none now. `closed()` tells whether more can come.
  [[nodiscard]] std::optional<Message> receive();
  [[nodiscard]] bool closed() const noexcept { return closed_; }

  // The template takes it as the parent's end: it kills all its descendants, and leaves.
  void hang_up() const noexcept;
  void kill() const noexcept;
  [[nodiscard]] bool await_end(std::int64_t timeout_ns) const noexcept;
  // Whether somebody has stopped it (SIGSTOP), and not had it go on since.
  [[nodiscard]] bool is_stopped() const noexcept;
  // Collect the exit status, so that no zombie is left. Only after its pidfd has become readable.
  void reap() const noexcept;

 private:
  int socket_ = -1;
  int pidfd_ = -1;
  bool closed_ = false;
};

// Send a signal to the process behind a pidfd; an error means that it is gone already.
void signal_process(int pidfd, int signal) noexcept;

}  // namespace hpcflow
