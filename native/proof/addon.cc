// core.node: `kernels`, one object per path that can run here, each as src/proof/kernel.ts describes it.
// kernels.ts has checked the arguments; the checks here are the ones that keep memory safe.
#include <napi.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "dispatch.h"
#include "merkle.h"
#include "replica.h"

namespace provender {
namespace {

struct Bytes {
  uint8_t* data;
  size_t size;
};

void Require(const Napi::CallbackInfo& info, bool met, const char* what) {
  if (!met) throw Napi::TypeError::New(info.Env(), what);
}

Bytes BytesArgument(const Napi::CallbackInfo& info, size_t index) {
  const Napi::Value value = info[index];
  Require(info, value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array,
          "Uint8Array expected");
  auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

const Kernel& KernelOf(const Napi::CallbackInfo& info) {
  return *static_cast<const Kernel*>(info.Data());
}

/// blockRoots(data, out): void. Thread: JS of any environment; blocks for as long as it hashes.
void CallBlockRoots(const Napi::CallbackInfo& info) {
  const Bytes data = BytesArgument(info, 0), out = BytesArgument(info, 1);
  Require(info, data.size > 0 && out.size == (data.size - 1) / kBlockBytes * kHashBytes + kHashBytes,
          "blockRoots: sizes do not fit");
  BlockRoots(KernelOf(info), data.data, data.size, out.data);
}

/// foldRoots(nodes, out): void. Folds a copy, since folding overwrites. Thread: JS of any environment.
void CallFoldRoots(const Napi::CallbackInfo& info) {
  const Bytes nodes = BytesArgument(info, 0), out = BytesArgument(info, 1);
  Require(info, nodes.size > 0 && nodes.size % kHashBytes == 0 && out.size == kHashBytes,
          "foldRoots: sizes do not fit");
  std::vector<uint8_t> level(nodes.data, nodes.data + nodes.size);
  FoldNodes(KernelOf(info), level.data(), level.size() / kHashBytes);
  std::memcpy(out.data, level.data(), kHashBytes);
}

/// chunkIds(roots, lengths, out): void. Thread: JS of any environment.
void CallChunkIds(const Napi::CallbackInfo& info) {
  const Bytes roots = BytesArgument(info, 0), out = BytesArgument(info, 2);
  Require(info,
          info[1].IsTypedArray() && info[1].As<Napi::TypedArray>().TypedArrayType() == napi_uint16_array,
          "Uint16Array expected");
  auto lengths = info[1].As<Napi::Uint16Array>();
  const size_t count = lengths.ElementLength();
  Require(info, roots.size == count * kHashBytes && out.size == roots.size, "chunkIds: sizes do not fit");
  ChunkIds(KernelOf(info), roots.data, lengths.Data(), count, out.data);
}

/// The graph of the pass in arguments 0 to 2: number, parents, masks.
Graph GraphArgument(const Napi::CallbackInfo& info, size_t* blocks) {
  Require(info, info[0].IsNumber(), "number of a pass expected");
  const uint32_t pass = info[0].As<Napi::Number>().Uint32Value();
  Require(info, pass == 1 || pass == 2, "pass: 1 or 2");
  Require(info,
          info[1].IsTypedArray() && info[1].As<Napi::TypedArray>().TypedArrayType() == napi_uint16_array,
          "Uint16Array expected");
  auto parents = info[1].As<Napi::Uint16Array>();
  const Bytes masks = BytesArgument(info, 2);
  Require(info, parents.ElementLength() == masks.size && masks.size % kParents == 0,
          "graph: sizes do not fit");
  *blocks = masks.size / kParents;
  return {pass, parents.Data(), masks.data};
}

/// A parent above its block would be read outside of the segment.
void RequireBelow(const Napi::CallbackInfo& info, const Graph& graph, size_t blocks) {
  for (size_t block = 1; block < blocks; block++) {
    for (size_t edge = kParents * block; edge < kParents * (block + 1); edge++)
      Require(info, graph.parents[edge] < block && graph.masks[edge] < kBlockWords, "graph: not a parent");
  }
}

Segment SegmentOf(const Napi::CallbackInfo& info, const Bytes& data, const uint8_t* id, size_t blocks) {
  Require(info, data.size > 0 && data.size % kBlockBytes == 0 && data.size / kBlockBytes <= blocks,
          "segment: whole blocks expected, no more than the graph has");
  return {data.data, data.size / kBlockBytes, id};
}

/// encodePass(pass, parents, masks, ids, segments): void. In place; 32 bytes of `ids` for each segment.
/// Thread: JS of any environment; blocks for as long as it hashes.
void CallEncodePass(const Napi::CallbackInfo& info) {
  size_t blocks = 0, most = 0;
  const Graph graph = GraphArgument(info, &blocks);
  const Bytes ids = BytesArgument(info, 3);
  Require(info, info[4].IsArray(), "array expected");
  auto array = info[4].As<Napi::Array>();
  Require(info, ids.size == array.Length() * kHashBytes, "encodePass: an id for each segment expected");
  std::vector<Segment> segments;
  for (uint32_t i = 0; i < array.Length(); i++) {
    const Napi::Value value = array[i];
    Require(info, value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array,
            "Uint8Array expected");
    auto bytes = value.As<Napi::Uint8Array>();
    segments.push_back(
        SegmentOf(info, {bytes.Data(), bytes.ByteLength()}, ids.data + i * kHashBytes, blocks));
    most = std::max(most, segments.back().blocks);
  }
  RequireBelow(info, graph, most);
  EncodePass(KernelOf(info), graph, segments.data(), segments.size());
}

/// decodePass(pass, parents, masks, id, segment): void. In place. Thread: JS of any environment; blocks for
/// as long as it hashes.
void CallDecodePass(const Napi::CallbackInfo& info) {
  size_t blocks = 0;
  const Graph graph = GraphArgument(info, &blocks);
  const Bytes id = BytesArgument(info, 3), data = BytesArgument(info, 4);
  Require(info, id.size == kHashBytes, "decodePass: an id of 32 bytes expected");
  const Segment segment = SegmentOf(info, data, id.data, blocks);
  RequireBelow(info, graph, segment.blocks);
  DecodePass(KernelOf(info), graph, segment);
}

/// sha256(data, out): void. For the tests. Thread: JS of any environment.
void CallSha256(const Napi::CallbackInfo& info) {
  const Bytes data = BytesArgument(info, 0), out = BytesArgument(info, 1);
  Require(info, out.size == kHashBytes, "sha256: 32 bytes expected");
  if (!Sha256(KernelOf(info), data.data, data.size, out.data)) {
    throw Napi::Error::New(info.Env(), "sha256: the lanes of this path disagree");
  }
}

/// compress(bytes): number. For the benchmarks. Thread: JS of any environment.
Napi::Value CallCompress(const Napi::CallbackInfo& info) {
  Require(info, info[0].IsNumber(), "number expected");
  const int64_t bytes = info[0].As<Napi::Number>().Int64Value();
  Require(info, bytes >= 0, "number of bytes expected");
  return Napi::Number::New(info.Env(),
                           static_cast<double>(CompressBytes(KernelOf(info), static_cast<size_t>(bytes))));
}

template <auto Call>
void Set(Napi::Object object, const char* name, const Kernel* kernel) {
  object.Set(name, Napi::Function::New<Call>(object.Env(), name, const_cast<Kernel*>(kernel)));
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  Napi::Array kernels = Napi::Array::New(env);
  for (const Kernel* kernel : RunnableKernels()) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("path", kernel->path);
    Set<CallBlockRoots>(object, "blockRoots", kernel);
    Set<CallFoldRoots>(object, "foldRoots", kernel);
    Set<CallChunkIds>(object, "chunkIds", kernel);
    Set<CallEncodePass>(object, "encodePass", kernel);
    Set<CallDecodePass>(object, "decodePass", kernel);
    Set<CallSha256>(object, "sha256", kernel);
    Set<CallCompress>(object, "compress", kernel);
    kernels.Set(kernels.Length(), object);
  }
  exports.Set("kernels", kernels);
  return exports;
}

NODE_API_MODULE(core, Init)

}  // namespace
}  // namespace provender
