// HeapProbe: the heap of a segment, bound for tests/pure/test_heap.py only. It has no memory behind
// it.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "core/heap.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace hpcflow {
namespace {

using Pair = std::tuple<std::uint64_t, std::uint64_t>;  // offset, size in bytes
using Block = std::tuple<std::uint64_t, std::uint64_t, std::uint32_t, std::vector<Pair>>;

std::vector<Pair> pairs_of(const std::vector<Extent>& extents) {
  std::vector<Pair> pairs;
  for (const Extent& extent : extents) pairs.emplace_back(extent.offset, extent.size_bytes);
  return pairs;
}

std::optional<Block> allocate(Heap& heap, std::uint64_t size_bytes) {
  const std::optional<HeapBlock> block = heap.allocate(size_bytes);
  if (!block) return std::nullopt;
  return Block{block->extent.offset, block->extent.size_bytes, block->generation,
               pairs_of(block->cold)};
}

void abandon(Heap& heap, const Block& block) {
  const auto& [offset, size_bytes, generation, pairs] = block;
  HeapBlock abandoned{{offset, size_bytes}, generation, {}};
  for (const auto& [cold_offset, cold_bytes] : pairs)
    abandoned.cold.push_back({cold_offset, cold_bytes});
  heap.abandon(abandoned);
}

bool release(Heap& heap, std::uint64_t offset, std::uint32_t generation) {
  return heap.release(offset, generation) == ReleaseResult::released;
}

}  // namespace

void bind_heap_probe(nb::module_& module) {
  nb::class_<Heap>(module, "HeapProbe",
                   "The bookkeeping of one segment, without memory. For tests only.")
      .def(nb::init<std::uint64_t, std::uint32_t, std::uint64_t>(), "capacity_bytes"_a,
           "first_generation"_a = 1, "large_bytes"_a = huge_page_bytes)
      .def(
          "allocate", &allocate, "size_bytes"_a,
          "Allocate; returns (offset, size_bytes, generation, cold extents), or None without room.")
      .def("abandon", &abandon, "block"_a, "Undo an allocation, given what allocate() returned.")
      .def("release", &release, "offset"_a, "generation"_a,
           "Release a block; False when it is stale.")
      .def(
          "trim",
          [](Heap& heap, std::uint64_t warm_reserve_bytes) {
            return pairs_of(heap.trim(warm_reserve_bytes));
          },
          "warm_reserve_bytes"_a,
          "Turn free warm bytes cold beyond the reserve; returns the extents.")
      .def("check", &Heap::check, "Return what invariant does not hold; empty when all do.")
      .def_prop_ro("capacity_bytes", &Heap::capacity_bytes)
      .def_prop_ro("allocated_bytes", &Heap::allocated_bytes)
      .def_prop_ro("warm_free_bytes", &Heap::warm_free_bytes)
      .def_prop_ro("committed_bytes", &Heap::committed_bytes)
      .def_prop_ro("block_count", &Heap::block_count);
}

}  // namespace hpcflow
