// Process attributes that Python's os module does not set.
#include <fcntl.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/vector.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

#include "core/alarm.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace hpcflow {
namespace {

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// Above the soft limit, up to which programs close what they do not know: a descriptor there stays
// usable. Not far above it, and never above this: the kernel copies its table at each fork.
constexpr rlim_t descriptors_most = 16384;

// Gives the same descriptor back when there is no better number for it.
int move_out_of_reach(int descriptor) {
  rlimit limit{};
  if (descriptor < 0 || ::getrlimit(RLIMIT_NOFILE, &limit) != 0) return descriptor;
  const rlim_t from = std::min(limit.rlim_cur, descriptors_most);
  if (static_cast<rlim_t>(descriptor) >= from) return descriptor;
  rlimit raised = limit;
  raised.rlim_cur = std::min(limit.rlim_max, std::max(limit.rlim_cur, from + 256));
  if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) return descriptor;
  int moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, static_cast<int>(from));
  // The limit cannot be raised: the last numbers below it, then.
  const int last = static_cast<int>(std::max<rlim_t>(from, 64)) - 16;
  if (moved < 0) moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, last);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (moved < 0) return descriptor;
  ::close(descriptor);
  return moved;
}

}  // namespace

namespace {

void bind_alarm(nb::module_& m) {
  nb::class_<Alarm>(m, "Alarm", "A timer that sends a signal to the thread that made it.")
      .def(nb::init<int>(), "signal"_a)
      .def("set", &Alarm::set, "seconds"_a, "Ring once after so many seconds; 0: not at all.");
  m.def("exit_on_signal", &exit_on_signal, "signal"_a, "status"_a,
        "Have a signal end this process at once with an exit status, whatever its threads are "
        "doing.");
  m.def(
      "raise_in_thread",
      [](unsigned long thread, nb::handle kind) {
        return PyThreadState_SetAsyncExc(thread, kind.is_none() ? nullptr : kind.ptr()) == 1;
      },
      "thread"_a, "kind"_a.none(),
      nb::sig("def raise_in_thread(thread: int, kind: type[BaseException] | None) -> bool"),
      "Have a thread raise when it next executes Python; None takes back what it has not raised "
      "yet.");
}

}  // namespace

void bind_process(nb::module_& m) {
  m.def(
      "die_with_parent",
      [](int signal) {
        if (::prctl(PR_SET_PDEATHSIG, signal) != 0) throw_errno("PR_SET_PDEATHSIG");
      },
      "signal"_a, "Have the kernel send `signal` to this process when its parent's thread ends.");
  m.def(
      "adopt_orphans",
      [] {
        if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) throw_errno("PR_SET_CHILD_SUBREAPER");
      },
      "Become the parent of descendants whose own parent ends.");
  m.def(
      "socket_pair",
      [] {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
          throw_errno("socketpair");
        return nb::make_tuple(ends[0], ends[1]);
      },
      nb::sig("def socket_pair() -> tuple[int, int]"),
      "Two connected sockets for packets; importing Python's socket would take longer.");
  m.def(
      "send_packet",
      [](int socket, const nb::bytes& packet, const std::vector<int>& descriptors) {
        const std::size_t size = descriptors.size() * sizeof(int);
        std::vector<char> control(CMSG_SPACE(size));
        // sendmsg() reads the packet only.
        iovec part{const_cast<char*>(packet.c_str()), packet.size()};
        msghdr head{};
        head.msg_iov = &part;
        head.msg_iovlen = 1;
        if (size != 0) {
          head.msg_control = control.data();
          head.msg_controllen = control.size();
          cmsghdr* rights = CMSG_FIRSTHDR(&head);
          rights->cmsg_level = SOL_SOCKET;
          rights->cmsg_type = SCM_RIGHTS;
          rights->cmsg_len = CMSG_LEN(size);
          std::memcpy(CMSG_DATA(rights), descriptors.data(), size);
        }
        if (::sendmsg(socket, &head, MSG_NOSIGNAL) < 0) throw_errno("sendmsg");
      },
      "socket"_a, "packet"_a, "descriptors"_a = std::vector<int>{},
      nb::sig("def send_packet(socket: int, packet: bytes, "
              "descriptors: collections.abc.Sequence[int] = ()) -> None"),
      "Send a packet, and copies of descriptors with it.");
  m.def(
      "has_packet",
      [](int socket) {
        char byte = 0;
        return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
      },
      "socket"_a, "Whether a packet is there to be read now.");
  m.def(
      "receive_descriptors",
      [](int socket) {
        char byte = 0;
        alignas(cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))];
        iovec part{&byte, 1};
        msghdr head{};
        head.msg_iov = &part;
        head.msg_iovlen = 1;
        head.msg_control = control;
        head.msg_controllen = sizeof control;
        if (::recvmsg(socket, &head, MSG_CMSG_CLOEXEC) < 0) throw_errno("recvmsg");
        std::vector<int> descriptors;
        const cmsghdr* rights = CMSG_FIRSTHDR(&head);
        if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS) {
          descriptors.resize((rights->cmsg_len - CMSG_LEN(0)) / sizeof(int));
          std::memcpy(descriptors.data(), CMSG_DATA(rights), descriptors.size() * sizeof(int));
        }
        return descriptors;
      },
      "socket"_a, "Receive a packet of one byte, and give the descriptors that came with it.");
  m.def("move_out_of_reach", &move_out_of_reach, "descriptor"_a,
        "Give a descriptor a number that programs which close `all` descriptors do not come to.");
  m.def(
      "name_process", [](const char* name) { ::prctl(PR_SET_NAME, name); }, "name"_a,
      "Set the name that ps shows for this process (15 bytes).");
  bind_alarm(m);
}

}  // namespace hpcflow
