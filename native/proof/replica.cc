// Replica encoding on any kernel: which labels a word depends on, and which words run side by side.
#include "replica.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "sha256-constants.h"

namespace provender {
namespace {

constexpr size_t kStateWords = 8;
constexpr size_t kMostLanes = 32;
alignas(64) constexpr uint8_t kNoLabel[kWordBytes] = {};

/// One segment in the order of its pass, block by block.
class Walk {
 public:
  Walk(const Graph& graph, const Segment& segment)
      : graph_(&graph),
        blocks_(segment.blocks),
        first_(graph.pass % 2 == 1 ? segment.data
                                   : segment.data + (segment.blocks * kBlockWords - 1) * kWordBytes),
        step_(graph.pass % 2 == 1 ? kWordBytes : -static_cast<ptrdiff_t>(kWordBytes)) {}

  size_t blocks() const { return blocks_; }

  void Enter(size_t block) {
    block_ = block;
    here_ = first_ + static_cast<ptrdiff_t>(block * kBlockWords) * step_;
    for (size_t k = 0; block > 0 && k < kParents; k++) parents_[k] = ParentOf(block, k);
    has_next_ = block + 1 < blocks_;
    for (size_t k = 0; has_next_ && k < kParents; k++) next_[k] = ParentOf(block + 1, k);
  }

  /// A word of the block that was entered.
  Label LabelAt(size_t word) const {
    Label label;
    label.block = static_cast<uint32_t>(block_);
    label.word = static_cast<uint32_t>(word);
    label.target = here_ + static_cast<ptrdiff_t>(word) * step_;
    label.inputs[0] = block_ + word == 0 ? kNoLabel : label.target - step_;
    for (size_t k = 0; k < kParents; k++)
      label.inputs[1 + k] = block_ == 0 ? kNoLabel : At(parents_[k], word);
    return label;
  }

  /// Asks for what the word of this number in the next block will look at: parents lie anywhere in 128 MiB.
  /// A line holds two words.
  void Prefetch(size_t word) const {
    if (!has_next_ || word % 2 != 0) return;
    for (size_t k = 0; k < kParents; k++) __builtin_prefetch(At(next_[k], word));
  }

 private:
  struct Parent {
    const uint8_t* block;
    size_t mask;
  };

  Parent ParentOf(size_t block, size_t k) const {
    const size_t edge = kParents * block + k;
    const auto words = static_cast<ptrdiff_t>(kBlockWords * graph_->parents[edge]);
    return {first_ + words * step_, graph_->masks[edge]};
  }

  const uint8_t* At(const Parent& parent, size_t word) const {
    return parent.block + static_cast<ptrdiff_t>(word ^ parent.mask) * step_;
  }

  const Graph* graph_;
  size_t blocks_;
  uint8_t* first_;
  ptrdiff_t step_;
  size_t block_ = 0;
  uint8_t* here_ = nullptr;
  bool has_next_ = false;
  Parent parents_[kParents] = {};
  Parent next_[kParents] = {};
};

/// The state after tag(label l) and the segment's id, which are the same for all of its words.
void Begin(const Kernel& kernel, uint32_t pass, const uint8_t* id, uint32_t* state) {
  uint8_t message[64] = "provender/label0/v1";
  message[15] = static_cast<uint8_t>('0' + pass);
  std::memcpy(message + 32, id, kHashBytes);
  uint32_t states[kMostLanes * kStateWords];
  for (size_t lane = 0; lane < kernel.lanes; lane++)
    std::memcpy(states + kStateWords * lane, kInitial, sizeof kInitial);
  kernel.compress_lanes(states, message, 0, 1);
  std::memcpy(state, states, sizeof kInitial);
}

/// The path with the fewest lanes that still holds `count`.
const Kernel& Fitting(const Kernel& kernel, size_t count) {
  const Kernel* fitting = &kernel;
  while (fitting->narrower != nullptr && count <= fitting->narrower->lanes) fitting = fitting->narrower;
  return *fitting;
}

/// Up to as many segments as there are lanes, block by block side by side.
class Group {
 public:
  Group(const Kernel& kernel, const Graph& graph) : kernel_(kernel), graph_(graph) {}

  bool IsFull() const { return lanes_.size() == kernel_.lanes; }
  bool IsEmpty() const { return lanes_.empty(); }

  void Add(const Segment& segment) {
    Lane lane = {Walk(graph_, segment), 0, {}};
    Begin(kernel_, graph_.pass, segment.id, lane.begun);
    lanes_.push_back(lane);
  }

  /// Works until at least one segment is done, and lets go of those.
  void Run() {
    const Kernel& kernel = Fitting(kernel_, lanes_.size());
    uint32_t begun[kMostLanes * kStateWords];
    size_t blocks = SIZE_MAX;
    for (const Lane& lane : lanes_) blocks = std::min(blocks, lane.walk.blocks() - lane.block);
    for (size_t i = 0; i < kernel.lanes; i++)
      std::memcpy(begun + kStateWords * i, lanes_[std::min(i, lanes_.size() - 1)].begun, sizeof kInitial);
    for (; blocks > 0; blocks--) RunBlock(kernel, begun);
    std::erase_if(lanes_, [](const Lane& lane) { return lane.block == lane.walk.blocks(); });
  }

 private:
  struct Lane {
    Walk walk;
    size_t block;
    uint32_t begun[kStateWords];
  };

  void RunBlock(const Kernel& kernel, const uint32_t* begun) {
    Label labels[kMostLanes];
    for (Lane& lane : lanes_) lane.walk.Enter(lane.block++);
    for (size_t word = 0; word < kBlockWords; word++) {
      for (size_t i = 0; i < lanes_.size(); i++) {
        labels[i] = lanes_[i].walk.LabelAt(word);
        lanes_[i].walk.Prefetch(word);
      }
      FillIdle(labels, kernel.lanes);
      kernel.apply_pads(begun, labels);
    }
  }

  /// Lanes without a segment repeat the last one into a word that nobody reads.
  void FillIdle(Label* labels, size_t lanes) {
    for (size_t i = lanes_.size(); i < lanes; i++) {
      labels[i] = labels[lanes_.size() - 1];
      labels[i].target = spare_;
    }
  }

  const Kernel& kernel_;
  const Graph& graph_;
  std::vector<Lane> lanes_;
  uint8_t spare_[kWordBytes] = {};
};

}  // namespace

void EncodePass(const Kernel& kernel, const Graph& graph, const Segment* segments, size_t count) {
  Group group(kernel, graph);
  for (size_t next = 0; next < count || !group.IsEmpty(); group.Run()) {
    while (next < count && !group.IsFull()) group.Add(segments[next++]);
  }
}

/// From the last word on: what a pad needs has not been decoded yet, and a kernel reads all inputs of a group
/// before it writes. Lanes divide the words of a block.
void DecodePass(const Kernel& kernel, const Graph& graph, const Segment& segment) {
  Walk walk(graph, segment);
  uint32_t begun[kMostLanes * kStateWords];
  for (size_t i = 0; i < kernel.lanes; i++) Begin(kernel, graph.pass, segment.id, begun + kStateWords * i);
  Label labels[kMostLanes];
  for (size_t block = walk.blocks(); block-- > 0;) {
    walk.Enter(block);
    for (size_t end = kBlockWords; end > 0; end -= kernel.lanes) {
      for (size_t i = 0; i < kernel.lanes; i++) labels[i] = walk.LabelAt(end - 1 - i);
      kernel.apply_pads(begun, labels);
    }
  }
}

}  // namespace provender
