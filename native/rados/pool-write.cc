// Changes of one kind each. librados copies what is written inside the submit call, so no input is held.
// -ETIMEDOUT and -ECANCELED leave the outcome unknown. FULL_TRY is set on the ioctx.
#include "../shared/arguments.h"
#include "pool.h"
#include "write-op.h"

namespace provender {

/// write(id, key, offset, bytes): void.
/// Implements: int rados_aio_write(rados_ioctx_t io, const char* oid, rados_completion_t completion, const
/// char* buf,
///     size_t len, uint64_t off)
void Pool::Write(const Napi::CallbackInfo& info) {
  const Key key(info.Env(), info[1]);
  const uint64_t offset = ToSize(info.Env(), info[2]);
  const Bytes bytes = ToBytes(info.Env(), info[3]);
  RadosOperation::Run(New<RadosOperation>(info), [&](RadosOperation& it) {
    return rados_aio_write(it.io(), key.c_str(), it.completion(), bytes.data, bytes.size, offset);
  });
}

/// writeFull(id, key, bytes): void.
/// Implements: int rados_aio_write_full(rados_ioctx_t io, const char* oid, rados_completion_t completion,
///     const char* buf, size_t len)
void Pool::WriteFull(const Napi::CallbackInfo& info) {
  const Key key(info.Env(), info[1]);
  const Bytes bytes = ToBytes(info.Env(), info[2]);
  RadosOperation::Run(New<RadosOperation>(info), [&](RadosOperation& it) {
    return rados_aio_write_full(it.io(), key.c_str(), it.completion(), bytes.data, bytes.size);
  });
}

/// append(id, key, bytes): void.
/// Implements: int rados_aio_append(rados_ioctx_t io, const char* oid, rados_completion_t completion, const
/// char* buf,
///     size_t len)
void Pool::Append(const Napi::CallbackInfo& info) {
  const Key key(info.Env(), info[1]);
  const Bytes bytes = ToBytes(info.Env(), info[2]);
  RadosOperation::Run(New<RadosOperation>(info), [&](RadosOperation& it) {
    return rados_aio_append(it.io(), key.c_str(), it.completion(), bytes.data, bytes.size);
  });
}

/// truncate(id, key, size): void. The C API has no aio call for it, but a write operation.
/// Implements: void rados_write_op_truncate(rados_write_op_t write_op, uint64_t offset)
void Pool::Truncate(const Napi::CallbackInfo& info) {
  const Key key(info.Env(), info[1]);
  WriteOp op;
  rados_write_op_truncate(op.get(), ToSize(info.Env(), info[2]));
  RadosOperation::Run(New<RadosOperation>(info),
                      [&](RadosOperation& it) { return op.Submit(it.io(), it.completion(), key.c_str()); });
}

/// remove(id, key): void.
/// Implements: int rados_aio_remove(rados_ioctx_t io, const char* oid, rados_completion_t completion)
void Pool::Remove(const Napi::CallbackInfo& info) {
  const Key key(info.Env(), info[1]);
  RadosOperation::Run(New<RadosOperation>(info), [&](RadosOperation& it) {
    return rados_aio_remove(it.io(), key.c_str(), it.completion());
  });
}

/// flush(id): void. Ends when all writes of this ioctx that were submitted before have been answered.
/// Implements: int rados_aio_flush_async(rados_ioctx_t io, rados_completion_t completion)
void Pool::Flush(const Napi::CallbackInfo& info) {
  RadosOperation::Run(New<RadosOperation>(info),
                      [](RadosOperation& it) { return rados_aio_flush_async(it.io(), it.completion()); });
}

}  // namespace provender
