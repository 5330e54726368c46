// The module hpcflow._native: conversion of arguments, nothing else. What it binds lives in core/.
#include <nanobind/nanobind.h>

#include <optional>
#include <system_error>

#include "core/store.hpp"
#include "parent.hpp"
#include "plain.hpp"
#include "view.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace hpcflow {

void bind_worker(nb::module_& m);
void bind_process(nb::module_& m);
void bind_heap_probe(nb::module_& m);
void bind_graph_probe(nb::module_& m);

namespace {

nb::object encode_plain_body(nb::handle value) {
  std::string bytes(1, form_plain);
  if (!encode_plain(value.ptr(), bytes)) return nb::none();
  return nb::bytes(bytes.data(), bytes.size());
}

void bind_constants(nb::module_& m) {
  m.attr("INLINE_MAX_BYTES") = static_cast<std::uint32_t>(inline_max_bytes);
  m.attr("FIRST_FREE_TOKEN") = Coordinator::first_free_token;
  m.attr("TOKEN_TEMPLATE_LOST") = Coordinator::token_template_lost;
  m.attr("TOKEN_ENDED") = Coordinator::token_ended;
  m.attr("EDGE_VALUE") = static_cast<int>(edge_value);
  m.attr("EDGE_ALLOWS_FAILURE") = static_cast<int>(edge_allows_failure);
}

}  // namespace
}  // namespace hpcflow

NB_MODULE(_native, m) {
  using namespace hpcflow;
  m.doc() = "The native core of hpcflow. Not for users: see hpcflow.";
  nb::set_leak_warnings(false);  // futures may outlive the interpreter's end
  nb::register_exception_translator([](const std::exception_ptr& error, void*) {
    try {
      std::rethrow_exception(error);
    } catch (const StoreError& store_error) {
      PyErr_SetString(PyExc_MemoryError, store_error.what());
    } catch (const std::system_error& system_error) {
      // OSError makes its own subclass of the number; the text says what was being done.
      const int number = system_error.code().value();
      const nb::object made = nb::handle(PyExc_OSError)(number, nb::str(system_error.what()));
      PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(made.ptr())), made.ptr());
    }
  });
  count_forks();
  bind_constants(m);
  m.def("encode_plain", &encode_plain_body, "value"_a.none(),
        nb::sig("def encode_plain(value: object) -> bytes | None"),
        "A plain value as a body, or None when it is not plain.");
  m.def(
      "decode_plain",
      [](const nb::bytes& body) {
        return decode_plain({static_cast<const std::byte*>(body.data()) + 1, body.size() - 1});
      },
      "body"_a, "The value of a plain body.");
  bind_view(m);
  bind_runs(m);
  bind_engine(m);
  bind_worker(m);
  bind_process(m);
  bind_heap_probe(m);
  bind_graph_probe(m);
}
