#include "plain.hpp"

#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace nb = nanobind;

namespace hpcflow {
namespace {

enum Tag : char {
  tag_none = 'N',
  tag_true = 'T',
  tag_false = 'F',
  tag_int = 'i',
  tag_float = 'd',
  tag_str = 's',
  tag_bytes = 'b',
  tag_tuple = '(',
  tag_list = '[',
  tag_dict = '{',
};

// Deeper or longer values go to the C pickler, which is as fast there.
constexpr int depth_most = 6;
constexpr Py_ssize_t items_most = 4096;
constexpr Py_ssize_t text_most = 1 << 20;

class Writer {
 public:
  explicit Writer(std::string& bytes) : bytes_(bytes) {}

  [[nodiscard]] bool write(PyObject* value, int depth) {
    if (value == Py_None) return put(tag_none);
    if (value == Py_True) return put(tag_true);
    if (value == Py_False) return put(tag_false);
    PyTypeObject* type = Py_TYPE(value);
    if (type == &PyLong_Type) return write_int(value);
    if (type == &PyFloat_Type) return put_fixed(tag_float, PyFloat_AS_DOUBLE(value));
    if (type == &PyUnicode_Type) return write_str(value);
    if (type == &PyBytes_Type) {
      return put_text(tag_bytes, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value));
    }
    if (depth == 0) return false;
    if (type == &PyTuple_Type) {
      const Py_ssize_t size = PyTuple_GET_SIZE(value);
      if (!put_count(tag_tuple, size)) return false;
      for (Py_ssize_t index = 0; index < size; ++index) {
        if (!write(PyTuple_GET_ITEM(value, index), depth - 1)) return false;
      }
      return true;
    }
    if (type == &PyList_Type) return write_list(value, depth);
    if (type == &PyDict_Type) return write_dict(value, depth);
    return false;
  }

  [[nodiscard]] bool put_count(Tag tag, Py_ssize_t count) {
    return count <= items_most && put_fixed(tag, static_cast<std::uint32_t>(count));
  }

 private:
  bool put(char tag) {
    bytes_.push_back(tag);
    return true;
  }
  template <typename Number>
  bool put_fixed(Tag tag, Number number) {
    char cell[1 + sizeof number];
    cell[0] = tag;
    std::memcpy(cell + 1, &number, sizeof number);
    bytes_.append(cell, sizeof cell);
    return true;
  }
  bool put_text(Tag tag, const char* text, Py_ssize_t size) {
    if (size > text_most) return false;
    put_fixed(tag, static_cast<std::uint32_t>(size));
    bytes_.append(text, static_cast<std::size_t>(size));
    return true;
  }
  bool write_int(PyObject* value) {
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    return overflow == 0 && put_fixed(tag_int, static_cast<std::int64_t>(number));
  }
  bool write_str(PyObject* value) {
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(value, &size);
    if (text == nullptr) {
      PyErr_Clear();  // lone surrogates: the pickler knows how
      return false;
    }
    return put_text(tag_str, text, size);
  }
  [[nodiscard]] bool write_list(PyObject* value, int depth) {
    const Py_ssize_t size = PyList_GET_SIZE(value);
    if (++containers_ > 1 || !put_count(tag_list, size)) return false;
    for (Py_ssize_t index = 0; index < size; ++index) {
      if (!write(PyList_GET_ITEM(value, index), depth - 1)) return false;
    }
    return true;
  }
  [[nodiscard]] bool write_dict(PyObject* value, int depth) {
    if (++containers_ > 1 || !put_count(tag_dict, PyDict_GET_SIZE(value))) return false;
    PyObject* key = nullptr;
    PyObject* item = nullptr;
    Py_ssize_t position = 0;
    while (PyDict_Next(value, &position, &key, &item) != 0) {
      if (!write(key, depth - 1) || !write(item, depth - 1)) return false;
    }
    return true;
  }

  std::string& bytes_;
  int containers_ = 0;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  [[nodiscard]] nb::object read() {
    switch (take<char>()) {
      case tag_none:
        return nb::none();
      case tag_true:
        return nb::borrow(Py_True);
      case tag_false:
        return nb::borrow(Py_False);
      case tag_int:
        return own(PyLong_FromLongLong(take<std::int64_t>()));
      case tag_float:
        return own(PyFloat_FromDouble(take<double>()));
      case tag_str: {
        const auto text = take_text();
        return own(PyUnicode_FromStringAndSize(text.data(), std::ssize(text)));
      }
      case tag_bytes: {
        const auto text = take_text();
        return own(PyBytes_FromStringAndSize(text.data(), std::ssize(text)));
      }
      case tag_tuple: {
        const auto count = take<std::uint32_t>();
        nb::object tuple = own(PyTuple_New(count));
        for (std::uint32_t index = 0; index < count; ++index) {
          PyTuple_SET_ITEM(tuple.ptr(), index, read().release().ptr());
        }
        return tuple;
      }
      case tag_list: {
        const auto count = take<std::uint32_t>();
        nb::object list = own(PyList_New(count));
        for (std::uint32_t index = 0; index < count; ++index) {
          PyList_SET_ITEM(list.ptr(), index, read().release().ptr());
        }
        return list;
      }
      case tag_dict: {
        nb::object dict = own(PyDict_New());
        for (auto count = take<std::uint32_t>(); count > 0; --count) {
          const nb::object key = read();
          const nb::object item = read();
          if (PyDict_SetItem(dict.ptr(), key.ptr(), item.ptr()) != 0) throw nb::python_error();
        }
        return dict;
      }
      default:
        throw std::invalid_argument("not a plain value");
    }
  }

 private:
  static nb::object own(PyObject* object) {
    if (object == nullptr) throw nb::python_error();
    return nb::steal(object);
  }
  template <typename Number>
  [[nodiscard]] Number take() {
    if (bytes_.size() < sizeof(Number)) throw std::invalid_argument("a plain value is cut short");
    Number number{};
    std::memcpy(&number, bytes_.data(), sizeof number);
    bytes_ = bytes_.subspan(sizeof number);
    return number;
  }
  [[nodiscard]] std::span<const char> take_text() {
    const auto size = take<std::uint32_t>();
    if (bytes_.size() < size) throw std::invalid_argument("a plain value is cut short");
    const std::span<const char> text(reinterpret_cast<const char*>(bytes_.data()), size);
    bytes_ = bytes_.subspan(size);
    return text;
  }

  std::span<const std::byte> bytes_;
};

}  // namespace

bool encode_plain(PyObject* value, std::string& bytes) {
  const std::size_t before = bytes.size();
  if (Writer(bytes).write(value, depth_most)) return true;
  bytes.resize(before);
  return false;
}

bool encode_plain_row(std::span<PyObject* const> row, std::string& bytes) {
  const std::size_t before = bytes.size();
  Writer writer(bytes);
  bool is_plain = writer.put_count(tag_tuple, std::ssize(row));
  for (PyObject* value : row) is_plain = is_plain && writer.write(value, depth_most - 1);
  if (!is_plain) bytes.resize(before);
  return is_plain;
}

nb::object decode_plain(std::span<const std::byte> bytes) { return Reader(bytes).read(); }

}  // namespace hpcflow
