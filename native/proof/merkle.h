#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel.h"

namespace provender {

constexpr size_t kBlockBytes = 4096;
/// Leaf hashes and nodes of a block's tree.
constexpr size_t kBlockNodes = 127;

/// Writes the root of every 4096-byte block of `data` (64 leaves, 6 levels) to `out`, 32 bytes each; the last
/// block counts as filled with zeros. `size` >= 1; `out` must not overlap `data`. Any thread.
void BlockRoots(const Kernel& kernel, const uint8_t* data, size_t size, uint8_t* out);

/// Folds `count` >= 1 nodes in place, 32 bytes each, until the root is at `nodes`: neighbours are paired, an
/// unpaired last one goes up unchanged (RFC 9162, section 2.1.1). Any thread.
void FoldNodes(const Kernel& kernel, uint8_t* nodes, size_t count);

/// Writes all nodes of one block's tree to `out`, level by level: 64 leaf hashes first, the root last. Any
/// thread.
void BlockNodes(const Kernel& kernel, const uint8_t* block, uint8_t* out);

/// Writes the level above `count` >= 1 nodes to `out`, ceil(count / 2) of them; a last one without a
/// neighbour goes up unchanged. `out` must not overlap `nodes`. Any thread.
void NodeLevel(const Kernel& kernel, const uint8_t* nodes, size_t count, uint8_t* out);

/// Writes the object ids of `count` chunks: H(tag(object) || u8 1 || u64 length || u32 1 || root). Any
/// thread.
void ChunkIds(const Kernel& kernel, const uint8_t* roots, const uint16_t* lengths, size_t count,
              uint8_t* out);

/// SHA-256 of any message, run in every lane of the kernel. False when the lanes differ, which is a bug. Any
/// thread.
bool Sha256(const Kernel& kernel, const uint8_t* data, size_t size, uint8_t* out);

/// Compresses at least `bytes` bytes of messages that lie in the first-level cache; returns how many. Any
/// thread.
size_t CompressBytes(const Kernel& kernel, size_t bytes);

}  // namespace provender
