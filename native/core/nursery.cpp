#include "nursery.hpp"

#include <algorithm>
#include <new>
#include <utility>
#include <variant>

namespace hpcflow {
namespace {

// Each array that is not at home splits the arena's mapping, and a process may have 65,530.
constexpr std::size_t born_most = 4096;
// An array that is kept when its block was lent costs four times its copy. Where the last was kept,
// so many of the next are copied, doubling up to this.
constexpr std::uint32_t pause_most = 64;
// So many arrays live elsewhere when the kernel had no huge pages for one; then it is asked again.
constexpr std::uint32_t births_without_huge_pages = 64;

[[nodiscard]] Extent results_part(const Arena& arena) noexcept {
  return {0, multiple_down(arena.segment_bytes() / 3 * 2, huge_page_bytes)};
}

[[nodiscard]] Extent arrays_part(const Arena& arena) noexcept {
  const std::uint64_t begin = results_part(arena).end();
  return {begin, arena.segment_bytes() - begin};
}

}  // namespace

Nursery::Nursery(const Arena& arena, std::uint32_t number, Atomic<std::uint64_t>& results_word,
                 Atomic<std::uint64_t>& arrays_word, Budget budget, std::uint64_t reserve_bytes,
                 Returns returns)
    : arena_(&arena),
      reserve_bytes_(reserve_bytes),
      // The other half is for what must have room.
      growth_limit_bytes_(budget.limit_bytes / 2),
      returns_(std::move(returns)),
      results_(arena, number, results_part(arena), results_word, budget),
      arrays_(arena, number, arrays_part(arena), arrays_word, budget) {
  keep_bound();
}

void Nursery::inherit(std::span<const BlockRef> blocks) {
  results_.inherit(blocks);
  arrays_.inherit(blocks);
}

Allocation Nursery::allocate(std::uint64_t size_bytes) {
  const std::lock_guard lock(mutex_);
  take_returns();
  Allocation allocation = results_.allocate(size_bytes);
  if (const auto* failure = std::get_if<AllocationFailure>(&allocation);
      failure != nullptr && *failure != AllocationFailure::out_of_space) {
    arrays_.trim(0);
    if (*failure == AllocationFailure::over_budget) {
      // Arrays may live anywhere, results only here: make room for them.
      for (auto& [offset, born] : born_) {
        if (born.is_at_home()) static_cast<void>(own(born));
      }
    }
    allocation = results_.allocate(size_bytes);
  }
  keep_bound();
  return allocation;
}

void Nursery::release(const BlockRef& block) {
  const std::lock_guard lock(mutex_);
  static_cast<void>(results_.release(block));
  keep_bound();
}

// --- arrays --------------------------------------------------------------------------------------

std::byte* Nursery::create(std::uint64_t size_bytes) noexcept {
  if (size_bytes < born_min_bytes || size_bytes > reserve_bytes_) return nullptr;
  try {
    const std::lock_guard lock(mutex_);
    if (is_child_ || born_.size() >= born_most) return nullptr;
    take_returns();
    if (without_huge_pages_ > 0) {
      --without_huge_pages_;
      return nullptr;
    }
    if (home_bytes_ + pages_up(size_bytes) > reserve_bytes_) return nullptr;
    const Allocation allocation = arrays_.try_allocate(size_bytes, growth_limit_bytes_);
    const auto* block = std::get_if<BlockRef>(&allocation);
    if (block == nullptr) {
      // Small pages would fault anew each time that a block comes back, which costs more than the
      // copy; and to ask for huge ones in vain costs milliseconds where memory is fragmented.
      const bool has_no_pages =
          std::get<AllocationFailure>(allocation) == AllocationFailure::out_of_memory;
      if (has_no_pages) without_huge_pages_ = births_without_huge_pages;
      return nullptr;
    }
    try {
      born_.emplace(block->offset, Born{.block = *block});
    } catch (const std::bad_alloc&) {
      static_cast<void>(arrays_.release(*block));
      return nullptr;
    }
    home_bytes_ += pages_up(size_bytes);
    keep_bound();
    return arena_->base() + block->offset;
  } catch (const std::exception&) {
    return nullptr;  // no memory for the books
  }
}

std::uint64_t Nursery::room_of(const void* address) {
  const std::lock_guard lock(mutex_);
  const auto born = find(address);
  return born == born_.end() ? 0 : born->second.room();
}

void Nursery::drop(const void* address) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = find(address);
  if (found == born_.end() || !found->second.has_array) return;
  Born& born = found->second;
  if (born.is_at_home()) home_bytes_ -= born.room();
  born.has_array = false;
  if (is_child_ || born.is_lent) return;
  keep_bound();
  give_up(found);
}

// --- results -------------------------------------------------------------------------------------

