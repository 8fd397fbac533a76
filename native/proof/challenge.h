#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "preimage.h"

namespace provender {

enum Form : uint32_t { kWhole = 0, kRelation = 1, kPossession = 2 };

/// What a verifier asks for. Owns nothing. @see proof-of-replication.md, section 7
struct Challenge {
  /// u8 mode, u8 form, u16 0, u32 k, beacon: as the head of a proof has them.
  static constexpr size_t kBytes = 40;

  static Challenge Read(const uint8_t* bytes);

  /// Whether such a challenge exists for an object of `blocks` blocks in a profile of `passes` passes.
  bool Exists(uint32_t blocks, int passes) const;
  /// The leaves that it draws, ascending, each once. `seed` is chalSeed. Any thread.
  std::vector<uint32_t> Leaves(const Kernel& kernel, const Hash& seed, uint32_t leaves) const;

  uint32_t mode;
  uint32_t form;
  uint32_t k;
  const uint8_t* beacon;
};

}  // namespace provender
