// Has NumPy place large arrays in the worker's nursery, by its own means for that (NEP 49).
#pragma once

#include "core/nursery.hpp"

namespace hpcflow {

// For arrays that are made from now on, in this context and those copied from it: what another
// thread makes is NumPy's affair, as all small ones are. The nursery is used until the process
// ends. Call with the GIL. False when NumPy is not loaded, or knows no such means; again, or in a
// forked child, changes nothing.
bool adopt_numpy(Nursery& nursery);

}  // namespace hpcflow
