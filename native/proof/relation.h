#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "graph.h"
#include "multiproof.h"
#include "replica.h"

namespace provender {

/// Leaves of one layer that a proof opens.
struct OpenedLayer {
  /// 64 bytes of a leaf that is among `leaves`.
  const uint8_t* LeafAt(uint32_t leaf) const;

  /// Ascending; exactly those of `proof`.
  std::vector<uint32_t> leaves;
  Multiproof proof;
};

/// What of layer l the challenged leaves of layer l - 1 hang on. Any thread.
/// @see proof-of-replication.md, section 8, "Opened sets"; section 9, rule 5
class Relation {
 public:
  /// `challenged` lie in an object of `blocks` blocks.
  Relation(const Kernel& kernel, uint32_t pass, uint32_t blocks, const std::vector<uint32_t>& challenged);

  /// S_l, ascending.
  std::vector<uint32_t> OpenedLeaves() const;
  /// Whether the challenged leaves of `upper`, decoded, are those of `lower`. `upper` opens `OpenedLeaves()`.
  bool Holds(const OpenedLayer& upper, const OpenedLayer& lower, const Hash& replica_id) const;

 private:
  /// A challenged leaf in the order of the pass. Numbers are of leaves in its segment.
  struct Place {
    uint32_t segment;
    uint32_t last;
    uint32_t own;
    Edge edges[kParents];
  };
  /// The words of a group of lanes.
  class Group;

  /// Number in the object of the leaf at a place of the pass.
  uint32_t NaturalLeaf(const Place& place, uint32_t leaf) const;
  /// The 32 bytes of a word at a place of the pass.
  const uint8_t* WordAt(const OpenedLayer& layer, const Place& place, uint32_t word) const;
  Label LabelOf(const OpenedLayer& layer, const Place& place, uint32_t word) const;

  const Kernel& kernel_;
  uint32_t pass_;
  std::vector<Place> places_;
};

}  // namespace provender
