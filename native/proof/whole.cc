#include "whole.h"

#include <cstring>
#include <numeric>
#include <vector>

#include "graph.h"
#include "replica.h"

namespace provender {
namespace {

/// Turns layer `pass` of one segment into the layer below it, in place.
void Decode(const Kernel& kernel, uint32_t pass, const Hash& replica_id, std::vector<uint8_t>* layer) {
  const size_t blocks = layer->size() / kBlockBytes;
  std::vector<uint32_t> numbers(blocks);
  std::iota(numbers.begin(), numbers.end(), 0U);
  std::vector<Edge> edges(kParents * blocks);
  DrawEdges(kernel, pass, numbers.data(), blocks, edges.data());
  std::vector<uint16_t> parents;
  std::vector<uint8_t> masks;
  for (const Edge& edge : edges) {
    parents.push_back(edge.parent);
    masks.push_back(edge.mask);
  }
  const Hash id = SegmentId(kernel, replica_id, 0);
  const Graph graph = {pass, parents.data(), masks.data()};
  DecodePart(kernel, graph, {layer->data(), blocks, id.data(), 0, blocks}, layer->data());
}

bool HasRoot(const Kernel& kernel, const std::vector<uint8_t>& layer, const uint8_t* root) {
  std::vector<uint8_t> nodes(layer.size() / kBlockBytes * kHashBytes);
  BlockRoots(kernel, layer.data(), layer.size(), nodes.data());
  FoldNodes(kernel, nodes.data(), nodes.size() / kHashBytes);
  return std::memcmp(nodes.data(), root, kHashBytes) == 0;
}

}  // namespace

Verdict CheckWhole(const Kernel& kernel, const Statement& statement, const Hash& replica_id,
                   const Span& replica) {
  if (replica.size != statement.Blocks() * kBlockBytes) return Verdict::kFormat;
  std::vector<uint8_t> layer(replica.data, replica.data + replica.size);
  for (size_t number = statement.roots();; number--) {
    if (!HasRoot(kernel, layer, statement.RootAt(number))) return Verdict::kRoot;
    if (number == 0) break;
    Decode(kernel, static_cast<uint32_t>(number), replica_id, &layer);
  }
  const uint8_t* content = layer.data();
  return IsZero(content + statement.size_bytes(), content + layer.size()) ? Verdict::kOk : Verdict::kPadding;
}

}  // namespace provender