std::optional<BlockRef> Nursery::lend(std::span<const std::byte> bytes) {
  if (bytes.size() < born_min_bytes || !holds(bytes.data())) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto found = find(bytes.data());
  if (is_child_ || found == born_.end()) return std::nullopt;
  Born& born = found->second;
  // All of it, or its other pages would be held by whoever receives a part.
  if (!born.is_at_home() || pages_up(bytes.size()) != born.room()) return std::nullopt;
  if (pause_ > 0) {
    --pause_;
    return std::nullopt;
  }
  lent_now_.push_back(found->first);
  if (make_private(born)) {
    lent_now_.pop_back();
    return std::nullopt;
  }
  born.is_lent = true;
  BlockRef block = born.block;
  block.size_bytes = bytes.size();
  return block;
}

void Nursery::settle() {
  const std::lock_guard lock(mutex_);
  if (lent_now_.empty()) return;
  bool was_kept = false;
  for (const std::uint64_t offset : lent_now_) {
    Born& born = born_.at(offset);
    if (!born.has_array) continue;
    was_kept = true;
    if (const std::error_code error = own(born)) {
      throw std::system_error(error, "there is no memory for an array that was returned and kept");
    }
  }
  lent_now_.clear();
  pause_ = was_kept ? next_pause_ : 0;
  next_pause_ = was_kept ? std::min(next_pause_ * 2, pause_most) : 1;
}

void Nursery::take_back_unsent() {
  const std::lock_guard lock(mutex_);
  for (const std::uint64_t offset : std::exchange(lent_now_, {})) {
    const auto found = born_.find(offset);
    found->second.is_lent = false;
    if (!found->second.has_array) give_up(found);
  }
}

// --- forks, and rest -----------------------------------------------------------------------------

void Nursery::before_fork() noexcept {
  mutex_.lock();
  if (is_child_) return;
  for (auto& [offset, born] : born_) {
    if (!born.has_array || born.is_owned || !own(born)) continue;
    // Nobody can be told. The child must not write where we read, nor see what we write later.
    if (!born.is_private) arena_->forget_in_children(offset, born.room());
    born.is_stuck = born.is_private;
  }
  keep_bound();
}

void Nursery::after_fork(bool is_child) noexcept {
  is_child_ = is_child_ || is_child;
  mutex_.unlock();
}

bool Nursery::rest() {
  const std::lock_guard lock(mutex_);
  take_returns();
  results_.trim(0);
  arrays_.trim(0);
  return results_.heap().block_count() + arrays_.heap().block_count() != 0;
}

// --- with the mutex held -------------------------------------------------------------------------

Nursery::Births::iterator Nursery::find(const void* address) {
  const auto offset = static_cast<const std::byte*>(address) - arena_->base();
  return born_.find(static_cast<std::uint64_t>(offset));
}

std::error_code Nursery::make_private(Born& born) {
  if (born.is_private) return {};
  if (const std::error_code error = arena_->make_private(born.block.offset, born.room()))
    return error;
  if (born.has_array) home_bytes_ -= born.room();
  born.is_private = true;
  return {};
}

std::error_code Nursery::own(Born& born) {
  if (const std::error_code error = make_private(born)) return error;
  if (!born.is_owned) {
    if (const std::error_code error = arena_->own_pages(born.block.offset, born.room()))
      return error;
    born.is_owned = true;
  }
  if (!born.is_lent && !born.is_vacant && !born.is_stuck) {
    arrays_.vacate(born.block);
    born.is_vacant = true;
  }
  return {};
}

// Neither an array nor a receiver is left.
void Nursery::give_up(Births::iterator found) {
  const Born& born = found->second;
  if (born.is_stuck) return;
  // Should the kernel refuse, the place stays taken until this worker's end.
  if (born.is_private && arena_->make_shared(born.block.offset, born.room())) return;
  if (born.is_vacant) {
    arrays_.release_vacant(born.block);
  } else {
    static_cast<void>(arrays_.release(born.block));
  }
  born_.erase(found);
}

void Nursery::take_returns() {
  while (const std::optional<BlockRef> block = returns_()) {
    const auto found = born_.find(block->offset);
    if (found == born_.end() || found->second.block.generation != block->generation) {
      // A copied result, or an array of the worker that had this segment before.
      static_cast<void>((results_.holds(block->offset) ? results_ : arrays_).release(*block));
      continue;
    }
    Born& born = found->second;
    born.is_lent = false;
    if (!born.has_array) {
      give_up(found);
    } else if (born.is_owned) {
      static_cast<void>(own(born));  // the block behind it can go
    }
  }
}

// Arrays at home and free warm pages of both parts together stay within the reserve.
void Nursery::keep_bound() {
  const std::uint64_t left = reserve_bytes_ - std::min(home_bytes_, reserve_bytes_);
  results_.set_warm_reserve_bytes(left);
  arrays_.set_warm_reserve_bytes(left);
  const std::uint64_t of_results = results_.heap().warm_free_bytes();
  const std::uint64_t of_arrays = arrays_.heap().warm_free_bytes();
  if (of_results + of_arrays <= left) return;
  // The part that has more is the one that is used, mostly; and letting go of all of the other
  // means not to do it again soon.
  Segment& less = of_results < of_arrays ? results_ : arrays_;
  Segment& more = of_results < of_arrays ? arrays_ : results_;
  less.trim(0);
  if (more.heap().warm_free_bytes() > left) more.trim(left / 2);
}

}  // namespace hpcflow
