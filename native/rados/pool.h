#pragma once

#include <napi.h>

#include <memory>
#include <utility>

#include "environment.h"
#include "rados-operation.h"

namespace provender {

/// NativePool: the operations of one pool and namespace, a file for each family. Each submits at once and
/// never waits; what librados refuses is completed with its code. All arguments are read before anything is
/// submitted. Thread: JS. Lifetime: JavaScript's; operations in flight go on without it.
class Pool final : public Napi::ObjectWrap<Pool> {
 public:
  static Napi::Function Define(Napi::Env env, Environment* environment);
  explicit Pool(const Napi::CallbackInfo& info);

 private:
  // pool-read.cc
  void Read(const Napi::CallbackInfo& info);
  void Stat(const Napi::CallbackInfo& info);
  // pool-write.cc
  void Write(const Napi::CallbackInfo& info);
  void WriteFull(const Napi::CallbackInfo& info);
  void Append(const Napi::CallbackInfo& info);
  void Truncate(const Napi::CallbackInfo& info);
  void Remove(const Napi::CallbackInfo& info);
  void Flush(const Napi::CallbackInfo& info);
  // pool-batch.cc
  void ReadMany(const Napi::CallbackInfo& info);
  void WriteMany(const Napi::CallbackInfo& info);
  // pool-change.cc, pool-look.cc
  void Change(const Napi::CallbackInfo& info);
  void Look(const Napi::CallbackInfo& info);
  // pool-list.cc
  Napi::Value ListPage(const Napi::CallbackInfo& info);
  Napi::Value Stats(const Napi::CallbackInfo& info);
  // pool.cc
  void Cancel(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  const std::shared_ptr<IoContext>& Io(napi_env env) const;

  /// An operation of this pool under the id that is the first argument.
  template <typename Kind, typename... More>
  std::unique_ptr<Kind> New(const Napi::CallbackInfo& info, More... more) {
    return std::make_unique<Kind>(ToId(info.Env(), info[0]), environment_.hub(), Io(info.Env()), more...);
  }

  Environment& environment_;
  std::shared_ptr<PoolState> state_;
};

}  // namespace provender
