#include "view.hpp"

#include <stdexcept>
#include <unordered_set>

#include "plain.hpp"

namespace nb = nanobind;

namespace hpcflow {
namespace {

// All views of the process, and those of them without a lease. Guarded by the GIL; never destroyed,
// since views may outlive statics.
struct Views {
  std::unordered_set<View*> leased;
  std::unordered_set<View*> unleased;
};

Views& views() {
  static auto* all = new Views;
  return *all;
}

int get_buffer(PyObject* self, Py_buffer* buffer, int flags) {
  PrivateMapping& mapping = nb::inst_ptr<View>(nb::handle(self))->mapping();
  return PyBuffer_FillInfo(buffer, self, mapping.data(), static_cast<Py_ssize_t>(mapping.size()), 0,
                           flags);
}

PyType_Slot view_slots[] = {
    {Py_bf_getbuffer, reinterpret_cast<void*>(get_buffer)},
    {0, nullptr},
};

}  // namespace

View::View(const Arena& arena, const BlockRef& block, LeasePtr lease)
    : mapping_(arena, block.offset, block.size_bytes), lease_(std::move(lease)) {
  (lease_ == nullptr ? views().unleased : views().leased).insert(this);
}

View::~View() { (lease_ == nullptr ? views().unleased : views().leased).erase(this); }

void bind_view(nb::module_& m) {
  nb::class_<View>(m, "View", nb::type_slots(view_slots),
                   "A private, writable buffer over a block of the arena.");
  m.def("keep_views_for_children", &keep_for_children,
        "Before a fork: living views keep their content, whatever becomes of their blocks.");
}

nb::tuple open_body(const Arena& arena, std::span<const std::byte> bytes,
                    std::span<const LeasePtr> leases) {
  if (bytes.empty()) {
    throw std::invalid_argument("no memory was left to hand the value over");
  }
  const char form = static_cast<char>(bytes.front());
  if (form == form_plain) return nb::make_tuple(true, decode_plain(bytes.subspan(1)), nb::none());
  if (form == form_pickle) {
    return nb::make_tuple(false, nb::bytes(bytes.data() + 1, bytes.size() - 1), nb::list());
  }
  const std::vector<BlockRef> refs = refs_of(bytes);
  if (form == form_stored && refs.size() == 1) {
    const std::span<const std::byte> inner = arena.at(refs.front().offset, refs.front().size_bytes);
    if (!inner.empty() && static_cast<char>(inner.front()) == form_stored) {
      throw std::invalid_argument("not an encoded value");
    }
    // The leases of the stored body come last when the parent stored it, first when a worker did.
    std::vector<LeasePtr> others;
    for (const LeasePtr& lease : leases) {
      if (!(lease->block() == refs.front())) others.push_back(lease);
    }
    return open_body(arena, inner, others);
  }
  if (form != form_out_of_band) throw std::invalid_argument("not an encoded value");
  nb::list views;
  for (std::size_t index = 0; index < refs.size(); ++index) {
    const LeasePtr lease = index < leases.size() ? leases[index] : nullptr;
    views.append(nb::cast(new View(arena, refs[index], lease), nb::rv_policy::take_ownership));
  }
  const std::size_t head = sizeof(OutOfBandHead) + refs.size() * sizeof(BlockRef);
  return nb::make_tuple(false, nb::bytes(bytes.data() + head, bytes.size() - head), views);
}

void keep_for_children() {
  for (const View* view : views().leased) {
    if (!view->mapping().is_detached()) view->lease()->keep_block();
  }
  // A worker's run holds its arguments' blocks until it has ended; its child may live longer.
  detach_views();
}

std::size_t unleased_views() { return views().unleased.size(); }

void detach_views() {
  for (View* view : views().unleased) {
    if (!view->mapping().is_detached()) view->mapping().detach();
  }
}

}  // namespace hpcflow
