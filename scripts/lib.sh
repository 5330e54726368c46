# Shared by the other scripts, which source it: where things are, and which Python and compiler this machine offers.
# Environment: PYTHON (interpreter to use), CXX (compiler to use), HPCFLOW_VENV (where the environment lies).

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
venv=${HPCFLOW_VENV:-.venv}
case $venv in /*) ;; *) venv=$root/$venv ;; esac
export PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }
die() { say "$@"; exit 1; }

# version_of PYTHON: "3.12" if the command really runs and is CPython 3.11 or newer. A version manager's shim may exist
# and fail, so existence says nothing.
version_of() {
  "$1" -c '
import platform, sys
if sys.version_info >= (3, 11) and platform.python_implementation() == "CPython":
    print("%d.%d" % sys.version_info[:2])' 2>/dev/null </dev/null | grep .
}

# lacks_of PYTHON: what this interpreter lacks to build and hold hpcflow; nothing printed if it is fit.
lacks_of() {
  "$1" - 2>/dev/null <<'END'
import importlib.util, os, sys, sysconfig
version = "%d.%d" % sys.version_info[:2]
if not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
    print(f"Python.h     Debian, Ubuntu: apt install python{version}-dev    Fedora: dnf install python{version}-devel")
    print("             (python3-dev, python3-devel if it is the system's own Python)")
if not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
    print(f"venv, pip    Debian, Ubuntu: apt install python{version}-venv   Fedora: part of python{version}")
END
}

# pythons [VERSION]: commands that may be a Python, best first; VERSION ("3.12") narrows them. pyenv's own versions come
# last: its shims answer only for the selected ones.
pythons() {
  local version pyenv_root
  if [ $# -gt 0 ]; then
    echo "python$1"
  else
    [ -z "${PYTHON:-}" ] || { echo "$PYTHON"; return; }
    printf 'python3.%s\n' 13 12 11
    echo python3
  fi
  pyenv_root=$(pyenv root 2>/dev/null) || return 0
  for version in ${1:-3.13 3.12 3.11}; do
    compgen -G "$pyenv_root/versions/$version.*/bin/python" | sort -rV || true
  done
}

# find_python [VERSION]: the first fit one, or failure with what each of them lacks on stderr.
find_python() {
  local python version lacks unfit=""
  while read -r python; do
    version=$(version_of "$python") || continue
    lacks=$(lacks_of "$python")
    [ -n "$lacks" ] || { command -v "$python"; return 0; }
    unfit+="$python (Python $version) lacks"$'\n'"$(sed 's/^/  /' <<<"$lacks")"$'\n'
  done < <(pythons "$@")
  [ -z "$unfit" ] || printf '%s' "$unfit" >&2
  return 1
}

# find_compiler: a C++ compiler that really compiles and links C++20 with threads.
find_compiler() {
  local compiler scratch
  scratch=$(mktemp -d)
  cat >"$scratch/probe.cpp" <<'END'
#include <concepts>
#include <span>
#include <thread>
template <std::integral Int>
Int first(std::span<const Int> ints) { return ints.front(); }
int main() {
  const int ints[] = {0, 1};
  int result = 1;
  std::thread([&] { result = first(std::span<const int>(ints)); }).join();
  return result;
}
END
  for compiler in ${CXX:-c++ g++ clang++}; do
    if "$compiler" -std=c++20 -pthread "$scratch/probe.cpp" -o "$scratch/probe" 2>/dev/null && "$scratch/probe"; then
      rm -r "$scratch"
      echo "$compiler"
      return 0
    fi
  done
  rm -r "$scratch"
  return 1
}

# build_native DIRECTORY OPTION...: configure and build native/ by hand, outside of pip, with the environment's CMake.
build_native() {
  local directory=build/$1
  shift
  PATH="$venv/bin:$PATH" cmake -S native -B "$directory" -G Ninja "$@" >/dev/null &&
    PATH="$venv/bin:$PATH" cmake --build "$directory" -- --quiet >&2
}
