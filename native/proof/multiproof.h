#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "preimage.h"

namespace provender {

/// Leaves of a tree and the nodes beside their paths, where they lie in a proof. Owns nothing. Any thread.
/// @see proof-of-replication.md, section 8
struct Multiproof {
  /// Whether exactly these leaves are opened, in order.
  bool Opens(const std::vector<uint32_t>& wanted) const;
  /// The root that the leaves lead to; `Opens(opened)` holds and there are SiblingCount(opened, width)
  /// siblings.
  Hash Root(const Kernel& kernel, const std::vector<uint32_t>& opened, uint32_t width) const;

  uint32_t count;
  const uint8_t* indices;
  const uint8_t* leaves;
  uint32_t sibling_count;
  const uint8_t* siblings;
};

/// Siblings that a proof of these leaves, ascending, in a tree of `width` leaves has. Costs no hash.
size_t SiblingCount(std::vector<uint32_t> opened, uint32_t width);

}  // namespace provender
