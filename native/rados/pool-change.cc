// change: a write operation of several steps, done together or not at all.
#include <string>
#include <vector>

#include "../shared/arguments.h"
#include "pool.h"
#include "steps.h"
#include "write-op.h"

namespace provender {
namespace {

/// Implements: void rados_write_op_omap_set2(rados_write_op_t write_op, char const* const* keys,
///     char const* const* vals, const size_t* key_lens, const size_t* val_lens, size_t num)
void AddOmapSet(rados_write_op_t op, const StepFields& fields) {
  const TextList keys(fields, 2);
  std::vector<const char*> values;
  std::vector<size_t> sizes;
  for (uint32_t i = 0; i < keys.count(); i++) {
    const Bytes value = fields.Binary(2 + 2 * i);
    values.push_back(value.data);
    sizes.push_back(value.size);
  }
  rados_write_op_omap_set2(op, keys.data(), values.data(), keys.sizes(), sizes.data(), keys.count());
}

/// Implements: void rados_write_op_omap_rm_keys2(rados_write_op_t write_op, char const* const* keys,
///     const size_t* key_lens, size_t keys_len)
void AddOmapRemove(rados_write_op_t op, const StepFields& fields) {
  const TextList keys(fields);
  rados_write_op_omap_rm_keys2(op, keys.data(), keys.sizes(), keys.count());
}

/// Implements: void rados_write_op_omap_cmp2(rados_write_op_t write_op, const char* key, uint8_t
/// comparison_operator,
///     const char* val, size_t key_len, size_t val_len, int* prval)
void AddOmapCmp(rados_write_op_t op, const StepFields& fields) {
  const std::string key = fields.Text(1);
  const Bytes value = fields.Binary(2);
  rados_write_op_omap_cmp2(op, key.data(), LIBRADOS_CMPXATTR_OP_EQ, value.data, key.size(), value.size,
                           nullptr);
}

/// Implements: rados_write_op_create, _assert_exists, _write_full, _write, _remove, _setxattr, _cmpxattr
void AddStep(rados_write_op_t op, const StepFields& fields) {
  switch (fields.Code()) {
    case Step::kCreate:
      return rados_write_op_create(
          op, fields.Flag(1) ? LIBRADOS_CREATE_EXCLUSIVE : LIBRADOS_CREATE_IDEMPOTENT, nullptr);
    case Step::kAssertExists:
      return rados_write_op_assert_exists(op);
    case Step::kWriteFull:
      return rados_write_op_write_full(op, fields.Binary(1).data, fields.Binary(1).size);
    case Step::kWrite:
      return rados_write_op_write(op, fields.Binary(2).data, fields.Binary(2).size, fields.Size(1));
    case Step::kRemove:
      return rados_write_op_remove(op);
    case Step::kSetXattr:
      return rados_write_op_setxattr(op, fields.Text(1).c_str(), fields.Binary(2).data,
                                     fields.Binary(2).size);
    case Step::kCmpXattr:
      return rados_write_op_cmpxattr(op, fields.Text(1).c_str(), LIBRADOS_CMPXATTR_OP_EQ,
                                     fields.Binary(2).data, fields.Binary(2).size);
    case Step::kOmapSet:
      return AddOmapSet(op, fields);
    case Step::kOmapRemove:
      return AddOmapRemove(op, fields);
    case Step::kOmapCmp:
      return AddOmapCmp(op, fields);
    default:
      ThrowTypeError(fields.env(), "change: unknown step");
  }
}

}  // namespace

/// change(id, key, steps): void. librados copies what the steps carry. A guard that does not hold gives
/// -ECANCELED, as a cancelled operation does. Implements: int rados_aio_write_op_operate(rados_write_op_t
/// write_op, rados_ioctx_t io,
///     rados_completion_t completion, const char* oid, time_t* mtime, int flags)
void Pool::Change(const Napi::CallbackInfo& info) {
  const Key key(info.Env(), info[1]);
  const uint32_t count = ArrayLength(info.Env(), info[2]);
  WriteOp op;
  for (uint32_t i = 0; i < count; i++)
    AddStep(op.get(), StepFields(info.Env(), Element(info.Env(), info[2], i)));
  RadosOperation::Run(New<RadosOperation>(info),
                      [&](RadosOperation& it) { return op.Submit(it.io(), it.completion(), key.c_str()); });
}

}  // namespace provender
