// What of src/proof/kernel.ts encodes and decodes replicas.
#include "replica-calls.h"

#include <vector>

#include "call.h"
#include "replica.h"

namespace provender {
namespace {

/// Of a block that lies apart: itself, the label before it, its parents.
constexpr size_t kApartInputs = 2 + kParents;

uint32_t PassArgument(const Napi::CallbackInfo& info) {
  Require(info, info[0].IsNumber(), "number of a pass expected");
  const uint32_t pass = info[0].As<Napi::Number>().Uint32Value();
  Require(info, pass == 1 || pass == 2, "pass: 1 or 2");
  return pass;
}

/// A pass over parts of segments, arguments 0 to 5: pass, parents, masks, ids, segments, spans.
struct Work {
  Graph graph;
  std::vector<Part> parts;
};

/// A parent above its block would be read outside of the segment.
void RequireBelow(const Napi::CallbackInfo& info, const Graph& graph, const Part& part) {
  for (size_t block = part.first == 0 ? 1 : part.first; block < part.end; block++) {
    for (size_t edge = kParents * block; edge < kParents * (block + 1); edge++)
      Require(info, graph.parents[edge] < block && graph.masks[edge] < kBlockWords, "graph: not a parent");
  }
}

Work WorkArgument(const Napi::CallbackInfo& info, const std::vector<napi_value>& elements) {
  const View<uint16_t> parents = Words16Argument(info, 1);
  const Bytes masks = BytesArgument(info, 2), ids = BytesArgument(info, 3);
  const View<uint32_t> spans = Words32Argument(info, 5);
  Require(info, parents.size == masks.size, "graph: sizes do not fit");
  Require(info, ids.size == elements.size() * kHashBytes && spans.size == 2 * elements.size(),
          "an id and a span for each segment expected");
  Work work = {{PassArgument(info), parents.data, masks.data}, {}};
  work.parts.reserve(elements.size());
  for (size_t i = 0; i < elements.size(); i++) {
    const Bytes bytes = ToBytes(info, elements[i]);
    const Part part = {bytes.data, bytes.size / kBlockBytes, ids.data + i * kHashBytes, spans.data[2 * i],
                       spans.data[2 * i + 1]};
    Require(info, bytes.size % kBlockBytes == 0 && part.blocks <= kSegmentBlocks,
            "segment: whole blocks expected");
    Require(info, part.first <= part.end && part.end <= part.blocks && part.end <= masks.size / kParents,
            "span: inside of the segment and of the graph expected");
    RequireBelow(info, work.graph, part);
    work.parts.push_back(part);
  }
  return work;
}

/// encodePass(pass, parents, masks, ids, segments, spans): void. In place. Thread: JS of any environment;
/// blocks for as long as it hashes.
void CallEncodePass(const Napi::CallbackInfo& info) {
  const std::vector<napi_value> segments = ElementsArgument(info, 4);
  const Work work = WorkArgument(info, segments);
  EncodePass(KernelOf(info), work.graph, work.parts.data(), work.parts.size());
}

/// Copies of a part overlap neither the part nor each other's source.
bool IsInPlaceOrApart(const Graph& graph, const Part& part, const uint8_t* out, size_t size) {
  const uint8_t* end = part.data + part.blocks * kBlockBytes;
  return out == PlaceOf(graph, part) || out >= end || out + size <= part.data;
}

/// Where the parts are decoded to.
std::vector<uint8_t*> TargetsOf(const Napi::CallbackInfo& info, const Work& work,
                                const std::vector<Bytes>& outs) {
  Require(info, outs.size() == work.parts.size(), "decodePass: an array for each segment expected");
  std::vector<uint8_t*> targets;
  for (size_t i = 0; i < outs.size(); i++) {
    const Part& part = work.parts[i];
    Require(info, outs[i].size == (part.end - part.first) * kBlockBytes, "decodePass: sizes do not fit");
    Require(info, IsInPlaceOrApart(work.graph, part, outs[i].data, outs[i].size), "decodePass: out overlaps");
    targets.push_back(outs[i].data);
  }
  return targets;
}

/// decodePass(pass, parents, masks, ids, segments, spans, outs?): void. In place without `outs`. Thread: JS
/// of any environment; blocks for as long as it hashes.
void CallDecodePass(const Napi::CallbackInfo& info) {
  const bool is_in_place = info[6].IsUndefined();
  const std::vector<napi_value> segments = ElementsArgument(info, 4);
  const std::vector<napi_value> outs = is_in_place ? std::vector<napi_value>() : ElementsArgument(info, 6);
  const Work work = WorkArgument(info, segments);
  std::vector<uint8_t*> targets;
  if (!is_in_place) targets = TargetsOf(info, work, ToBytes(info, outs));
  for (size_t i = 0; i < work.parts.size(); i++) {
    const Part& part = work.parts[i];
    DecodePart(KernelOf(info), work.graph, part, is_in_place ? PlaceOf(work.graph, part) : targets[i]);
  }
}

ApartBlock ApartOf(const Napi::CallbackInfo& info, const Bytes* inputs) {
  ApartBlock block = {};
  block.own = inputs[0].data;
  Require(info, inputs[0].size == kBlockBytes, "decodeApart: a block expected");
  block.before = inputs[1].data;
  for (size_t k = 0; k < kParents; k++) block.parents[k] = inputs[2 + k].data;
  return block;
}

void RequireInputs(const Napi::CallbackInfo& info, const Bytes* inputs, const uint8_t* masks) {
  Require(info, inputs[1].size == kWordBytes, "decodeApart: a label expected");
  for (size_t k = 0; k < kParents; k++)
    Require(info, inputs[2 + k].size == kBlockBytes && masks[k] < kBlockWords, "decodeApart: not a parent");
}

/// decodeApart(pass, masks, numbers, ids, inputs, out): void. Thread: JS of any environment; blocks for as
/// long as it hashes.
void CallDecodeApart(const Napi::CallbackInfo& info) {
  const std::vector<napi_value> elements = ElementsArgument(info, 4);
  const uint32_t pass = PassArgument(info);
  const Bytes masks = BytesArgument(info, 1), ids = BytesArgument(info, 3), out = BytesArgument(info, 5);
  const View<uint32_t> numbers = Words32Argument(info, 2);
  const size_t count = numbers.size;
  Require(info, masks.size == count * kParents && ids.size == count * kHashBytes,
          "decodeApart: sizes do not fit");
  Require(info, elements.size() == count * kApartInputs && out.size == count * kBlockBytes,
          "decodeApart: sizes do not fit");
  const std::vector<Bytes> inputs = ToBytes(info, elements);
  std::vector<ApartBlock> blocks;
  blocks.reserve(count);
  for (size_t i = 0; i < count; i++) {
    ApartBlock block = ApartOf(info, &inputs[i * kApartInputs]);
    block.number = numbers.data[i];
    block.id = ids.data + i * kHashBytes;
    block.masks = masks.data + i * kParents;
    if (block.number > 0) RequireInputs(info, &inputs[i * kApartInputs], block.masks);
    blocks.push_back(block);
  }
  DecodeApart(KernelOf(info), pass, blocks.data(), count, out.data);
}

}  // namespace

void SetReplicaCalls(Napi::Object object, const Kernel* kernel) {
  Set<CallEncodePass>(object, "encodePass", kernel);
  Set<CallDecodePass>(object, "decodePass", kernel);
  Set<CallDecodeApart>(object, "decodeApart", kernel);
}

}  // namespace provender
