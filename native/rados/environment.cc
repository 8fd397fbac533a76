// rados.node: what src/objects/rados/client/native-binding.ts calls NativeRados.
#include "environment.h"

#include <utility>

#include "../shared/background.h"
#include "../shared/promised.h"
#include "cluster.h"
#include "pool.h"

namespace provender {
namespace {

Napi::Value Version(Napi::Env env) {
  int parts[3] = {};
  rados_version(&parts[0], &parts[1], &parts[2]);
  Napi::Array version = Napi::Array::New(env, 3);
  for (uint32_t i = 0; i < 3; i++) version.Set(i, parts[i]);
  return version;
}

std::string WithClient(const std::string& user) {
  return user.starts_with("client.") ? user : "client." + user;
}

ConnectSettings ToSettings(Napi::Object o) {
  ConnectSettings settings;
  settings.user = WithClient(ToText(o.Env(), o.Get("user")));
  settings.digest = ToText(o.Env(), o.Get("digest"));
  const Napi::Value file = o.Get("configFile");
  if (!file.IsUndefined()) settings.config_file = ToText(o.Env(), file);
  const napi_value options = o.Get("settings");
  for (uint32_t i = 0; i < ArrayLength(o.Env(), options); i++) {
    const napi_value option = Element(o.Env(), options, i);
    settings.options.emplace_back(ToText(o.Env(), Element(o.Env(), option, 0)),
                                  ToText(o.Env(), Element(o.Env(), option, 1)));
  }
  return settings;
}

template <typename State>
void RemoveExpired(std::vector<std::weak_ptr<State>>& states) {
  std::erase_if(states, [](const std::weak_ptr<State>& state) { return state.expired(); });
}

}  // namespace

void ClusterState::Close() {
  for (const std::weak_ptr<PoolState>& known : pools) {
    const std::shared_ptr<PoolState> pool = known.lock();
    if (pool != nullptr) pool->io.reset();
  }
  pools.clear();
  share.reset();
}

Environment::Environment(Napi::Env env, Napi::Object exports) : pins_(env) {
  DefineAddon(exports, {InstanceValue("version", Version(env), napi_enumerable),
                        InstanceMethod("start", &Environment::Start),
                        InstanceMethod("connect", &Environment::Connect)});
  cluster_class_ = Napi::Persistent(Cluster::Define(env, this));
  pool_class_ = Napi::Persistent(Pool::Define(env, this));
}

/// start(sink): void. Once, before the first operation. The hook here is added before the hub's, so it runs
/// after it.
void Environment::Start(const Napi::CallbackInfo& info) {
  if (hub_ != nullptr) ThrowTypeError(info.Env(), "start: was called before");
  if (!info[0].IsFunction()) ThrowTypeError(info.Env(), "start: function expected");
  napi_add_env_cleanup_hook(info.Env(), CleanUp, this);
  hub_ = CompletionHub::Open(info.Env(), info[0]);
}

/// Nothing is in flight any more. Connections that nobody else uses are shut down here and now, so that
/// nothing of a terminated worker is left when its thread is gone.
void Environment::CleanUp(void* data) {
  const BlockingAllowed allowed;
  for (const std::weak_ptr<ClusterState>& known : static_cast<Environment*>(data)->clusters_) {
    const std::shared_ptr<ClusterState> cluster = known.lock();
    if (cluster != nullptr) cluster->Close();
  }
}

/// connect({user, configFile, settings, digest}): Promise<NativeCluster>. Waits for the monitors in the
/// background.
Napi::Value Environment::Connect(const Napi::CallbackInfo& info) {
  if (hub_ == nullptr) ThrowTypeError(info.Env(), "connect: start was not called");
  if (!info[0].IsObject()) ThrowTypeError(info.Env(), "connect: object expected");
  using Share = std::shared_ptr<ClusterShare>;
  return Promised<Share>(
      info.Env(), hub_,
      [settings = ToSettings(info[0].As<Napi::Object>()), hub = hub_] {
        return ClusterShare::Open(settings, hub.get());
      },
      [this](Napi::Env env, Share& share) -> Napi::Value { return NewCluster(env, std::move(share)); });
}

Napi::Object Environment::NewCluster(Napi::Env env, std::shared_ptr<ClusterShare> share) {
  auto state = std::make_shared<ClusterState>(ClusterState{std::move(share), {}});
  RemoveExpired(clusters_);
  clusters_.push_back(state);
  return cluster_class_.New({Napi::External<std::shared_ptr<ClusterState>>::New(env, &state)});
}

Napi::Object Environment::NewPool(Napi::Env env, std::shared_ptr<PoolState> state) {
  return pool_class_.New({Napi::External<std::shared_ptr<PoolState>>::New(env, &state)});
}

NODE_API_ADDON(Environment)

}  // namespace provender
