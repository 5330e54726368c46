// Pickle's out-of-band buffers as spans of bytes, held for as long as the object lives.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <span>
#include <vector>

namespace hpcflow {

class HeldBuffers {
 public:
  explicit HeldBuffers(nanobind::handle buffers) {
    for (nanobind::handle buffer : buffers) {
      Py_buffer view{};
      if (PyObject_GetBuffer(buffer.ptr(), &view, PyBUF_ANY_CONTIGUOUS) != 0) {
        release();
        throw nanobind::python_error();
      }
      views_.push_back(view);
    }
  }
  HeldBuffers(const HeldBuffers&) = delete;
  HeldBuffers& operator=(const HeldBuffers&) = delete;
  ~HeldBuffers() { release(); }

  [[nodiscard]] std::size_t size() const noexcept { return views_.size(); }
  [[nodiscard]] std::span<const std::byte> bytes(std::size_t index) const noexcept {
    return {static_cast<const std::byte*>(views_[index].buf),
            static_cast<std::size_t>(views_[index].len)};
  }

 private:
  void release() noexcept {
    for (Py_buffer& view : views_) PyBuffer_Release(&view);
    views_.clear();
  }
  std::vector<Py_buffer> views_;
};

[[nodiscard]] inline std::span<const std::byte> bytes_of(const nanobind::bytes& bytes) noexcept {
  return {static_cast<const std::byte*>(bytes.data()), bytes.size()};
}

}  // namespace hpcflow
