// A worker's segment, and the arrays that are born in it.
//
// Results are copied into blocks of the worker's segment. An array that lies in such a block from
// its birth needs no copy: its block is *lent* to whoever receives it. NumPy asks for the memory of
// arrays here (bind/numpy_memory.cpp); who has never heard of Python sees bytes that somebody uses.
//
//             create()             lend()                settle()
//   (nothing) ────────► at home ────────► lent, private ────────► lent, of its own    [array kept]
//                          │                   │ drop()               │ the block comes back
//                          │ drop()            ▼                      ▼
//                          │           lent, no array           of its own, block empty
//                          ▼                   │ comes back           │ drop()
//                        free ◄────────────────┴──────────────────────┘
//
// *At home* the array is written where it will be read. From lend() on the worker has only a
// private view of the block: whatever it writes, into an array that it kept or by mistake over the
// end of another, the receiver does not see. When the report goes out, an array that the user's
// code still has gets memory *of its own*, at the same address, as before a fork all arrays at home
// do: no child shares one with its parent. A block is used again only when neither side has it.
//
// All of it is bookkeeping in private memory: a kill at any instruction leaves a segment that is
// drained, like every other.
//
// Arrays have the last third of the segment's addresses for themselves: one that is kept for ever
// is never in the way of a large result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <system_error>
#include <vector>

#include "arena.hpp"
#include "segment.hpp"

namespace hpcflow {

// Any thread.
class Nursery {
 public:
  // From this size on an array is born here. Below, giving a block away costs as much as copying
  // it; and NumPy asks for huge pages from the same size on.
  static constexpr std::uint64_t born_min_bytes = std::uint64_t{4} << 20;

  // Blocks on their way back, one a call.
  using Returns = std::function<std::optional<BlockRef>()>;

  // The words are those of the segment, for results and for arrays. `reserve_bytes` bounds what is
  // held here and in nobody else's hands: arrays at home, and free pages that are kept warm.
  Nursery(const Arena& arena, std::uint32_t number, Atomic<std::uint64_t>& results_word,
          Atomic<std::uint64_t>& arrays_word, Budget budget, std::uint64_t reserve_bytes,
          Returns returns);
  Nursery(const Nursery&) = delete;
  Nursery& operator=(const Nursery&) = delete;

  // See Segment::inherit().
  void inherit(std::span<const BlockRef> blocks);

  // --- blocks that a result is copied into -----------------------------------------------------

  [[nodiscard]] Allocation allocate(std::uint64_t size_bytes);
  void release(const BlockRef& block);

  // --- arrays ----------------------------------------------------------------------------------

  // Memory for an array, with any content; null when the array had better live elsewhere.
  [[nodiscard]] std::byte* create(std::uint64_t size_bytes) noexcept;
  // Whether create() gave this address. Takes no lock: every array of the process asks.
  [[nodiscard]] bool holds(const void* address) const noexcept {
    return arrays_.holds(
        static_cast<std::uint64_t>(static_cast<const std::byte*>(address) - arena_->base()));
  }
  // How many bytes the array at this address may grow to without moving.
  [[nodiscard]] std::uint64_t room_of(const void* address);
  void drop(const void* address) noexcept;

  // --- results ---------------------------------------------------------------------------------

  // Make the block under exactly these bytes the receiver's, as they are now. Nothing when they are
  // not an array of ours as it was born: copy them then.
  [[nodiscard]] std::optional<BlockRef> lend(std::span<const std::byte> bytes);
  // The report that names the lent blocks goes out: arrays in them that still live get memory of
  // their own. Throws std::system_error when there is none.
  void settle();
  // It will not: they are ours again.
  void take_back_unsent();

  // --- forks, and rest -------------------------------------------------------------------------

  // Around fork(): in between no other thread is in here. The child creates nothing and gives
  // nothing back.
  void before_fork() noexcept;
  void after_fork(bool is_child) noexcept;

  // Give all free pages back. False when nothing is left that could become free.
  bool rest();

 private:
  struct Born {
    BlockRef block;           // as allocated
    bool has_array = true;    // until drop()
    bool is_lent = false;     // until the block comes back
    bool is_private = false;  // mapped so, and no longer the block itself
    bool is_owned = false;    // none of the block's pages shows any more
    bool is_vacant = false;   // no pages behind the block
    bool is_stuck = false;    // a child may still see the block's pages: never to be used again
    [[nodiscard]] std::uint64_t room() const noexcept { return pages_up(block.size_bytes); }
    [[nodiscard]] bool is_at_home() const noexcept { return has_array && !is_private; }
  };
  using Births = std::map<std::uint64_t, Born>;  // by offset in the arena

  // All with the mutex held.
  [[nodiscard]] Births::iterator find(const void* address);
  [[nodiscard]] std::error_code make_private(Born& born);
  [[nodiscard]] std::error_code own(Born& born);
  void give_up(Births::iterator born);
  void take_returns();
  void keep_bound();

  const Arena* arena_;
  std::uint64_t reserve_bytes_;
  std::uint64_t growth_limit_bytes_;
  Returns returns_;

  mutable std::mutex mutex_;  // guards all that follows
  Segment results_;
  Segment arrays_;
  Births born_;
  std::uint64_t home_bytes_ = 0;         // of arrays at home
  std::vector<std::uint64_t> lent_now_;  // for the report that is being prepared
  std::uint32_t pause_ = 0;              // so many arrays are not lent but copied
  std::uint32_t next_pause_ = 1;
  std::uint32_t without_huge_pages_ = 0;  // so many arrays are not born here
  bool is_child_ = false;
};

}  // namespace hpcflow
