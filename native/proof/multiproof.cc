#include "multiproof.h"

#include <cstring>
#include <utility>

#include "big-endian.h"

namespace provender {
namespace {

/// Where the nodes of a level go on the next one.
enum class Step { kPaired, kWithSibling, kUnchanged };

Step StepOf(const std::vector<uint32_t>& known, size_t i, uint32_t width) {
  const uint32_t partner = known[i] ^ 1;
  if (i + 1 < known.size() && known[i + 1] == partner) return Step::kPaired;
  return partner < width ? Step::kWithSibling : Step::kUnchanged;
}

uint32_t Half(uint32_t width) {
  return width / 2 + width % 2;
}

/// Known nodes of a level, ascending, and the siblings that are left.
class Climb {
 public:
  Climb(std::vector<uint32_t> known, std::vector<uint8_t> nodes, const uint8_t* siblings)
      : known_(std::move(known)), nodes_(std::move(nodes)), siblings_(siblings), pairs_(2 * nodes_.size()) {}

  const uint8_t* nodes() const { return nodes_.data(); }

  /// All pairs of a level are hashed side by side.
  void Up(const Kernel& kernel, uint32_t width) {
    size_t above = 0, pairs = 0;
    const bool is_last_unchanged = StepOf(known_, known_.size() - 1, width) == Step::kUnchanged;
    Hash unchanged;
    if (is_last_unchanged) std::memcpy(unchanged.data(), Node(known_.size() - 1), kHashBytes);
    for (size_t i = 0; i < known_.size(); above++) {
      const Step step = StepOf(known_, i, width);
      if (step != Step::kUnchanged) Pair(step, i, &pairs_[kUnitBytes * pairs++]);
      known_[above] = known_[i] / 2;
      i += step == Step::kPaired ? 2 : 1;
    }
    known_.resize(above);
    kernel.hash_units(kNodePrefix, pairs_.data(), pairs, nodes_.data());
    if (is_last_unchanged) std::memcpy(&nodes_[kHashBytes * pairs], unchanged.data(), kHashBytes);
  }

 private:
  const uint8_t* Node(size_t i) const { return &nodes_[kHashBytes * i]; }

  void Pair(Step step, size_t i, uint8_t* to) {
    if (step == Step::kPaired) {
      std::memcpy(to, Node(i), kUnitBytes);
      return;
    }
    const bool is_left = known_[i] % 2 == 0;
    std::memcpy(to + (is_left ? 0 : kHashBytes), Node(i), kHashBytes);
    std::memcpy(to + (is_left ? kHashBytes : 0), siblings_, kHashBytes);
    siblings_ += kHashBytes;
  }

  std::vector<uint32_t> known_;
  std::vector<uint8_t> nodes_;
  const uint8_t* siblings_;
  std::vector<uint8_t> pairs_;
};

}  // namespace

bool Multiproof::Opens(const std::vector<uint32_t>& wanted) const {
  if (count != wanted.size()) return false;
  for (size_t i = 0; i < wanted.size(); i++) {
    if (LoadBig(indices + 4 * i, 4) != wanted[i]) return false;
  }
  return true;
}

Hash Multiproof::Root(const Kernel& kernel, const std::vector<uint32_t>& opened, uint32_t width) const {
  std::vector<uint8_t> hashes(kHashBytes * opened.size());
  kernel.hash_units(kLeafPrefix, leaves, opened.size(), hashes.data());
  Climb climb(opened, std::move(hashes), siblings);
  for (; width > 1; width = Half(width)) climb.Up(kernel, width);
  Hash root;
  std::memcpy(root.data(), climb.nodes(), kHashBytes);
  return root;
}

size_t SiblingCount(std::vector<uint32_t> opened, uint32_t width) {
  size_t count = 0;
  for (; width > 1; width = Half(width)) {
    size_t above = 0;
    for (size_t i = 0; i < opened.size(); above++) {
      const Step step = StepOf(opened, i, width);
      if (step == Step::kWithSibling) count++;
      opened[above] = opened[i] / 2;
      i += step == Step::kPaired ? 2 : 1;
    }
    opened.resize(above);
  }
  return count;
}

}  // namespace provender
