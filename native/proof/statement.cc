#include "statement.h"

#include <algorithm>

#include "big-endian.h"
#include "merkle.h"

namespace provender {
namespace {

/// Where the fields begin; what follows the object id up to `kStorer` is the preimage of that id.
constexpr size_t kKind = 68, kSize = 69, kCount = 77, kDataRoot = 81, kStorer = 113;
constexpr uint32_t kChunk = 1, kFile = 2, kCollection = 3;
constexpr uint64_t kMostBytes = uint64_t{1} << 36;
constexpr uint64_t kMostChunks = uint64_t{1} << 20;
constexpr uint64_t kEntriesPerBlock = 64;

}  // namespace

int PassesOf(uint32_t profile) {
  return profile <= kMostPasses ? static_cast<int>(profile) : -1;
}

uint32_t Statement::profile() const {
  return static_cast<uint32_t>(LoadBig(bytes_ + 2, 2));
}

uint64_t Statement::size_bytes() const {
  return LoadBig(bytes_ + kSize, 8);
}

const uint8_t* Statement::RootAt(size_t layer) const {
  return layer == 0 ? bytes_ + kDataRoot : bytes_ + kFixedBytes + (layer - 1) * kHashBytes;
}

uint32_t Statement::Blocks() const {
  return static_cast<uint32_t>(std::max<uint64_t>(1, (size_bytes() + kBlockBytes - 1) / kBlockBytes));
}

bool Statement::FitsKind() const {
  const uint64_t size = size_bytes(), count = LoadBig(bytes_ + kCount, 4);
  switch (bytes_[kKind]) {
    case kChunk:
      return size <= kBlockBytes && count == 1;
    case kFile:
      return size <= kMostBytes && count == 1;
    case kCollection:
      return count >= 1 && count <= kMostChunks &&
             size == kBlockBytes * (count + (count + kEntriesPerBlock - 1) / kEntriesPerBlock);
    default:
      return false;
  }
}

Hash Statement::ObjectId(const Kernel& kernel) const {
  return Preimage("object").Add(bytes_ + kKind, kStorer - kKind).Digest(kernel);
}

Hash Statement::ReplicaId(const Kernel& kernel) const {
  return Preimage("replica")
      .Number(profile(), 2)
      .Add(network_id(), kHashBytes)
      .Add(object_id(), kHashBytes)
      .Add(bytes_ + kStorer, kFixedBytes - kStorer)
      .Digest(kernel);
}

Hash Statement::CommR(const Kernel& kernel, const Hash& replica_id) const {
  return Preimage("commr").Add(replica_id).Add(bytes_ + kFixedBytes, size_ - kFixedBytes).Digest(kernel);
}

Hash SegmentId(const Kernel& kernel, const Hash& replica_id, uint32_t segment) {
  return Preimage("segment").Add(replica_id).Number(segment, 4).Digest(kernel);
}

}  // namespace provender
