#include "template_link.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

namespace hpcflow {
namespace {

constexpr std::size_t text_most = 64 * 1024;

}  // namespace

TemplateLink::TemplateLink(TemplateLink&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      pidfd_(std::exchange(other.pidfd_, -1)),
      closed_(other.closed_) {}

TemplateLink& TemplateLink::operator=(TemplateLink&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(pidfd_, other.pidfd_);
  std::swap(closed_, other.closed_);
  return *this;
}

TemplateLink::~TemplateLink() {
  if (socket_ >= 0) ::close(socket_);
  if (pidfd_ >= 0) ::close(pidfd_);
}

bool TemplateLink::send(const TemplateOrder& order) const {
  for (;;) {
    if (::send(socket_, &order, sizeof order, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return true;
    if (errno != EINTR) return false;
  }
}

std::optional<TemplateLink::Message> TemplateLink::receive() {
  Message message{.report = {}, .pidfd = -1, .text = std::string(text_most, '\0')};
  iovec parts[2] = {{&message.report, sizeof message.report}, {message.text.data(), text_most}};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr head{};
  head.msg_iov = parts;
  head.msg_iovlen = 2;
  head.msg_control = control;
  head.msg_controllen = sizeof control;
  ssize_t size = 0;
  do {
    size = ::recvmsg(socket_, &head, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size < 0) {
    closed_ = errno != EAGAIN && errno != EWOULDBLOCK;
    return std::nullopt;
  }
  if (size < static_cast<ssize_t>(sizeof message.report)) {
    closed_ = true;  // the end of the stream; the template sends nothing shorter than a report
    return std::nullopt;
  }
  for (cmsghdr* part = CMSG_FIRSTHDR(&head); part != nullptr; part = CMSG_NXTHDR(&head, part)) {
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) {
      std::memcpy(&message.pidfd, CMSG_DATA(part), sizeof message.pidfd);
    }
  }
  message.text.resize(static_cast<std::size_t>(size) - sizeof message.report);
  return message;
}

void TemplateLink::hang_up() const noexcept { ::shutdown(socket_, SHUT_WR); }

bool TemplateLink::await_end(std::int64_t timeout_ns) const noexcept {
  pollfd end{.fd = pidfd_, .events = POLLIN, .revents = 0};
  // Ends by the template's end, or the timeout; a signal ends it early, and that is as good.
  return ::poll(&end, 1, static_cast<int>(timeout_ns / 1'000'000)) > 0;
}

bool TemplateLink::is_stopped() const noexcept {
  siginfo_t info{};
  // Only looks: whoever in the user's program waits for it finds the same.
  return ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd_), &info,
                  WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid != 0;
}

void TemplateLink::kill() const noexcept { signal_process(pidfd_, SIGKILL); }

void TemplateLink::reap() const noexcept {
  siginfo_t info{};
  // ECHILD: somebody in the user's program waits for all children and was faster.
  while (::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd_), &info,
                  WEXITED | WNOHANG) < 0 &&
         errno == EINTR) {
  }
}

void signal_process(int pidfd, int signal) noexcept {
  if (pidfd >= 0) ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0);
}

}  // namespace hpcflow
