#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel.h"

namespace provender {

using Hash = std::array<uint8_t, kHashBytes>;

/// The preimage of a hash outside of the tree: a tag, then fields of fixed width. Owns its bytes; one thread
/// at a time.
/// @see proof-of-replication.md, section 2
class Preimage {
 public:
  /// Fields and tag together; with the padding of SHA-256 that is four blocks.
  static constexpr size_t kMostBytes = 247;

  /// Begins with tag(name).
  explicit Preimage(std::string_view name);
  Preimage& Add(const uint8_t* bytes, size_t count);
  Preimage& Add(const Hash& hash) { return Add(hash.data(), hash.size()); }
  /// Big-endian, in `width` bytes.
  Preimage& Number(uint64_t value, size_t width);

  Hash Digest(const Kernel& kernel) const;
  /// Hashes of preimages that are all as long as the first one, as many side by side as there are lanes.
  static void Digests(const Kernel& kernel, const Preimage* preimages, size_t count, Hash* out);

 private:
  static constexpr size_t kMostBlocks = 4;

  size_t Blocks() const { return (size_ + 8) / 64 + 1; }
  /// Writes the bytes with their padding, whole blocks.
  void Pad(uint8_t* to) const;

  uint8_t bytes_[kMostBytes];
  size_t size_ = 0;
};

}  // namespace provender
