#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel.h"

namespace provender {

constexpr size_t kBlockWords = 128;
constexpr size_t kParents = 6;
constexpr size_t kSegmentBlocks = 32768;

/// Parent blocks and masks of one pass, six of each a block; graph.ts makes them. Owns nothing.
struct Graph {
  uint32_t pass;
  const uint16_t* parents;
  const uint8_t* masks;
};

/// A segment that is encoded or decoded where it lies. Owns nothing.
struct Segment {
  uint8_t* data;
  size_t blocks;      // 1 to 32768, and no more than the graph has
  const uint8_t* id;  // 32 bytes
};

/// Runs one pass over segments of any lengths, as many side by side as the kernel has lanes: the words of one
/// follow each other. Any thread; blocks for as long as it hashes.
/// @see proof-of-replication.md, section 5
void EncodePass(const Kernel& kernel, const Graph& graph, const Segment* segments, size_t count);

/// The inverse for one segment; its words are independent, so all lanes work on it. Any thread.
void DecodePass(const Kernel& kernel, const Graph& graph, const Segment& segment);

}  // namespace provender
