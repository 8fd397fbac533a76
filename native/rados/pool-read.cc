#include <ctime>

#include "../shared/arguments.h"
#include "pool.h"

namespace provender {
namespace {

/// Size and time come to its own fields, which librados writes before it calls back.
class StatOperation final : public RadosOperation {
 public:
  using RadosOperation::RadosOperation;
  uint64_t size = 0;
  time_t seconds = 0;

  napi_value Extra(napi_env env, int32_t rc) override {
    napi_value pair, value;
    if (rc < 0 || napi_create_array_with_length(env, 2, &pair) != napi_ok) return nullptr;
    napi_create_double(env, static_cast<double>(size), &value);
    napi_set_element(env, pair, 0, value);
    napi_create_double(env, static_cast<double>(seconds) * 1000, &value);
    napi_set_element(env, pair, 1, value);
    return pair;
  }
};

}  // namespace

/// read(id, key, offset, into): void. `into` lies over shared memory and is held until the sink has the
/// bytes' number. A length of 0 means "all of it" to an OSD and would overrun `into`, so existence is all
/// that is asked for then. Implements: int rados_aio_read(rados_ioctx_t io, const char* oid,
/// rados_completion_t completion, char* buf,
///     size_t len, uint64_t off)
void Pool::Read(const Napi::CallbackInfo& info) {
  const Key key(info.Env(), info[1]);
  const uint64_t offset = ToSize(info.Env(), info[2]);
  Bytes into;
  Pin pin = environment_.pins().Hold(info[3], &into);
  auto operation = New<RadosOperation>(info);
  operation->Hold(std::move(pin));
  RadosOperation::Run(std::move(operation), [&](RadosOperation& it) {
    if (into.size == 0) return rados_aio_stat(it.io(), key.c_str(), it.completion(), nullptr, nullptr);
    return rados_aio_read(it.io(), key.c_str(), it.completion(), into.data, into.size, offset);
  });
}

/// stat(id, key): void. The sink's extra is [size, mtimeMs]; this call knows whole seconds.
/// Implements: int rados_aio_stat(rados_ioctx_t io, const char* o, rados_completion_t completion, uint64_t*
/// psize,
///     time_t* pmtime)
void Pool::Stat(const Napi::CallbackInfo& info) {
  const Key key(info.Env(), info[1]);
  RadosOperation::Run(New<StatOperation>(info), [&](StatOperation& it) {
    return rados_aio_stat(it.io(), key.c_str(), it.completion(), &it.size, &it.seconds);
  });
}

}  // namespace provender
