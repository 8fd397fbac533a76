// Replica encoding on any kernel: which labels a word depends on, and which words run side by side.
#include "replica.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "label-start.h"
#include "lanes.h"
#include "sha256-constants.h"

namespace provender {
namespace {

static_assert(kBlockWords % kMostLanes == 0, "the words of a block fill all lanes");
/// Parents of block 0.
alignas(64) constexpr uint8_t kNoLabels[kBlockBytes] = {};

/// Which way a pass runs through a segment, and through its blocks.
class Direction {
 public:
  explicit Direction(uint32_t pass) : is_forward_(pass % 2 == 1) {}

  /// Bytes from a word to the next one.
  ptrdiff_t step() const { return is_forward_ ? kWordBytes : -static_cast<ptrdiff_t>(kWordBytes); }
  /// What turns the number of a word in its block into its natural one by XOR.
  size_t flip() const { return is_forward_ ? 0 : kBlockWords - 1; }
  /// Where block `number` of `count` starts in memory from `data` on.
  template <typename T>
  T* BlockStart(T* data, size_t count, size_t number) const {
    return data + (is_forward_ ? number : count - 1 - number) * kBlockBytes;
  }

 private:
  bool is_forward_;
};

/// One block and what its words depend on. Natural numbers of words are what is masked: flipping all bits and
/// flipping some commute, so that both directions share the address of a parent.
struct Block {
  uint32_t number;
  size_t flip;
  ptrdiff_t step;
  const uint8_t* own;
  const uint8_t* before;
  const uint8_t* parents[kParents];
  size_t masks[kParents];  // in bytes
  uint8_t* target;

  /// Few instructions: four lanes of SHA-NI wait for each of them.
  void FillLabel(size_t word, Label* label) const {
    const size_t at = (word ^ flip) * kWordBytes;
    label->block = number;
    label->word = static_cast<uint32_t>(word);
    label->target = target + at;
    label->inputs[0] = word == 0 ? before : own + at - step;
    for (size_t k = 0; k < kParents; k++) label->inputs[1 + k] = parents[k] + (at ^ masks[k]);
  }

  /// Asks for what this word will look at: parents lie anywhere in 128 MiB. A line holds two words.
  void Prefetch(size_t word) const {
    const size_t at = (word ^ flip) * kWordBytes;
    for (size_t k = 0; word % 2 == 0 && k < kParents; k++) __builtin_prefetch(parents[k] + (at ^ masks[k]));
  }
};

/// Block 0 has no label before it, and zeros for parents.
Block FirstBlock(const Direction& direction) {
  Block block = {};
  block.flip = direction.flip();
  block.step = direction.step();
  block.before = kNoLabels;
  std::fill_n(block.parents, kParents, kNoLabels);
  return block;
}

/// Block `number` of a part of a segment, which is worked on where it lies.
Block BlockOf(const Graph& graph, const Part& part, size_t number) {
  const Direction direction(graph.pass);
  Block block = FirstBlock(direction);
  block.target = direction.BlockStart(part.data, part.blocks, number);
  block.own = block.target;
  if (number == 0) return block;
  block.number = static_cast<uint32_t>(number);
  block.before = block.own + block.flip * kWordBytes - block.step;
  for (size_t k = 0; k < kParents; k++) {
    const size_t edge = kParents * number + k;
    block.parents[k] = direction.BlockStart(part.data, part.blocks, graph.parents[edge]);
    block.masks[k] = graph.masks[edge] * kWordBytes;
  }
  return block;
}

/// Up to as many parts as there are lanes, block by block side by side.
class Group {
 public:
  Group(const Kernel& kernel, const Graph& graph) : kernel_(kernel), graph_(graph) {}

  bool IsFull() const { return lanes_.size() == kernel_.lanes; }
  bool IsEmpty() const { return lanes_.empty(); }

  void Add(const Part& part) {
    Lane lane = {part, part.first, {}, {}, {}};
    StartLabels(kernel_, graph_.pass, part.id, lane.begun);
    lanes_.push_back(lane);
  }

  /// Works until at least one part is done, and lets go of those.
  void Run() {
    const Kernel& kernel = Fitting(kernel_, lanes_.size());
    uint32_t begun[kMostLanes * kStateWords];
    size_t blocks = SIZE_MAX;
    for (const Lane& lane : lanes_) blocks = std::min(blocks, lane.part.end - lane.next);
    for (size_t i = 0; i < kernel.lanes; i++)
      std::memcpy(begun + kStateWords * i, lanes_[std::min(i, lanes_.size() - 1)].begun, sizeof kInitial);
    for (; blocks > 0; blocks--) RunBlock(kernel, begun);
    std::erase_if(lanes_, [](const Lane& lane) { return lane.next == lane.part.end; });
  }

