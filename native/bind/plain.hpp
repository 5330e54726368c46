// The plain codec: values that need no pickle, in our own format, between processes of one machine.
//
// Plain is: None, bool, int of 64 bits, float, str, bytes, tuples of plain values, and at most one
// list or dict in all (with two, one could be the other, and identity would be lost). Types are
// exact: a subclass is not plain.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <span>
#include <string>

namespace hpcflow {

// Append the value to `bytes`. False, with `bytes` as before, when it is not plain.
[[nodiscard]] bool encode_plain(PyObject* value, std::string& bytes);
// The same for a tuple that is not made: the index-th items of `columns`.
[[nodiscard]] bool encode_plain_row(std::span<PyObject* const> row, std::string& bytes);
// Read one value. Throws std::invalid_argument on anything that encode_plain() did not write.
[[nodiscard]] nanobind::object decode_plain(std::span<const std::byte> bytes);

}  // namespace hpcflow
