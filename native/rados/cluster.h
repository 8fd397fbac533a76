#pragma once

#include <napi.h>

#include <memory>

#include "environment.h"

namespace provender {

/// NativeCluster: one environment's share of a connection. Thread: JS; every call that may wait runs in the
/// background. Lifetime: JavaScript's. Collected without close(), it gives its share back all the same.
class Cluster final : public Napi::ObjectWrap<Cluster> {
 public:
  static Napi::Function Define(Napi::Env env, Environment* environment);
  explicit Cluster(const Napi::CallbackInfo& info);

 private:
  Napi::Value OpenPool(const Napi::CallbackInfo& info);
  Napi::Value Usage(const Napi::CallbackInfo& info);
  Napi::Value Address(const Napi::CallbackInfo& info);
  Napi::Value Blocklist(const Napi::CallbackInfo& info);
  Napi::Value WaitForLatestMap(const Napi::CallbackInfo& info);
  Napi::Value MonCommand(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  std::shared_ptr<ClusterShare> Share(const Napi::CallbackInfo& info) const;

  Environment& environment_;
  std::shared_ptr<ClusterState> state_;
};

}  // namespace provender
