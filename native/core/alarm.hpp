// A timer that sends a signal to the thread that made it: how a time limit interrupts, and how it
// ends a worker.
//
// Not setitimer: that one is the process's only one, and may be in use by the user's code. The
// kernel gives a POSIX timer to no child, neither at fork nor at exec, so what a task starts is not
// signalled.
#pragma once

#include <signal.h>
#include <time.h>

namespace hpcflow {

class Alarm {
 public:
  // `signal` goes to the calling thread, so that what it waits for in the kernel is interrupted.
  explicit Alarm(int signal);
  ~Alarm();
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  // Ring once after so many seconds; 0: not at all.
  void set(double seconds);

 private:
  timer_t timer_{};
};

// From now on `signal` ends the process at once with exit status `status`, whatever its threads are
// doing.
void exit_on_signal(int signal, int status);

}  // namespace hpcflow
