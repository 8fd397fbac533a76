#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "../shared/completion-hub.h"
#include "../shared/pins.h"
#include "io-context.h"

namespace provender {

/// The part of a NativePool that closing drops; null afterwards. Thread: JS.
struct PoolState {
  std::shared_ptr<IoContext> io;
};

/// The part of a NativeCluster that closing drops, with its pools. Thread: JS, but its end may come anywhere.
struct ClusterState {
  std::shared_ptr<ClusterShare> share;
  std::vector<std::weak_ptr<PoolState>> pools;

  void Close();
};

/// What belongs to one environment (the main thread or a worker), as its instance data. Thread: JS.
/// Lifetime: that of the environment; its operations end before, in the hub's clean-up hook.
class Environment final : public Napi::Addon<Environment> {
 public:
  Environment(Napi::Env env, Napi::Object exports);

  const std::shared_ptr<CompletionHub>& hub() const { return hub_; }
  Pins& pins() { return pins_; }
  Napi::Object NewPool(Napi::Env env, std::shared_ptr<PoolState> state);

 private:
  void Start(const Napi::CallbackInfo& info);
  Napi::Value Connect(const Napi::CallbackInfo& info);
  Napi::Object NewCluster(Napi::Env env, std::shared_ptr<ClusterShare> share);
  static void CleanUp(void* environment);

  Pins pins_;
  std::shared_ptr<CompletionHub> hub_;
  std::vector<std::weak_ptr<ClusterState>> clusters_;
  Napi::FunctionReference cluster_class_, pool_class_;
};

}  // namespace provender
