// Runs the registered cases one after another and says how many passed; the exit status is 1 if any
// failed.
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <exception>

#include "test/check.hpp"

namespace {

// A case that hangs is killed by SIGALRM; the last line printed names it.
constexpr unsigned case_deadline_s = 120;

bool runs_well(const hpcflow::test::Case& test_case) {
  alarm(case_deadline_s);
  try {
    test_case.body();
    alarm(0);
    return true;
  } catch (const std::exception& error) {
    std::printf("FAILED %s (%s)\n  %s\n", test_case.name, test_case.file, error.what());
  } catch (...) {
    std::printf("FAILED %s (%s)\n  threw something that is no std::exception\n", test_case.name,
                test_case.file);
  }
  alarm(0);
  return false;
}

}  // namespace

int main(int argument_count, char** arguments) {
  const char* word = argument_count > 1 ? arguments[1] : "";
  int passed = 0;
  int failed = 0;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  for (const hpcflow::test::Case& test_case : hpcflow::test::cases()) {
    if (std::strstr(test_case.name, word) == nullptr) continue;
    std::printf("case %s\n", test_case.name);
    ++(runs_well(test_case) ? passed : failed);
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
