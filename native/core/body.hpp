// Bodies: encoded values, and the leases on the blocks that they refer to.
//
// A body is bytes, made by the codec and read by the codec. The core knows only what it must to
// keep blocks alive: where in a body the refs to blocks stand. The first byte tells the form:
//
//   'p'  plain value in our own format (bind/plain.cpp)
//   'k'  pickle stream, nothing out of band
//   'o'  pickle stream with buffers out of band: OutOfBandHead, BlockRef * count, stream
//   's'  stored: OutOfBandHead with count 1, BlockRef of a block that holds the whole body
//   'u'  composite of a run with upstreams: CompositeHead, BodyPlace * (1 + items + common); made
//   by
//        the coordinator when it assigns the run, never stored in a run
//   'm'  table of the bodies of a map's items: TableHead, offsets, bodies
//   'c'  facts of a crash: CrashFacts, text
//   'x'  the upstream that failed: its span's address (only an identity) and its item
//   't'  text: why the pool broke
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "arena.hpp"
#include "block.hpp"

namespace hpcflow {

inline constexpr char form_plain = 'p';
inline constexpr char form_pickle = 'k';
inline constexpr char form_out_of_band = 'o';
inline constexpr char form_stored = 's';
inline constexpr char form_composite = 'u';
inline constexpr char form_table = 'm';
inline constexpr char form_crash = 'c';
inline constexpr char form_upstream = 'x';
inline constexpr char form_text = 't';

struct OutOfBandHead {
  char form;
  std::uint8_t padding[3];
  std::uint32_t count;
};
static_assert(sizeof(OutOfBandHead) == 8);

// Bodies of the items of a map, one after the other: TableHead, count + 1 offsets from the table's
// start, bodies. Each body starts at a multiple of eight, so that its refs are aligned.
struct TableHead {
  char form;
  std::uint8_t padding[3];
  std::uint32_t count;
};
static_assert(sizeof(TableHead) == 8);

struct CompositeHead {
  char form;
  std::uint8_t padding[3];
  std::uint32_t item_upstreams;
  std::uint32_t common_upstreams;
  std::uint32_t reserved;
};
static_assert(sizeof(CompositeHead) == 16);

struct BodyPlace {
  std::uint64_t offset;
  std::uint32_t size_bytes;
  std::uint32_t ending;  // Ending of an upstream; 0 for the arguments
};
static_assert(sizeof(BodyPlace) == 16);

struct CrashFacts {
  char form;
  std::uint8_t padding[3];
  std::int32_t pid;
  std::int32_t wait_status;  // as waitpid() gives it; -1 when nobody could tell
  std::uint32_t slot;
  std::uint32_t attempt;
  std::uint32_t oom_kills;  // by which the kernel's counter rose while the worker lived
  std::uint64_t peak_rss_bytes;
};
static_assert(sizeof(CrashFacts) == 32);

// Where blocks go when their last lease is gone.
class BlockHome {
 public:
  virtual void give_back(const BlockRef& block) noexcept = 0;
  virtual void keep(const BlockRef& block) = 0;
  [[nodiscard]] virtual const Arena& home_arena() const noexcept = 0;

 protected:
  ~BlockHome() = default;
};

// A counted hold on a block: the last copy of the pointer to it releases the block.
class Lease {
 public:
  Lease(std::shared_ptr<BlockHome> home, const BlockRef& block)
      : home_(std::move(home)), block_(block) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() { home_->give_back(block_); }
  [[nodiscard]] const BlockRef& block() const noexcept { return block_; }
  [[nodiscard]] const Arena& arena() const noexcept { return home_->home_arena(); }
  // Have the block outlive this and all leases.
  void keep_block() const { home_->keep(block_); }

 private:
  std::shared_ptr<BlockHome> home_;
  BlockRef block_;
};

using LeasePtr = std::shared_ptr<const Lease>;

class Body {
 public:
  Body() = default;
  explicit Body(std::string bytes, std::vector<LeasePtr> leases = {}) : bytes_(std::move(bytes)) {
    if (!leases.empty()) leases_ = std::make_unique<std::vector<LeasePtr>>(std::move(leases));
  }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return std::as_bytes(std::span(bytes_));
  }
  [[nodiscard]] std::span<const LeasePtr> leases() const noexcept {
    return leases_ == nullptr ? std::span<const LeasePtr>{} : std::span<const LeasePtr>(*leases_);
  }
  [[nodiscard]] bool is_empty() const noexcept { return bytes_.empty(); }
  [[nodiscard]] char form() const noexcept { return bytes_.empty() ? '\0' : bytes_.front(); }

 private:
  std::string bytes_;
  std::unique_ptr<std::vector<LeasePtr>> leases_;  // most bodies have none
};

template <typename Head>
[[nodiscard]] Head read_head(std::span<const std::byte> bytes) noexcept {
  Head head{};
  if (bytes.size() >= sizeof head) std::memcpy(&head, bytes.data(), sizeof head);
  return head;
}

template <typename Head>
void append_head(std::string& bytes, const Head& head) {
  bytes.append(reinterpret_cast<const char*>(&head), sizeof head);
}

// The refs that stand in a body; none when the body is cut short or of another form.
[[nodiscard]] inline std::vector<BlockRef> refs_of(std::span<const std::byte> bytes) {
  std::vector<BlockRef> refs;
  if (bytes.empty()) return refs;
  const char form = static_cast<char>(bytes.front());
  if (form != form_out_of_band && form != form_stored) return refs;
  const auto head = read_head<OutOfBandHead>(bytes);
  if (bytes.size() < sizeof head + std::uint64_t{head.count} * sizeof(BlockRef)) return refs;
  refs.resize(head.count);
  if (head.count != 0)
    std::memcpy(refs.data(), bytes.data() + sizeof head, head.count * sizeof(BlockRef));
  return refs;
}

}  // namespace hpcflow
