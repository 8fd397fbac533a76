#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel.h"

namespace provender {

/// A parent block, and how the words of a block find theirs in it.
struct Edge {
  uint16_t parent;
  uint8_t mask;
};

/// Draws the edges of blocks of a pass, six for each to `out`; those of block 0 are zeros and mean nothing.
/// Each block is below 32768. Any thread.
/// @see proof-of-replication.md, section 4
void DrawEdges(const Kernel& kernel, uint32_t pass, const uint32_t* blocks, size_t count, Edge* out);

}  // namespace provender
