// The timer of time limits: it interrupts the thread that made it, and its signal may end the
// process.
#include "core/alarm.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include "test/check.hpp"

namespace hpcflow {
namespace {

volatile std::sig_atomic_t rung_in = 0;

void note_thread(int) { rung_in = static_cast<std::sig_atomic_t>(::syscall(SYS_gettid)); }

int signal_of_test() { return SIGRTMAX - 9; }

void catch_signal() {
  struct sigaction action{};
  action.sa_handler = note_thread;
  ::sigaction(signal_of_test(), &action, nullptr);
}

CASE("an alarm interrupts what its thread waits for, and no other thread") {
  catch_signal();
  rung_in = 0;
  int interrupted = 0;
  pid_t own = 0;
  std::thread waiting([&] {
    own = static_cast<pid_t>(::syscall(SYS_gettid));
    Alarm alarm(signal_of_test());
    alarm.set(0.01);
    if (::poll(nullptr, 0, 60'000) == -1) interrupted = errno;
  });
  waiting.join();
  CHECK_EQ(interrupted, EINTR);
  CHECK_EQ(static_cast<pid_t>(rung_in), own);
}

CASE("an alarm that was taken back does not ring") {
  catch_signal();
  rung_in = 0;
  Alarm alarm(signal_of_test());
  alarm.set(0.02);
  alarm.set(0.0);
  CHECK_EQ(::poll(nullptr, 0, 60), 0);
  CHECK_EQ(static_cast<int>(rung_in), 0);
}

// What a task does that never comes back to Python.
void compute() {
  rung_in = 1;  // volatile: the loop around it stays
#ifdef __SANITIZE_THREAD__
  ::poll(nullptr, 0, 0);  // ThreadSanitizer holds signals back until a thread calls into the system
#endif
}

CASE("a child has no alarm, and its own ends it with the status that was asked for") {
  Alarm alarm(signal_of_test());
  alarm.set(60.0);
  const pid_t child = ::fork();
  if (child == 0) {
    exit_on_signal(signal_of_test(), 73);
    Alarm own(signal_of_test());
    own.set(0.01);
    while (true) compute();
  }
  int status = 0;
  CHECK_EQ(::waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status));
  CHECK_EQ(WEXITSTATUS(status), 73);
}

}  // namespace
}  // namespace hpcflow
