#include "core/alarm.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <csignal>
#include <system_error>

#ifndef sigev_notify_thread_id  // glibc before 2.38 has the field but not its name
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace hpcflow {

namespace {

volatile std::sig_atomic_t exit_status_of_signal = 0;

// Only what is safe in a signal handler: the thread may hold any lock, the allocator's and Python's
// included.
void leave(int) { ::_exit(exit_status_of_signal); }

}  // namespace

Alarm::Alarm(int signal) {
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal;
  event.sigev_notify_thread_id = static_cast<pid_t>(::syscall(SYS_gettid));
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) {
    throw std::system_error(errno, std::generic_category(), "timer_create");
  }
}

Alarm::~Alarm() { ::timer_delete(timer_); }

void Alarm::set(double seconds) {
  itimerspec when{};
  const double whole = std::floor(seconds);
  when.it_value.tv_sec = static_cast<time_t>(whole);
  when.it_value.tv_nsec = static_cast<long>((seconds - whole) * 1e9);
  if (::timer_settime(timer_, 0, &when, nullptr) != 0) {
    throw std::system_error(errno, std::generic_category(), "timer_settime");
  }
}

void exit_on_signal(int signal, int status) {
  exit_status_of_signal = status;
  struct sigaction action{};
  action.sa_handler = leave;
  sigemptyset(&action.sa_mask);
  if (::sigaction(signal, &action, nullptr) != 0) {
    throw std::system_error(errno, std::generic_category(), "sigaction");
  }
}

}  // namespace hpcflow
