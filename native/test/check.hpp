// The whole test harness of the native core: CASE registers a test by name, CHECK states what must
// hold.
//
//   #include "test/check.hpp"
//
//   CASE("a block knows its size") {
//     CHECK(block.size_bytes() == 64);
//     CHECK_EQ(block.owner(), 3);        // prints both values when they differ
//     CHECK_THROWS(heap.release(block)); // any exception will do
//   }
//
// A failed check ends its case, not the others. CHECK is for the case's own thread: other threads
// report through what they return. `hpcflow_tests WORD` runs the cases whose name holds WORD.
// main.cpp has the loop.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace hpcflow::test {

struct Case {
  const char* name;
  const char* file;
  void (*body)();
};

// All cases of the executable, in the order of their files' static initialisation.
inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

struct Registration {
  Registration(const char* name, const char* file, void (*body)()) {
    cases().push_back({name, file, body});
  }
};

struct Failed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] inline void fail(const char* file, int line, const std::string& what) {
  std::ostringstream text;
  text << file << ":" << line << ": " << what;
  throw Failed(text.str());
}

// What the message shows of a value: itself if it can be written to a stream, a number if it is an
// enum.
template <class Value>
std::string shown(const Value& value) {
  std::ostringstream text;
  if constexpr (requires { text << value; }) {
    text << value;
  } else if constexpr (requires { static_cast<long long>(value); }) {
    text << static_cast<long long>(value);
  } else {
    text << "(not printable)";
  }
  return text.str();
}

template <class Left, class Right>
void check_equal(const Left& left, const Right& right, const char* text, const char* file,
                 int line) {
  if (!(left == right))
    fail(file, line, std::string(text) + ": " + shown(left) + " is not " + shown(right));
}

}  // namespace hpcflow::test

#define HPCFLOW_JOIN2(left, right) left##right
#define HPCFLOW_JOIN(left, right) HPCFLOW_JOIN2(left, right)

#define CASE(name) HPCFLOW_CASE(name, HPCFLOW_JOIN(case_, __LINE__))
#define HPCFLOW_CASE(name, function)                                                             \
  static void function();                                                                        \
  static const ::hpcflow::test::Registration HPCFLOW_JOIN(function, _registered){name, __FILE__, \
                                                                                 function};      \
  static void function()

#define CHECK(condition) \
  ((condition) ? void()  \
               : ::hpcflow::test::fail(__FILE__, __LINE__, "this does not hold: " #condition))

#define CHECK_EQ(left, right) \
  ::hpcflow::test::check_equal(left, right, #left " == " #right, __FILE__, __LINE__)

#define CHECK_THROWS(expression)                                                               \
  do {                                                                                         \
    bool threw = false;                                                                        \
    try {                                                                                      \
      static_cast<void>(expression);                                                           \
    } catch (...) {                                                                            \
      threw = true;                                                                            \
    }                                                                                          \
    if (!threw) ::hpcflow::test::fail(__FILE__, __LINE__, "this did not throw: " #expression); \
  } while (false)
