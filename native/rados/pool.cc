#include "pool.h"

namespace provender {

Napi::Function Pool::Define(Napi::Env env, Environment* environment) {
  return DefineClass(
      env, "NativePool",
      {InstanceMethod<&Pool::Read>("read"), InstanceMethod<&Pool::Stat>("stat"),
       InstanceMethod<&Pool::Write>("write"), InstanceMethod<&Pool::WriteFull>("writeFull"),
       InstanceMethod<&Pool::Append>("append"), InstanceMethod<&Pool::Truncate>("truncate"),
       InstanceMethod<&Pool::Remove>("remove"), InstanceMethod<&Pool::Flush>("flush"),
       InstanceMethod<&Pool::ReadMany>("readMany"), InstanceMethod<&Pool::WriteMany>("writeMany"),
       InstanceMethod<&Pool::Change>("change"), InstanceMethod<&Pool::Look>("look"),
       InstanceMethod<&Pool::ListPage>("listPage"), InstanceMethod<&Pool::Stats>("stats"),
       InstanceMethod<&Pool::Cancel>("cancel"), InstanceMethod<&Pool::Close>("close")},
      environment);
}

Pool::Pool(const Napi::CallbackInfo& info)
    : ObjectWrap(info), environment_(*static_cast<Environment*>(info.Data())) {
  if (!info[0].IsExternal()) ThrowTypeError(info.Env(), "NativePool: only NativeCluster.pool makes one");
  state_ = *info[0].As<Napi::External<std::shared_ptr<PoolState>>>().Data();
}

const std::shared_ptr<IoContext>& Pool::Io(napi_env env) const {
  if (state_->io == nullptr) ThrowTypeError(env, "NativePool: closed");
  return state_->io;
}

/// cancel(id): void. The operation still ends through the sink, soon; -ECANCELED leaves a write's outcome
/// unknown.
void Pool::Cancel(const Napi::CallbackInfo& info) {
  environment_.hub()->Cancel(ToId(info.Env(), info[0]));
}

/// close(): void. Drops this reference to the ioctx; operations in flight keep theirs.
void Pool::Close(const Napi::CallbackInfo&) {
  state_->io.reset();
}

}  // namespace provender