 private:
  struct Lane {
    Part part;
    size_t next;
    uint32_t begun[kStateWords];
    Block block;
    Block ahead;  // the block after, the last one twice

    void Enter(const Graph& graph) {
      block = BlockOf(graph, part, next++);
      ahead = next < part.end ? BlockOf(graph, part, next) : block;
    }
  };

  void RunBlock(const Kernel& kernel, const uint32_t* begun) {
    Label labels[kMostLanes];
    for (Lane& lane : lanes_) lane.Enter(graph_);
    for (size_t word = 0; word < kBlockWords; word++) {
      for (size_t i = 0; i < lanes_.size(); i++) {
        lanes_[i].block.FillLabel(word, &labels[i]);
        lanes_[i].ahead.Prefetch(word);
      }
      FillIdle(labels, kernel.lanes);
      kernel.apply_pads(begun, labels);
    }
  }

  /// Lanes without a part repeat the last one into a word that nobody reads.
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

/// Decodes blocks of one segment after another: the words of a block side by side.
class Decoder {
 public:
  Decoder(const Kernel& kernel, uint32_t pass) : kernel_(kernel), pass_(pass) {}

  void Enter(const uint8_t* id) {
    StartLabels(kernel_, pass_, id, begun_);
    for (size_t i = 1; i < kernel_.lanes; i++) std::memcpy(begun_ + kStateWords * i, begun_, sizeof kInitial);
  }

  /// From the last word on, so that it works in place: what a pad needs has not been decoded yet, and a
  /// kernel reads all inputs of its lanes before it writes.
  void Run(const Block& block, const Block& ahead) const {
    Label labels[kMostLanes];
    for (size_t end = kBlockWords; end > 0; end -= kernel_.lanes) {
      for (size_t i = 0; i < kernel_.lanes; i++) {
        block.FillLabel(end - 1 - i, &labels[i]);
        ahead.Prefetch(end - 1 - i);
      }
      kernel_.apply_pads(begun_, labels);
    }
  }

 private:
  const Kernel& kernel_;
  uint32_t pass_;
  uint32_t begun_[kMostLanes * kStateWords] = {};
};

/// It has no target yet.
Block BlockOf(uint32_t pass, const ApartBlock& apart) {
  Block block = FirstBlock(Direction(pass));
  block.own = apart.own;
  if (apart.number == 0) return block;
  block.number = apart.number;
  block.before = apart.before;
  for (size_t k = 0; k < kParents; k++) {
    block.parents[k] = apart.parents[k];
    block.masks[k] = apart.masks[k] * kWordBytes;
  }
  return block;
}

}  // namespace

uint8_t* PlaceOf(const Graph& graph, const Part& part) {
  if (part.first == part.end) return part.data;
  const Direction direction(graph.pass);
  return std::min(direction.BlockStart(part.data, part.blocks, part.first),
                  direction.BlockStart(part.data, part.blocks, part.end - 1));
}

void EncodePass(const Kernel& kernel, const Graph& graph, const Part* parts, size_t count) {
  Group group(kernel, graph);
  for (size_t next = 0; next < count || !group.IsEmpty(); group.Run()) {
    while (next < count && !group.IsFull()) group.Add(parts[next++]);
  }
}

void DecodePart(const Kernel& kernel, const Graph& graph, const Part& part, uint8_t* out) {
  const Direction direction(graph.pass);
  const bool is_in_place = out == PlaceOf(graph, part);
  const size_t count = part.end - part.first;
  Decoder decoder(kernel, graph.pass);
  decoder.Enter(part.id);
  for (size_t number = part.end; number-- > part.first;) {
    Block block = BlockOf(graph, part, number);
    const Block ahead = number > part.first ? BlockOf(graph, part, number - 1) : block;
    if (!is_in_place) {
      uint8_t* to = direction.BlockStart(out, count, number - part.first);
      std::memcpy(to, direction.BlockStart(part.data, part.blocks, number), kBlockBytes);
      block.target = to;
    }
    decoder.Run(block, ahead);
  }
}

void DecodeApart(const Kernel& kernel, uint32_t pass, const ApartBlock* blocks, size_t count, uint8_t* out) {
  Decoder decoder(kernel, pass);
  for (size_t i = 0; i < count; i++, out += kBlockBytes) {
    const uint8_t* id = blocks[i].id;
    if (i == 0 || std::memcmp(blocks[i - 1].id, id, kHashBytes) != 0) decoder.Enter(id);
    Block block = BlockOf(pass, blocks[i]);
    block.target = out;
    std::memcpy(out, block.own, kBlockBytes);
    decoder.Run(block, BlockOf(pass, blocks[std::min(i + 1, count - 1)]));
  }
}

}  // namespace provender
