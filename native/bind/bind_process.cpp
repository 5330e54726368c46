// Process attributes that Python's os module does not set.
#include <nanobind/nanobind.h>
#include <sys/prctl.h>

#include <cerrno>
#include <system_error>

namespace nb = nanobind;
using namespace nb::literals;

namespace hpcflow {

void bind_process(nb::module_& m) {
  m.def("die_with_parent",
        [](int signal) {
          if (::prctl(PR_SET_PDEATHSIG, signal) != 0) {
            throw std::system_error(errno, std::generic_category(), "PR_SET_PDEATHSIG");
          }
        },
        "signal"_a, "Have the kernel send `signal` to this process when its parent's thread ends.");
  m.def("adopt_orphans",
        [] {
          if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
            throw std::system_error(errno, std::generic_category(), "PR_SET_CHILD_SUBREAPER");
          }
        },
        "Become the parent of descendants whose own parent ends.");
  m.def("name_process", [](const char* name) { ::prctl(PR_SET_NAME, name); }, "name"_a,
        "Set the name that ps shows for this process (15 bytes).");
}

}  // namespace hpcflow
