#include "relation.h"

#include <algorithm>
#include <cstring>

#include "label-start.h"
#include "lanes.h"
#include "statement.h"

namespace provender {
namespace {

constexpr uint32_t kBlockLeaves = 64;
constexpr uint32_t kLeafWords = 2;
constexpr uint32_t kSegmentLeaves = kSegmentBlocks * kBlockLeaves;
constexpr uint8_t kNoLabel[kWordBytes] = {};

}  // namespace

const uint8_t* OpenedLayer::LeafAt(uint32_t leaf) const {
  const auto at = std::lower_bound(leaves.begin(), leaves.end(), leaf) - leaves.begin();
  return proof.leaves + kUnitBytes * static_cast<size_t>(at);
}

Relation::Relation(const Kernel& kernel, uint32_t pass, uint32_t blocks,
                   const std::vector<uint32_t>& challenged)
    : kernel_(kernel), pass_(pass) {
  std::vector<uint32_t> drawn;
  for (const uint32_t leaf : challenged) {
    Place place = {};
    place.segment = leaf / kSegmentLeaves;
    const auto in_segment =
        std::min<uint32_t>(kSegmentBlocks, blocks - place.segment * static_cast<uint32_t>(kSegmentBlocks));
    place.last = kBlockLeaves * in_segment - 1;
    const uint32_t natural = leaf % kSegmentLeaves;
    place.own = pass % 2 == 1 ? natural : place.last - natural;
    drawn.push_back(place.own / kBlockLeaves);
    places_.push_back(place);
  }
  std::vector<Edge> edges(kParents * drawn.size());
  DrawEdges(kernel, pass, drawn.data(), drawn.size(), edges.data());
  for (size_t i = 0; i < places_.size(); i++) std::copy_n(&edges[kParents * i], kParents, places_[i].edges);
}

uint32_t Relation::NaturalLeaf(const Place& place, uint32_t leaf) const {
  return kSegmentLeaves * place.segment + (pass_ % 2 == 1 ? leaf : place.last - leaf);
}

std::vector<uint32_t> Relation::OpenedLeaves() const {
  std::vector<uint32_t> opened;
  for (const Place& place : places_) {
    const uint32_t own = place.own;
    opened.push_back(NaturalLeaf(place, own));
    if (own > 0) opened.push_back(NaturalLeaf(place, own - 1));
    if (own < kBlockLeaves) continue;  // block 0 has no parents
    for (const Edge& edge : place.edges) {
      // The lowest bit of a mask swaps the two words of a leaf, the others choose the leaf.
      const uint32_t leaf = own % kBlockLeaves ^ edge.mask >> 1;
      opened.push_back(NaturalLeaf(place, kBlockLeaves * edge.parent + leaf));
    }
  }
  std::sort(opened.begin(), opened.end());
  opened.erase(std::unique(opened.begin(), opened.end()), opened.end());
  return opened;
}

/// A pass that runs backward meets the second word of a leaf first.
const uint8_t* Relation::WordAt(const OpenedLayer& layer, const Place& place, uint32_t word) const {
  const uint32_t in_leaf = pass_ % 2 == 1 ? word % kLeafWords : kLeafWords - 1 - word % kLeafWords;
  return layer.LeafAt(NaturalLeaf(place, word / kLeafWords)) + kWordBytes * in_leaf;
}

Label Relation::LabelOf(const OpenedLayer& layer, const Place& place, uint32_t word) const {
  constexpr auto kWords = static_cast<uint32_t>(kBlockWords);
  Label label = {};
  label.block = word / kWords;
  label.word = word % kWords;
  label.inputs[0] = word == 0 ? kNoLabel : WordAt(layer, place, word - 1);
  for (size_t k = 0; k < kParents; k++) {
    const auto [parent, mask] = place.edges[k];
    label.inputs[1 + k] =
        label.block == 0 ? kNoLabel : WordAt(layer, place, kWords * parent + (label.word ^ mask));
  }
  return label;
}

/// Words that are decoded side by side, each in memory of its own, and what each should become.
class Relation::Group {
 public:
  explicit Group(const Kernel& kernel) : kernel_(kernel) {}

  bool IsFull() const { return size_ == kernel_.lanes; }

  void Add(const uint32_t* begun, Label label, const uint8_t* word, const uint8_t* expected) {
    std::memcpy(begun_ + kStateWords * size_, begun, kStateWords * sizeof *begun);
    std::memcpy(words_[size_], word, kWordBytes);
    label.target = words_[size_];
    labels_[size_] = label;
    expected_[size_++] = expected;
  }

  /// Decodes and forgets them.
  bool Holds() {
    if (size_ == 0) return true;
    const Kernel& fitting = Fitting(kernel_, size_);
    for (size_t lane = size_; lane < fitting.lanes; lane++) {  // idle lanes repeat the last word
      std::memcpy(begun_ + kStateWords * lane, begun_ + kStateWords * (size_ - 1),
                  kStateWords * sizeof *begun_);
      labels_[lane] = labels_[size_ - 1];
      labels_[lane].target = words_[lane];
    }
    fitting.apply_pads(begun_, labels_);
    bool holds = true;
    for (size_t i = 0; i < size_; i++) holds = holds && std::memcmp(words_[i], expected_[i], kWordBytes) == 0;
    size_ = 0;
    return holds;
  }

 private:
  const Kernel& kernel_;
  size_t size_ = 0;
  uint32_t begun_[kMostLanes * kStateWords];
  Label labels_[kMostLanes];
  uint8_t words_[kMostLanes][kWordBytes] = {};
  const uint8_t* expected_[kMostLanes];
};

bool Relation::Holds(const OpenedLayer& upper, const OpenedLayer& lower, const Hash& replica_id) const {
  Group group(kernel_);
  uint32_t begun[kStateWords];
  for (size_t i = 0; i < places_.size(); i++) {
    const Place& place = places_[i];
    if (i == 0 || place.segment != places_[i - 1].segment)
      StartLabels(kernel_, pass_, SegmentId(kernel_, replica_id, place.segment).data(), begun);
    for (uint32_t word = kLeafWords * place.own; word < kLeafWords * (place.own + 1); word++) {
      group.Add(begun, LabelOf(upper, place, word), WordAt(upper, place, word), WordAt(lower, place, word));
      if (group.IsFull() && !group.Holds()) return false;
    }
  }
  return group.Holds();
}

}  // namespace provender
