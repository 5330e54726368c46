// Engine, Function, Body: what the parent submits through.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <optional>

#include "buffers.hpp"
#include "parent.hpp"
#include "plain.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace hpcflow {
namespace {

// What Python holds. Not a std::shared_ptr<Function> as nanobind would make one: that refers to the
// Python object, and the coordinator would need the GIL to let go of it, with its lock held.
class FunctionHandle {
 public:
  explicit FunctionHandle(std::shared_ptr<Function> function) : function_(std::move(function)) {}
  [[nodiscard]] std::uint32_t id() const noexcept { return function_->id(); }
  [[nodiscard]] const std::shared_ptr<Function>& function() const noexcept { return function_; }

 private:
  std::shared_ptr<Function> function_;
};
using BodyHandle = std::shared_ptr<Body>;

// Arguments may come as raw bytes of a small body, or as a Body that owns its blocks.
[[nodiscard]] Body body_of(Store& store, nb::handle value) {
  if (nb::isinstance<nb::bytes>(value)) {
    const auto bytes = nb::borrow<nb::bytes>(value);
    return store.store_body(std::string(bytes.c_str(), bytes.size()));
  }
  const Body& body = nb::cast<const Body&>(value);
  const auto bytes = body.bytes();
  return Body(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
              {body.leases().begin(), body.leases().end()});
}

class Engine {
 public:
  Engine(std::uint32_t slot_count, std::uint64_t budget_bytes, bool breaks_on_death,
         std::optional<double> idle_close_s, std::uint32_t runs_most)
      : events_(std::make_shared<WatchQueue>()), store_(Store::create(slot_count, budget_bytes)) {
    CoordinatorPolicy policy;
    policy.graph = {
        .slot_count = slot_count, .breaks_on_death = breaks_on_death, .runs_most = runs_most};
    if (idle_close_s) policy.idle_close_ns = ns_of(*idle_close_s);
    coordinator_ = Coordinator::create(store_, policy, events_);
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() {
    if (!is_ours()) {
      leak();
      return;
    }
    if (coordinator_ != nullptr) {
      const nb::gil_scoped_release nogil;
      coordinator_->close();
      coordinator_.reset();
    }
  }

  // Shared: release() may come while a thread without the GIL still asks.
  [[nodiscard]] std::shared_ptr<Coordinator> coordinator() const {
    if (!is_ours()) {
      throw std::runtime_error(
          "this engine belongs to the process that this one was forked from; make a new one here");
    }
    if (coordinator_ == nullptr) throw std::runtime_error("the engine has been closed");
    return coordinator_;
  }
  [[nodiscard]] std::shared_ptr<Store> store() const {
    (void)coordinator();
    return store_;
  }

  FunctionHandle add_function(const nb::bytes& code, bool overlaps) {
    if (code.size() > UINT32_MAX) throw std::length_error("a function of more than 4 GiB");
    return FunctionHandle(
        std::make_shared<Function>(++functions_, store()->store(bytes_of(code)), overlaps));
  }

  // A pickle stream and its out-of-band buffers, as a body whose buffers lie in blocks.
  BodyHandle pack(const nb::bytes& stream, nb::handle buffers) {
    const HeldBuffers held(buffers);
    const std::shared_ptr<Store> home = store();
    const auto text = bytes_of(stream);
    const nb::gil_scoped_release nogil;  // large copies
    std::vector<LeasePtr> leases;
    std::string bytes;
    if (held.size() == 0) {
      bytes.push_back(form_pickle);
    } else {
      append_head(bytes, OutOfBandHead{.form = form_out_of_band,
                                       .padding = {},
                                       .count = static_cast<std::uint32_t>(held.size())});
      for (std::size_t index = 0; index < held.size(); ++index) {
        leases.push_back(home->store(held.bytes(index)));
        append_head(bytes, leases.back()->block());
      }
    }
    bytes.append(reinterpret_cast<const char*>(text.data()), text.size());
    return std::make_shared<Body>(home->store_body(std::move(bytes), std::move(leases)));
  }

  // The bodies of consecutive items of a map, as one body.
  BodyHandle pack_table(const nb::list& items) {
    const auto count = static_cast<std::uint32_t>(nb::len(items));
    std::string bytes = table_head(count);
    std::vector<LeasePtr> leases;
    for (std::uint32_t index = 0; index < count; ++index) {
      const Body body = body_of(*store(), items[index]);
      const auto part = body.bytes();
      add_to_table(bytes, index,
                   std::string_view(reinterpret_cast<const char*>(part.data()), part.size()));
      leases.insert(leases.end(), body.leases().begin(), body.leases().end());
    }
    set_offset(bytes, count);
    return std::make_shared<Body>(store()->store_body(std::move(bytes), std::move(leases)));
  }

  // The same for rows first..first+count of lists of equal length, one tuple of arguments a row.
  // None when a value of them is not plain.
  nb::object pack_plain_rows(const nb::tuple& columns, std::uint32_t first, std::uint32_t count) {
    std::vector<PyObject*> row(columns.size());
    std::string bytes = table_head(count);
    std::string part;
    for (std::uint32_t index = 0; index < count; ++index) {
      for (std::size_t column = 0; column < row.size(); ++column) {
        PyObject* list = nb::handle(columns[column]).ptr();
        if (!PyList_CheckExact(list) || PyList_GET_SIZE(list) < Py_ssize_t{first} + count) {
          throw std::invalid_argument("columns must be lists of equal length");
        }
        row[column] = PyList_GET_ITEM(list, Py_ssize_t{first} + index);
      }
      part.assign(1, form_plain);
      if (!encode_plain_row(row, part)) return nb::none();
      add_to_table(bytes, index, part);
    }
    set_offset(bytes, count);
    return nb::cast(std::make_shared<Body>(store()->store_body(std::move(bytes))));
  }

  nb::object submit(const FunctionHandle& function, nb::handle body, nb::object common,
                    nb::object edges, std::uint16_t max_attempts, double crash_delay_s) {
    SpanPtr span = new_span(1, function, common, max_attempts, crash_delay_s);
    span->chunks.push_back(body_of(*store(), body));
    if (!edges.is_none()) add_edges(*span, edges);
    if (!coordinator()->submit(span)) return nb::none();
    return nb::cast(RunHandle(std::move(span), 0, coordinator_));
  }

  // A span of `count` runs; each of `chunks` is a table of `chunk_items` bodies (the last may be
  // shorter).
  nb::object map(const FunctionHandle& function, std::uint32_t count, const nb::list& chunks,
                 std::uint32_t chunk_items, nb::object common, nb::object edges,
                 std::uint16_t max_attempts, double crash_delay_s) {
    if (count == 0 || chunk_items == 0 ||
        nb::len(chunks) != (std::size_t{count} + chunk_items - 1) / chunk_items) {
      throw std::invalid_argument("the chunks do not hold the items");
    }
    SpanPtr span = new_span(count, function, common, max_attempts, crash_delay_s);
    for (nb::handle chunk : chunks) span->chunks.push_back(body_of(*store(), chunk));
    span->chunk_items = chunk_items;
    span->has_item_tables = true;
    if (!edges.is_none()) add_edges(*span, edges);
    if (!coordinator()->submit(span)) return nb::none();
    return nb::cast(SpanHandle(std::move(span), coordinator_));
  }

  std::vector<std::uint64_t> take_events(double timeout_s) {
    std::vector<std::uint64_t> tokens;
    const std::shared_ptr<WatchQueue> events = events_;
    (void)sleep_until(timeout_s, [&](std::int64_t slice_ns) {
      tokens = events->take(slice_ns);
      return !tokens.empty();
    });
    return tokens;
  }

  bool join(std::optional<double> timeout_s) {
    const std::shared_ptr<Coordinator> ours = coordinator();
    return sleep_until(timeout_s, [&](std::int64_t slice_ns) { return ours->join(slice_ns); });
  }

  // After join(): give back the memory and the descriptors.
  void release() {
    auto coordinator = std::move(coordinator_);
    auto store = std::move(store_);
    const nb::gil_scoped_release nogil;
    coordinator.reset();
    store.reset();
  }

  void watch(const RunHandle& run, std::uint64_t token) {
    const std::shared_ptr<Coordinator> ours = coordinator();
    const nb::gil_scoped_release nogil;
    ours->watch(run.ref(), events_, token + Coordinator::first_free_token);
  }

  [[nodiscard]] bool is_ours() const noexcept { return generation_ == process_generation(); }
  [[nodiscard]] bool is_released() const noexcept { return coordinator_ == nullptr; }

 private:
  [[nodiscard]] SpanPtr new_span(std::uint32_t count, const FunctionHandle& function,
                                 nb::handle common, std::uint16_t max_attempts,
                                 double crash_delay_s) {
    BodyHandle shared;
    if (!common.is_none()) shared = std::make_shared<Body>(body_of(*store(), common));
    SpanOptions options;
    options.max_attempts = max_attempts;
    options.crash_delay_ns = ns_of(crash_delay_s);
    SpanPtr span(new Span(count, function.function(), std::move(shared), options));
    span->first_number = next_number_;  // with the GIL: no two threads are here at once
    next_number_ += count;
    return span;
  }

  // (item or -1, run, flags); those for every item are put first.
  void add_edges(Span& span, nb::handle edges) const {
    for (nb::handle entry : edges) {
      const auto edge = nb::cast<nb::tuple>(entry);
      const auto item = nb::cast<std::int64_t>(edge[0]);
      if (item >= static_cast<std::int64_t>(span.count())) throw nb::index_error("no such item");
      const auto& run = nb::cast<const RunHandle&>(edge[1]);
      if (run.coordinator() != coordinator_) {
        throw std::invalid_argument(
            "an upstream belongs to another engine: pass its value instead");
      }
      const auto flags = nb::cast<std::uint8_t>(edge[2]);
      if (item >= 0 && (flags & edge_value) != 0) span.has_item_values = true;
      span.edges.push_back({item < 0 ? every_item : static_cast<std::uint32_t>(item), flags,
                            run.item(), run.span()});
    }
    // `every_item` is the largest number, and comes first.
    const auto order = [](const Edge& edge) { return edge.item + 1; };
    if (!std::ranges::is_sorted(span.edges, {}, order)) {
      std::ranges::stable_sort(span.edges, {}, order);
    }
  }

  static std::string table_head(std::uint32_t count) {
    std::string bytes;
    append_head(bytes, TableHead{.form = form_table, .padding = {}, .count = count});
    bytes.resize(bytes.size() + (std::size_t{count} + 1) * sizeof(std::uint32_t));
    return bytes;
  }
  static void set_offset(std::string& bytes, std::uint32_t index) {
    if (bytes.size() > UINT32_MAX) throw std::length_error("items of more than 4 GiB in one chunk");
    const auto offset = static_cast<std::uint32_t>(bytes.size());
    std::memcpy(bytes.data() + sizeof(TableHead) + std::size_t{index} * sizeof offset, &offset,
                sizeof offset);
  }
  static void add_to_table(std::string& bytes, std::uint32_t index, std::string_view part) {
    bytes.resize((bytes.size() + 7) & ~std::size_t{7});
    set_offset(bytes, index);
    bytes.append(part);
  }
  // In a forked child: the mapping and the thread are not there, so nothing may be destroyed.
  void leak() noexcept {
    new std::shared_ptr<Coordinator>(std::move(coordinator_));
    new std::shared_ptr<Store>(std::move(store_));
  }

  std::uint32_t generation_ = process_generation();
  std::shared_ptr<WatchQueue> events_;
  std::shared_ptr<Store> store_;
  std::shared_ptr<Coordinator> coordinator_;
  std::uint32_t functions_ = 0;
  std::uint64_t next_number_ = 0;
};

// Ask without the GIL: the coordinator's thread may hold its token for long, by the GIL's measure.
template <typename Question>
auto asked(const Engine& engine, Question question) {
  const std::shared_ptr<Coordinator> coordinator = engine.coordinator();
  const nb::gil_scoped_release nogil;
  return question(*coordinator);
}

nb::object why_broken(const Engine& engine) {
  const std::string body = asked(engine, [](Coordinator& ours) { return ours.broken_body(); });
  if (body.empty()) return nb::none();
  const auto bytes = std::as_bytes(std::span(body));
  if (body.front() == form_crash) {
    const auto facts = read_head<CrashFacts>(bytes);
    return nb::make_tuple(facts.slot, facts.pid, facts.wait_status, facts.attempt, facts.oom_kills,
                          facts.peak_rss_bytes,
                          nb::str(body.substr(std::min(sizeof facts, body.size())).c_str()));
  }
  return nb::str(body.substr(1).c_str());
}

nb::list slot_facts(const Engine& engine) {
  nb::list result;
  for (const SlotFacts& facts :
       asked(engine, [](Coordinator& ours) { return ours.slot_facts(); })) {
    result.append(nb::make_tuple(facts.pid, facts.attempts,
                                 static_cast<double>(facts.busy_ns) / 1e9, facts.deaths));
  }
  return result;
}

}  // namespace

void bind_engine(nb::module_& m) {
  nb::class_<FunctionHandle>(m, "Function",
                             "A function's code, in the arena for all workers to read.")
      .def_prop_ro("id", &FunctionHandle::id, "The key under which workers keep it.");
  nb::class_<Body>(m, "Body", "An encoded value that holds the blocks its buffers lie in.");

  nb::class_<Engine> engine(m, "Engine", nb::is_weak_referenceable(),
                            "One arena, its lanes and its coordinator.");
  engine
      .def(nb::init<std::uint32_t, std::uint64_t, bool, std::optional<double>, std::uint32_t>(),
           "slot_count"_a, "budget_bytes"_a, "breaks_on_death"_a,
           "idle_close_s"_a.none() = nb::none(), "runs_most"_a = 0)
      .def("add_function", &Engine::add_function, "code"_a, "overlaps"_a = false,
           "Put a function's bytes into the arena.")
      .def("pack", &Engine::pack, "stream"_a, "buffers"_a,
           nb::sig("def pack(self, stream: bytes, buffers: collections.abc.Sequence[typing.Any]) "
                   "-> Body"),
           "Make a body of a pickle stream and its out-of-band buffers.")
      .def(
          "pack_table", &Engine::pack_table, "items"_a,
          nb::sig(
              "def pack_table(self, items: list[bytes] | list[Body] | list[bytes | Body]) -> Body"),
          "Make one body of those of a map's items.")
      .def("pack_plain_rows", &Engine::pack_plain_rows, "columns"_a, "first"_a, "count"_a,
           nb::sig("def pack_plain_rows(self, columns: tuple[list[typing.Any], ...], first: int, "
                   "count: int) -> Body | None"),
           "The same for rows of plain values; None when one is not plain.")
      .def("submit", &Engine::submit, "function"_a, "body"_a, "common"_a.none() = nb::none(),
           "edges"_a.none() = nb::none(), "max_attempts"_a = 1, "crash_delay_s"_a = 0.0,
           nb::sig("def submit(self, function: Function, body: bytes | Body, "
                   "common: bytes | Body | None = None, "
                   "edges: collections.abc.Sequence[tuple[int, Run, int]] | None = None, "
                   "max_attempts: int = 1, crash_delay_s: float = 0.0) -> Run | None"),
           "Submit one run; None when the engine is closing.")
      .def("map", &Engine::map, "function"_a, "count"_a, "chunks"_a, "chunk_items"_a,
           "common"_a.none() = nb::none(), "edges"_a.none() = nb::none(), "max_attempts"_a = 1,
           "crash_delay_s"_a = 0.0,
           nb::sig("def map(self, function: Function, count: int, chunks: list[bytes] | list[Body] "
                   "| list[bytes | Body], "
                   "chunk_items: int, common: bytes | Body | None = None, "
                   "edges: collections.abc.Sequence[tuple[int, Run, int]] | None = None, "
                   "max_attempts: int = 1, crash_delay_s: float = 0.0) -> Span | None"),
           "Submit many runs of one function; None when the engine is closing.")
      .def("watch", &Engine::watch, "run"_a, "token"_a,
           "Have take_events() return `token` + 16 once the run has ended.")
      .def("take_events", &Engine::take_events, "timeout_s"_a,
           "What happened: 0, a new template is needed; 1, the coordinator has ended; tokens.")
      .def(
          "attach_template",
          [](const Engine& self, int socket, int pidfd) {
            return asked(self,
                         [&](Coordinator& ours) { return ours.attach_template(socket, pidfd); });
          },
          "socket"_a, "pidfd"_a,
          "Hand over the template's socket and pidfd. False when the engine is closing.")
      .def(
          "cancel_open",
          [](const Engine& self) { asked(self, [](Coordinator& ours) { ours.cancel_open(); }); },
          "Cancel every run that has not begun.")
      .def(
          "break_pool",
          [](const Engine& self, const std::string& reason) {
            asked(self, [&](Coordinator& ours) { ours.break_pool(reason); });
          },
          "reason"_a, "End all runs as broken.")
      .def(
          "close", [](const Engine& self) { asked(self, [](Coordinator& ours) { ours.close(); }); },
          "Accept nothing more, and end when all runs have ended.")
      .def(
          "kill", [](const Engine& self) { asked(self, [](Coordinator& ours) { ours.kill(); }); },
          "End now.")
      .def("join", &Engine::join, "timeout_s"_a.none() = nb::none(),
           "Wait for the coordinator's end; False when the timeout passes first.")
      .def("release", &Engine::release, "After join(): give memory and descriptors back.")
      .def("why_broken", &why_broken,
           nb::sig("def why_broken(self) -> str | tuple[int, int, int, int, int, int, str] | None"),
           "None, a text, or the facts of a crash as in an outcome.")
      .def("slot_facts", &slot_facts,
           nb::sig("def slot_facts(self) -> list[tuple[int, int, float, int]]"),
           "For each slot: (pid or 0, attempts, busy seconds, deaths).")
      .def(
          "story",
          [](const Engine& self) {
            return asked(self, [](Coordinator& ours) { return ours.story(); });
          },
          "The graph in a line, for people who look for a fault.")
      .def_prop_ro("is_ours", &Engine::is_ours, "False in a child forked from its process.")
      .def_prop_ro("is_released", &Engine::is_released, "Whether release() was called.")
      .def_prop_ro("is_broken", [](const Engine& self) { return self.coordinator()->is_broken(); })
      .def_prop_ro("is_closed", [](const Engine& self) { return self.coordinator()->is_closed(); })
      .def_prop_ro("arena_fd", [](const Engine& self) { return self.store()->arena().fd(); })
      .def_prop_ro("doorbell_fd", [](const Engine& self) { return self.coordinator()->doorbell(); })
      .def_prop_ro("committed_bytes",
                   [](const Engine& self) { return self.store()->committed_bytes(); })
      .def_prop_ro("budget_bytes", [](const Engine& self) { return self.store()->budget_bytes(); });
}

}  // namespace hpcflow
