// A file descriptor that somebody owns.
#pragma once

#include <unistd.h>

#include <utility>

namespace hpcflow {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int give_up() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

}  // namespace hpcflow
