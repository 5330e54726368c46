#include "numpy_memory.hpp"

#include <nanobind/nanobind.h>
#include <pthread.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace nb = nanobind;

namespace hpcflow {
namespace {

// NumPy's own structs and places in its table of functions, stable since 1.22. Written down here so
// that building hpcflow needs no NumPy, and running it none before a task does.
struct PyDataMemAllocator {
  void* context;
  void* (*malloc)(void* context, std::size_t size_bytes);
  void* (*calloc)(void* context, std::size_t count, std::size_t size_bytes);
  void* (*realloc)(void* context, void* address, std::size_t size_bytes);
  void (*free)(void* context, void* address, std::size_t size_bytes);
};
struct PyDataMemHandler {
  char name[127];
  std::uint8_t version;
  PyDataMemAllocator allocator;
};
constexpr std::size_t feature_version_place = 211;
constexpr std::size_t set_handler_place = 304;
constexpr std::size_t get_handler_place = 305;
constexpr unsigned feature_version_least = 0xf;  // 1.22
constexpr const char* handler_capsule_name = "mem_handler";

// Set once, in a worker, and never again: arrays refer to them for as long as the process lives.
Nursery* nursery = nullptr;
PyDataMemAllocator others{};  // what was there before: small arrays, and those that find no room

std::size_t product_of(std::size_t count, std::size_t size_bytes) {
  std::size_t product = 0;
  return __builtin_mul_overflow(count, size_bytes, &product) ? SIZE_MAX : product;
}

void* new_memory(void*, std::size_t size_bytes) {
  if (void* const born = nursery->create(size_bytes)) return born;
  return others.malloc(others.context, size_bytes);
}

void* new_zeros(void*, std::size_t count, std::size_t size_bytes) {
  // Four times as fast as the kernel's zeroing of fresh pages, which comes one by one as they are
  // touched.
  const std::size_t all_bytes = product_of(count, size_bytes);
  if (void* const born = nursery->create(all_bytes)) return std::memset(born, 0, all_bytes);
  return others.calloc(others.context, count, size_bytes);
}

void* resized(void*, void* address, std::size_t size_bytes) {
  if (address == nullptr) return new_memory(nullptr, size_bytes);
  if (!nursery->holds(address)) return others.realloc(others.context, address, size_bytes);
  const std::uint64_t room = nursery->room_of(address);
  if (size_bytes <= room && size_bytes > room / 2) return address;
  void* const moved = new_memory(nullptr, size_bytes);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, address, std::min<std::size_t>(size_bytes, room));
  nursery->drop(address);
  return moved;
}

void free_memory(void*, void* address, std::size_t size_bytes) {
  if (nursery->holds(address)) {
    nursery->drop(address);
  } else {
    others.free(others.context, address, size_bytes);
  }
}

PyDataMemHandler handler = {"hpcflow", 1, {nullptr, new_memory, new_zeros, resized, free_memory}};

// NumPy's table of functions, when it is loaded.
void** numpy_functions() {
  const nb::dict modules = nb::borrow<nb::dict>(PyImport_GetModuleDict());
  for (const char* name : {"numpy._core._multiarray_umath", "numpy.core._multiarray_umath"}) {
    if (!modules.contains(name)) continue;
    const nb::object table = nb::getattr(modules[name], "_ARRAY_API", nb::none());
    if (!PyCapsule_IsValid(table.ptr(), nullptr)) continue;
    return static_cast<void**>(PyCapsule_GetPointer(table.ptr(), nullptr));
  }
  return nullptr;
}

template <typename Function>
Function function_at(void** functions, std::size_t place) {
  return reinterpret_cast<Function>(functions[place]);
}

}  // namespace

bool adopt_numpy(Nursery& worker_nursery) {
  if (nursery != nullptr) return true;
  void** const functions = numpy_functions();
  if (functions == nullptr) return false;
  if (function_at<unsigned (*)()>(functions, feature_version_place)() < feature_version_least) {
    return false;
  }
  // What these leave unreleased is used for as long as the process lives.
  PyObject* const before = function_at<PyObject* (*)()>(functions, get_handler_place)();
  const auto* known = before == nullptr ? nullptr
                                        : static_cast<const PyDataMemHandler*>(
                                              PyCapsule_GetPointer(before, handler_capsule_name));
  PyObject* const ours = PyCapsule_New(&handler, handler_capsule_name, nullptr);
  if (known == nullptr || ours == nullptr) {
    PyErr_Clear();
    return false;
  }
  others = known->allocator;
  nursery = &worker_nursery;
  ::pthread_atfork([] { nursery->before_fork(); }, [] { nursery->after_fork(false); },
                   [] { nursery->after_fork(true); });
  // Fails only for want of memory: arrays then go where they went before.
  if (function_at<PyObject* (*)(PyObject*)>(functions, set_handler_place)(ours) == nullptr) {
    PyErr_Clear();
  }
  return true;
}

}  // namespace hpcflow
