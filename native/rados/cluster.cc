#include "cluster.h"

#include <cerrno>
#include <string>
#include <utility>

#include "../shared/promised.h"

namespace provender {
namespace {

using SharePointer = std::shared_ptr<ClusterShare>;

/// Stands for "no result".
struct Nothing {};

Napi::Value ToUndefined(Napi::Env env, Nothing&) {
  return env.Undefined();
}

/// Text that librados has allocated.
struct RadosBuffer {
  char* data = nullptr;
  size_t size = 0;
  RadosBuffer() = default;
  RadosBuffer(const RadosBuffer&) = delete;
  RadosBuffer& operator=(const RadosBuffer&) = delete;
  ~RadosBuffer() { rados_buffer_free(data); }
  std::string Text() const { return data == nullptr ? std::string() : std::string(data, size); }
};

struct MonAnswer {
  int rc;
  std::string output, status;
};

/// Implements: int rados_mon_command(rados_t cluster, const char** cmd, size_t cmdlen, const char* inbuf,
///     size_t inbuflen, char** outbuf, size_t* outbuflen, char** outs, size_t* outslen)
MonAnswer AskMonitors(rados_t cluster, const std::string& command) {
  const char* commands[] = {command.c_str()};
  RadosBuffer output, status;
  const int rc =
      rados_mon_command(cluster, commands, 1, "", 0, &output.data, &output.size, &status.data, &status.size);
  return {rc, output.Text(), status.Text()};
}

Napi::Value FromMonAnswer(Napi::Env env, MonAnswer& answer) {
  Napi::Array triple = Napi::Array::New(env, 3);
  triple.Set(0u, answer.rc);
  triple.Set(1u, Napi::Value(env, CopyOf(env, answer.output.data(), answer.output.size())));
  triple.Set(2u, answer.status);
  return triple;
}

}  // namespace

Napi::Function Cluster::Define(Napi::Env env, Environment* environment) {
  return DefineClass(
      env, "NativeCluster",
      {InstanceMethod<&Cluster::OpenPool>("pool"), InstanceMethod<&Cluster::Usage>("usage"),
       InstanceMethod<&Cluster::Address>("address"), InstanceMethod<&Cluster::Blocklist>("blocklist"),
       InstanceMethod<&Cluster::WaitForLatestMap>("waitForLatestMap"),
       InstanceMethod<&Cluster::MonCommand>("monCommand"), InstanceMethod<&Cluster::Close>("close")},
      environment);
}

Cluster::Cluster(const Napi::CallbackInfo& info)
    : ObjectWrap(info), environment_(*static_cast<Environment*>(info.Data())) {
  if (!info[0].IsExternal()) ThrowTypeError(info.Env(), "NativeCluster: only connect makes one");
  state_ = *info[0].As<Napi::External<std::shared_ptr<ClusterState>>>().Data();
}

SharePointer Cluster::Share(const Napi::CallbackInfo& info) const {
  if (state_->share == nullptr) ThrowTypeError(info.Env(), "NativeCluster: closed");
  return state_->share;
}

/// pool(name, namespace): Promise<NativePool>. Waits for a newer map when the pool is not known yet.
Napi::Value Cluster::OpenPool(const Napi::CallbackInfo& info) {
  using Context = std::shared_ptr<IoContext>;
  return Promised<Context>(
      info.Env(), environment_.hub(),
      [share = Share(info), name = ToText(info.Env(), info[0]), name_space = ToText(info.Env(), info[1])] {
        return std::make_shared<IoContext>(share, name, name_space);
      },
      [environment = &environment_, cluster = state_](Napi::Env env, Context& io) -> Napi::Value {
        if (cluster->share == nullptr) throw CallFailure{-ESHUTDOWN, "rados_ioctx_create", "after close"};
        auto pool = std::make_shared<PoolState>(PoolState{std::move(io)});
        std::erase_if(cluster->pools, [](const std::weak_ptr<PoolState>& known) { return known.expired(); });
        cluster->pools.push_back(pool);
        return environment->NewPool(env, std::move(pool));
      });
}

/// usage(): Promise<[totalBytes, usedBytes, objects]>, of the whole cluster, replicas counted.
/// Implements: int rados_cluster_stat(rados_t cluster, struct rados_cluster_stat_t* result)
Napi::Value Cluster::Usage(const Napi::CallbackInfo& info) {
  using Stat = rados_cluster_stat_t;
  return Promised<Stat>(
      info.Env(), environment_.hub(),
      [share = Share(info)] {
        Stat stat;
        Require(rados_cluster_stat(share->get(), &stat), "rados_cluster_stat", "");
        return stat;
      },
      [](Napi::Env env, Stat& stat) -> Napi::Value {
        Napi::Array triple = Napi::Array::New(env, 3);
        triple.Set(0u, Napi::BigInt::New(env, uint64_t{stat.kb} * 1024));
        triple.Set(1u, Napi::BigInt::New(env, uint64_t{stat.kb_used} * 1024));
        triple.Set(2u, Napi::BigInt::New(env, uint64_t{stat.num_objects}));
        return triple;
      });
}

/// address(): string. Asks nobody.
/// Implements: int rados_getaddrs(rados_t cluster, char** addrs)
Napi::Value Cluster::Address(const Napi::CallbackInfo& info) {
  const SharePointer share = Share(info);
  RadosBuffer addresses;
  const int rc = rados_getaddrs(share->get(), &addresses.data);
  if (rc < 0) throw MakeError(info.Env(), {rc, "rados_getaddrs", ""});
  return Napi::String::New(info.Env(), addresses.data);
}

/// blocklist(address, seconds): Promise<void>. From then on the OSDs refuse what this client sends.
/// Implements: int rados_blocklist_add(rados_t cluster, char* client_address, uint32_t expire_seconds)
Napi::Value Cluster::Blocklist(const Napi::CallbackInfo& info) {
  return Promised<Nothing>(
      info.Env(), environment_.hub(),
      [share = Share(info), address = ToText(info.Env(), info[0]), seconds = ToId(info.Env(), info[1])] {
        std::string writable = address;
        Require(rados_blocklist_add(share->get(), writable.data(), seconds), "rados_blocklist_add", address);
        return Nothing();
      },
      ToUndefined);
}

/// waitForLatestMap(): Promise<void>.
/// Implements: int rados_wait_for_latest_osdmap(rados_t cluster)
Napi::Value Cluster::WaitForLatestMap(const Napi::CallbackInfo& info) {
  return Promised<Nothing>(
      info.Env(), environment_.hub(),
      [share = Share(info)] {
        Require(rados_wait_for_latest_osdmap(share->get()), "rados_wait_for_latest_osdmap", "");
        return Nothing();
      },
      ToUndefined);
}

/// monCommand(command): Promise<[rc, output, status]>. A command that the monitors refuse is an answer, not a
/// rejection.
Napi::Value Cluster::MonCommand(const Napi::CallbackInfo& info) {
  return Promised<MonAnswer>(
      info.Env(), environment_.hub(),
      [share = Share(info), command = ToText(info.Env(), info[0])] {
        return AskMonitors(share->get(), command);
      },
      FromMonAnswer);
}

/// close(): Promise<void>. Pools of this cluster are closed with it. Resolves when the share is given back
/// and, if it was the last one, the connection is shut down. Closed twice is closed.
Napi::Value Cluster::Close(const Napi::CallbackInfo& info) {
  struct Held {
    SharePointer share;
    std::vector<std::shared_ptr<IoContext>> contexts;
  };
  auto held = std::make_shared<Held>();
  held->share = state_->share;
  for (const std::weak_ptr<PoolState>& known : state_->pools) {
    const std::shared_ptr<PoolState> pool = known.lock();
    if (pool != nullptr) held->contexts.push_back(pool->io);
  }
  state_->Close();
  return Promised<Nothing>(
      info.Env(), environment_.hub(),
      [held = std::move(held)] {
        held->contexts.clear();
        held->share.reset();
        return Nothing();
      },
      ToUndefined);
}

}  // namespace provender
