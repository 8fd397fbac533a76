// core.node: `kernels`, one object per path that can run here, each as src/proof/kernel.ts describes it;
// `vrf`; and `recovery`, where there is an OpenSSL for it. The kernels.ts of the rooms have checked the
// arguments; the checks here are the ones that keep memory safe.
#include <napi.h>

#include <cstring>
#include <vector>

#ifdef PROVENDER_OPENSSL
#include "../payments/recovery-calls.h"
#endif
#include "../vrf/vrf-calls.h"
#include "call.h"
#include "dispatch.h"
#include "graph-calls.h"
#include "merkle.h"
#include "replica-calls.h"
#include "verify-calls.h"

namespace provender {
namespace {

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
  const View<uint16_t> lengths = Words16Argument(info, 1);
  const size_t count = lengths.size;
  Require(info, roots.size == count * kHashBytes && out.size == roots.size, "chunkIds: sizes do not fit");
  ChunkIds(KernelOf(info), roots.data, lengths.data, count, out.data);
}

/// blockNodes(block, out): void. Thread: JS of any environment.
void CallBlockNodes(const Napi::CallbackInfo& info) {
  const Bytes block = BytesArgument(info, 0), out = BytesArgument(info, 1);
  Require(info, block.size == kBlockBytes && out.size == kBlockNodes * kHashBytes,
          "blockNodes: sizes do not fit");
  BlockNodes(KernelOf(info), block.data, out.data);
}

/// nodeLevel(nodes, out): void. Thread: JS of any environment.
void CallNodeLevel(const Napi::CallbackInfo& info) {
  const Bytes nodes = BytesArgument(info, 0), out = BytesArgument(info, 1);
  const size_t count = nodes.size / kHashBytes;
  Require(info, count > 0 && nodes.size % kHashBytes == 0 && out.size == (count + 1) / 2 * kHashBytes,
          "nodeLevel: sizes do not fit");
  NodeLevel(KernelOf(info), nodes.data, count, out.data);
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

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  Napi::Array kernels = Napi::Array::New(env);
  for (const Kernel* kernel : RunnableKernels()) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("path", kernel->path);
    Set<CallBlockRoots>(object, "blockRoots", kernel);
    Set<CallFoldRoots>(object, "foldRoots", kernel);
    Set<CallChunkIds>(object, "chunkIds", kernel);
    Set<CallBlockNodes>(object, "blockNodes", kernel);
    Set<CallNodeLevel>(object, "nodeLevel", kernel);
    SetReplicaCalls(object, kernel);
    SetVerifyCalls(object, kernel);
    SetGraphCalls(object, kernel);
    Set<CallSha256>(object, "sha256", kernel);
    Set<CallCompress>(object, "compress", kernel);
    kernels.Set(kernels.Length(), object);
  }
  exports.Set("kernels", kernels);
  SetVrfCalls(exports);
#ifdef PROVENDER_OPENSSL
  SetRecoveryCalls(exports);
#endif
  return exports;
}

NODE_API_MODULE(core, Init)

}  // namespace
}  // namespace provender
