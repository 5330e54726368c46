// View: a private, writable buffer over a block of the arena, for pickle's out-of-band buffers.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <span>

#include "core/arena.hpp"
#include "core/body.hpp"

namespace hpcflow {

class View {
 public:
  // In the parent the view holds a lease for as long as it lives; in a worker the run does, and
  // views that outlive it are detached (detach_views()).
  View(const Arena& arena, const BlockRef& block, LeasePtr lease);
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  ~View();
  [[nodiscard]] PrivateMapping& mapping() noexcept { return mapping_; }
  [[nodiscard]] const PrivateMapping& mapping() const noexcept { return mapping_; }
  [[nodiscard]] const LeasePtr& lease() const noexcept { return lease_; }

 private:
  PrivateMapping mapping_;
  LeasePtr lease_;
};

void bind_view(nanobind::module_& m);

// A decoded body: (is_plain, value, None) or (False, pickle stream as bytes, [views]). `leases` are
// those of the body, in the order of its refs; empty in a worker.
[[nodiscard]] nanobind::tuple open_body(const Arena& arena, std::span<const std::byte> bytes,
                                        std::span<const LeasePtr> leases);

// Before the user's process, or a worker, forks: the child will have a copy of every view, and
// nobody can tell when it is done with it. In the parent the blocks of views that live now are
// therefore never used again; in a worker the views get memory of their own.
void keep_for_children();

// Views alive in this process that hold no lease.
[[nodiscard]] std::size_t unleased_views();
// Give those views memory of their own: their blocks may then be used again.
void detach_views();

}  // namespace hpcflow
