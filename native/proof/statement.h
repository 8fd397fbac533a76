#pragma once

#include <cstddef>
#include <cstdint>

#include "preimage.h"

namespace provender {

/// No profile has more.
constexpr size_t kMostPasses = 2;

/// Passes of a profile; negative for an unknown one. @see proof-of-replication.md, section 6
int PassesOf(uint32_t profile);

/// What a storer says of its replica: the bytes of a Commitment without its signature. Owns nothing. Any
/// thread.
/// @see proof-of-replication.md, section 8
class Statement {
 public:
  /// Bytes before R_1.
  static constexpr size_t kFixedBytes = 189;

  /// `size` >= kFixedBytes; how many roots follow is for the caller to compare with the profile.
  Statement(const uint8_t* bytes, size_t size) : bytes_(bytes), size_(size) {}

  uint32_t profile() const;
  const uint8_t* network_id() const { return bytes_ + 4; }
  const uint8_t* object_id() const { return bytes_ + 36; }
  uint64_t size_bytes() const;
  size_t roots() const { return (size_ - kFixedBytes) / kHashBytes; }
  /// R_l; that of layer 0 is the data root.
  const uint8_t* RootAt(size_t layer) const;
  /// The content in whole blocks, at least one; `FitsKind` holds.
  uint32_t Blocks() const;

  /// Whether kind, size and count fit each other. @see proof-of-replication.md, section 3
  bool FitsKind() const;
  /// The id that kind, size, count and data root have.
  Hash ObjectId(const Kernel& kernel) const;
  Hash ReplicaId(const Kernel& kernel) const;
  Hash CommR(const Kernel& kernel, const Hash& replica_id) const;

 private:
  const uint8_t* bytes_;
  size_t size_;
};

/// segId_s of a replica. @see proof-of-replication.md, section 2
Hash SegmentId(const Kernel& kernel, const Hash& replica_id, uint32_t segment);

}  // namespace provender
