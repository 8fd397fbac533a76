// The tree of proof-of-replication.md, section 2, on any kernel: levels of hashes, all in byte form.
#include "merkle.h"

#include <algorithm>
#include <cstring>

namespace provender {
namespace {

constexpr size_t kBlockLeaves = kBlockBytes / kUnitBytes;
constexpr int kBlockLevels = 6;
/// Blocks hashed together: wide kernels have full groups up to the last level, and the hashes of 16 blocks,
/// 32 KiB, stay in the first-level cache.
constexpr size_t kBatchBlocks = 16;

/// Roots of up to 16 whole blocks.
void BatchRoots(const Kernel& kernel, const uint8_t* data, size_t blocks, uint8_t* out) {
  uint8_t nodes[kBatchBlocks * kBlockLeaves * kHashBytes];
  size_t count = blocks * kBlockLeaves;
  kernel.hash_units(kLeafPrefix, data, count, nodes);
  for (int level = 1; level < kBlockLevels; level++) {
    count /= 2;
    kernel.hash_units(kNodePrefix, nodes, count, nodes);
  }
  kernel.hash_units(kNodePrefix, nodes, count / 2, out);
}

}  // namespace

void BlockRoots(const Kernel& kernel, const uint8_t* data, size_t size, uint8_t* out) {
  for (size_t whole = size / kBlockBytes; whole > 0;) {
    const size_t blocks = std::min(whole, kBatchBlocks);
    BatchRoots(kernel, data, blocks, out);
    data += blocks * kBlockBytes;
    out += blocks * kHashBytes;
    whole -= blocks;
  }
  if (const size_t rest = size % kBlockBytes; rest > 0) {
    uint8_t block[kBlockBytes] = {};
    std::memcpy(block, data, rest);
    BatchRoots(kernel, block, 1, out);
  }
}

void FoldNodes(const Kernel& kernel, uint8_t* nodes, size_t count) {
  while (count > 1) {
    const size_t pairs = count / 2;
    kernel.hash_units(kNodePrefix, nodes, pairs, nodes);
    if (count % 2 == 1)
      std::memmove(nodes + pairs * kHashBytes, nodes + (count - 1) * kHashBytes, kHashBytes);
    count -= pairs;
  }
}

void BlockNodes(const Kernel& kernel, const uint8_t* block, uint8_t* out) {
  kernel.hash_units(kLeafPrefix, block, kBlockLeaves, out);
  for (size_t count = kBlockLeaves; count > 1; count /= 2) {
    kernel.hash_units(kNodePrefix, out, count / 2, out + count * kHashBytes);
    out += count * kHashBytes;
  }
}

void NodeLevel(const Kernel& kernel, const uint8_t* nodes, size_t count, uint8_t* out) {
  const size_t pairs = count / 2;
  kernel.hash_units(kNodePrefix, nodes, pairs, out);
  if (count % 2 == 1) std::memcpy(out + pairs * kHashBytes, nodes + (count - 1) * kHashBytes, kHashBytes);
}

}  // namespace provender
