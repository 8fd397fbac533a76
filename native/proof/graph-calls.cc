#include "graph-calls.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "call.h"
#include "graph.h"
#include "replica.h"

namespace provender {
namespace {

/// Blocks whose edges are drawn at once: they fit the cache beside their preimages.
constexpr size_t kBlocksAtOnce = 256;

/// drawGraph(pass, first, parents, masks): void. Fills the edges of blocks `first` to the end of the arrays,
/// six for each block. Thread: JS of any environment; blocks for as long as it hashes.
void CallDrawGraph(const Napi::CallbackInfo& info) {
  Require(info, info[0].IsNumber() && info[1].IsNumber(), "drawGraph: a pass and a block expected");
  const uint32_t pass = info[0].As<Napi::Number>().Uint32Value();
  const size_t first = info[1].As<Napi::Number>().Uint32Value();
  const View<uint16_t> parents = Words16Argument(info, 2);
  const Bytes masks = BytesArgument(info, 3);
  const size_t end = masks.size / kParents;
  Require(info, parents.size == masks.size && masks.size == end * kParents && end <= kSegmentBlocks,
          "drawGraph: six parents and masks for each block of a segment expected");
  std::vector<uint32_t> blocks(kBlocksAtOnce);
  std::vector<Edge> edges(kBlocksAtOnce * kParents);
  for (size_t done = first; done < end; done += kBlocksAtOnce) {
    const size_t count = std::min(kBlocksAtOnce, end - done);
    std::iota(blocks.begin(), blocks.end(), static_cast<uint32_t>(done));
    DrawEdges(KernelOf(info), pass, blocks.data(), count, edges.data());
    for (size_t edge = 0; edge < count * kParents; edge++) {
      parents.data[done * kParents + edge] = edges[edge].parent;
      masks.data[done * kParents + edge] = edges[edge].mask;
    }
  }
}

}  // namespace

void SetGraphCalls(Napi::Object object, const Kernel* kernel) {
  Set<CallDrawGraph>(object, "drawGraph", kernel);
}

}  // namespace provender
