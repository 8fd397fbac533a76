#include "challenge.h"

#include <algorithm>

#include "big-endian.h"
#include "lanes.h"
#include "span.h"

namespace provender {
namespace {

constexpr uint32_t kInit = 1, kInitAlone = 2, kRewardAudit = 3, kAudit = 4;
/// Up to this many blocks an init proof is the whole replica.
constexpr uint32_t kWholeBlocks = 32;
constexpr uint32_t kInitLeaves = 132, kInitAloneLeaves = 527, kMostAudited = 128;

}  // namespace

Challenge Challenge::Read(const uint8_t* bytes) {
  return {bytes[0], bytes[1], static_cast<uint32_t>(LoadBig(bytes + 4, 4)), bytes + 8};
}

bool Challenge::Exists(uint32_t blocks, int passes) const {
  if (mode == kInit || mode == kInitAlone) {
    if (blocks <= kWholeBlocks) return form == kWhole && k == 0 && IsZero(beacon, beacon + kHashBytes);
    if (form != (passes == 0 ? kPossession : kRelation)) return false;
    return mode == kInit ? k == kInitLeaves : k == kInitAloneLeaves && IsZero(beacon, beacon + kHashBytes);
  }
  const bool opens_leaves = form == kPossession || (form == kRelation && passes > 0);
  if (mode == kRewardAudit) return opens_leaves && k == 1;
  return mode == kAudit && opens_leaves && k >= 1 && k <= kMostAudited;
}

std::vector<uint32_t> Challenge::Leaves(const Kernel& kernel, const Hash& seed, uint32_t leaves) const {
  std::vector<uint32_t> drawn;
  drawn.reserve(k);
  std::vector<Preimage> preimages;
  preimages.reserve(kMostLanes);
  Hash draws[kMostLanes];
  for (uint32_t t = 0; t < k;) {
    preimages.clear();
    while (t < k && preimages.size() < kMostLanes) preimages.emplace_back("index").Add(seed).Number(t++, 4);
    Preimage::Digests(kernel, preimages.data(), preimages.size(), draws);
    for (size_t i = 0; i < preimages.size(); i++)
      drawn.push_back(static_cast<uint32_t>(LoadBig(draws[i].data(), 8) % leaves));
  }
  std::sort(drawn.begin(), drawn.end());
  drawn.erase(std::unique(drawn.begin(), drawn.end()), drawn.end());
  return drawn;
}

}  // namespace provender
