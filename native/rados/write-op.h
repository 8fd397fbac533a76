#pragma once

#include <rados/librados.h>

namespace provender {

/// Changes that are done together; submitted, it can go, for librados has taken over its contents. Thread:
/// JS.
class WriteOp {
 public:
  WriteOp() : op_(rados_create_write_op()) {}
  WriteOp(const WriteOp&) = delete;
  WriteOp& operator=(const WriteOp&) = delete;
  ~WriteOp() { rados_release_write_op(op_); }

  rados_write_op_t get() const { return op_; }

  /// Implements: int rados_aio_write_op_operate(rados_write_op_t write_op, rados_ioctx_t io,
  ///     rados_completion_t completion, const char* oid, time_t* mtime, int flags)
  int Submit(rados_ioctx_t io, rados_completion_t completion, const char* key) {
    return rados_aio_write_op_operate(op_, io, completion, key, nullptr, LIBRADOS_OPERATION_FULL_TRY);
  }

 private:
  const rados_write_op_t op_;
};

}  // namespace provender
