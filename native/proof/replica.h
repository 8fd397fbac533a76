#pragma once

#include <cstddef>
#include <cstdint>

#include "merkle.h"

namespace provender {

constexpr size_t kBlockWords = 128;
static_assert(kBlockBytes == kBlockWords * kWordBytes);
constexpr size_t kParents = 6;
constexpr size_t kSegmentBlocks = 32768;

/// Parent blocks and masks of one pass, six of each a block; graph.ts makes them. Owns nothing.
struct Graph {
  uint32_t pass;
  const uint16_t* parents;
  const uint8_t* masks;
};

/// Blocks of a segment. `first` and `end` count in the order of the pass: an even one runs from the end of
/// the segment. Owns nothing.
struct Part {
  uint8_t* data;      // of the whole segment
  size_t blocks;      // of the segment, at most 32768
  const uint8_t* id;  // of the segment, 32 bytes
  size_t first;
  size_t end;  // excluded; no more than the segment and the graph have
};

/// A block whose segment is not there, with what it depends on. Owns nothing.
struct ApartBlock {
  uint32_t number;  // in the order of the pass
  const uint8_t* id;
  const uint8_t* masks;
  const uint8_t* own;
  const uint8_t* before;             // the label before the first one, 32 bytes; not read for block 0
  const uint8_t* parents[kParents];  // not read for block 0
};

/// Where the blocks of a part lie.
uint8_t* PlaceOf(const Graph& graph, const Part& part);

/// Runs one pass over parts of different segments, in place, as many side by side as the kernel has lanes:
/// the words of one follow each other. Blocks before a part have been encoded. Any thread; blocks for as long
/// as it hashes.
/// @see proof-of-replication.md, section 5
void EncodePass(const Kernel& kernel, const Graph& graph, const Part* parts, size_t count);

/// The inverse for one part; its words are independent, so all lanes work on it. `out` is the place of the
/// part, or memory that does not overlap the segment. Any thread.
void DecodePart(const Kernel& kernel, const Graph& graph, const Part& part, uint8_t* out);

/// The inverse for blocks anywhere; `out` gets 4096 bytes for each and overlaps none of their inputs. Any
/// thread.
void DecodeApart(const Kernel& kernel, uint32_t pass, const ApartBlock* blocks, size_t count, uint8_t* out);

}  // namespace provender
