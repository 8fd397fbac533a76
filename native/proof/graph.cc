// DRSample (Alwen, Blocki, Harsha, CCS 2017) from a public seed.
#include "graph.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "big-endian.h"
#include "lanes.h"
#include "preimage.h"
#include "replica.h"

namespace provender {
namespace {

Edge EdgeOf(const Hash& draw, uint32_t block) {
  const auto bits = static_cast<uint32_t>(std::bit_width(block));
  const auto chosen = static_cast<uint32_t>(LoadBig(draw.data(), 4));
  const uint32_t farthest = std::min(block, uint32_t{1} << (1 + chosen % bits));
  const uint32_t nearest = std::min(farthest, std::max(uint32_t{2}, farthest / 2));
  const auto drawn = static_cast<uint32_t>(LoadBig(draw.data() + 4, 4));
  const uint32_t distance = nearest + drawn % (farthest - nearest + 1);
  return {static_cast<uint16_t>(block - distance), static_cast<uint8_t>(draw[8] & 0x7f)};
}

}  // namespace

void DrawEdges(const Kernel& kernel, uint32_t pass, const uint32_t* blocks, size_t count, Edge* out) {
  std::vector<Preimage> preimages;
  preimages.reserve(kMostLanes);
  Hash draws[kMostLanes];
  const size_t edges = count * kParents;
  for (size_t done = 0; done < edges; done += preimages.size()) {
    preimages.clear();
    const size_t some = std::min(kMostLanes, edges - done);
    for (size_t edge = done; edge < done + some; edge++) {
      preimages.emplace_back("graph");
      preimages.back().Number(pass, 4).Number(blocks[edge / kParents], 4).Number(edge % kParents, 4);
    }
    Preimage::Digests(kernel, preimages.data(), some, draws);
    for (size_t i = 0; i < some; i++) {
      const uint32_t block = blocks[(done + i) / kParents];
      out[done + i] = block == 0 ? Edge{} : EdgeOf(draws[i], block);
    }
  }
}

}  // namespace provender
