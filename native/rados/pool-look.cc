// look: a read operation of several steps, all of one point in time.
#include <ctime>
#include <deque>
#include <optional>
#include <vector>

#include "../shared/arguments.h"
#include "pool.h"
#include "steps.h"

namespace provender {
namespace {

/// Rows that one omap step found.
struct OmapRows {
  rados_omap_iter_t rows = nullptr;
  unsigned char more = 0;
  OmapRows() = default;
  OmapRows(const OmapRows&) = delete;
  OmapRows& operator=(const OmapRows&) = delete;
  ~OmapRows() {
    if (rows != nullptr) rados_omap_get_end(rows);
  }
};

void Append(Napi::Array pairs, const char* name, size_t name_size, const char* value, size_t value_size) {
  Napi::Env env = pairs.Env();
  Napi::Array pair = Napi::Array::New(env, 2);
  pair.Set(0u, Napi::String::New(env, name, name_size));
  pair.Set(1u, Napi::Value(env, CopyOf(env, value, value_size)));
  pairs.Set(pairs.Length(), pair);
}

/// Where librados puts what the steps ask for, before it calls back. Addresses stay: lists grow without
/// moving.
class LookOperation final : public RadosOperation {
 public:
  using RadosOperation::RadosOperation;
  ~LookOperation() override {
    if (xattrs != nullptr) rados_getxattrs_end(xattrs);
  }

  std::deque<size_t> lengths;
  rados_xattrs_iter_t xattrs = nullptr;
  bool has_stat = false;
  uint64_t size = 0;
  time_t seconds = 0;
  std::deque<OmapRows> omap;
  bool has_range = false;

  /// { lengths, xattrs?, stat?, omap?, more? }
  napi_value Extra(napi_env env, int32_t rc) override {
    if (rc < 0) return nullptr;
    try {
      return ToObject(env);
    } catch (const Napi::Error&) {
      return nullptr;  // the environment is being terminated
    }
  }

 private:
  Napi::Object ToObject(Napi::Env env) {
    Napi::Object found = Napi::Object::New(env);
    Napi::Array list = Napi::Array::New(env, lengths.size());
    for (uint32_t i = 0; i < lengths.size(); i++) list.Set(i, static_cast<double>(lengths[i]));
    found.Set("lengths", list);
    if (xattrs != nullptr) found.Set("xattrs", Xattrs(env));
    if (has_stat) {
      Napi::Array stat = Napi::Array::New(env, 2);
      stat.Set(0u, static_cast<double>(size));
      stat.Set(1u, static_cast<double>(seconds) * 1000);
      found.Set("stat", stat);
    }
    if (!omap.empty()) found.Set("omap", Rows(env));
    if (has_range) found.Set("more", HasMore());
    return found;
  }

  Napi::Array Xattrs(Napi::Env env) {
    Napi::Array pairs = Napi::Array::New(env);
    for (;;) {
      const char *name = nullptr, *value = nullptr;
      size_t value_size = 0;
      if (rados_getxattrs_next(xattrs, &name, &value, &value_size) < 0 || name == nullptr) return pairs;
      Append(pairs, name, NAPI_AUTO_LENGTH, value, value_size);
    }
  }

  Napi::Array Rows(Napi::Env env) {
    Napi::Array pairs = Napi::Array::New(env);
    for (const OmapRows& step : omap) {
      char *key = nullptr, *value = nullptr;
      size_t key_size = 0, value_size = 0;
      while (rados_omap_get_next2(step.rows, &key, &value, &key_size, &value_size) == 0 && key != nullptr) {
        Append(pairs, key, key_size, value, value_size);
      }
    }
    return pairs;
  }

  bool HasMore() const {
    for (const OmapRows& step : omap) {
      if (step.more != 0) return true;
    }
    return false;
  }
};

/// Thread: JS. Owns the operation until it is submitted, when librados has taken over its contents.
class ReadOp {
 public:
  ReadOp(LookOperation& found, Bytes into) : op_(rados_create_read_op()), found_(found), left_(into) {}
  ReadOp(const ReadOp&) = delete;
  ReadOp& operator=(const ReadOp&) = delete;
  ~ReadOp() { rados_release_read_op(op_); }

  rados_read_op_t get() const { return op_; }

  /// Implements: rados_read_op_getxattrs, _stat, _omap_get_vals_by_keys2, _omap_get_vals2
  void Add(const StepFields& fields) {
    switch (fields.Code()) {
      case Step::kRead:
        return AddRead(fields);
      case Step::kXattrs:
        if (found_.xattrs != nullptr) ThrowTypeError(fields.env(), "look: xattrs asked for twice");
        return rados_read_op_getxattrs(op_, &found_.xattrs, nullptr);
      case Step::kStat:
        found_.has_stat = true;
        return rados_read_op_stat(op_, &found_.size, &found_.seconds, nullptr);
      case Step::kOmapKeys: {
        const TextList keys(fields);
        OmapRows& rows = found_.omap.emplace_back();
        return rados_read_op_omap_get_vals_by_keys2(op_, keys.data(), keys.count(), keys.sizes(), &rows.rows,
                                                    nullptr);
      }
      case Step::kOmapRange:
        return AddRange(fields);
      default:
        ThrowTypeError(fields.env(), "look: unknown step");
    }
  }

 private:
  /// An OSD takes length 0 for "all of it"; here it asks whether there is an object.
  /// Implements: void rados_read_op_read(rados_read_op_t read_op, uint64_t offset, size_t len, char* buffer,
  ///     size_t* bytes_read, int* prval)
  void AddRead(const StepFields& fields) {
    const uint64_t offset = fields.Size(1), length = fields.Size(2);
    size_t& found = found_.lengths.emplace_back(0);
    if (length > left_.size) ThrowTypeError(fields.env(), "look: `into` is shorter than its reads");
    if (length == 0) return rados_read_op_assert_exists(op_);
    rados_read_op_read(op_, offset, length, left_.data, &found, nullptr);
    left_ = {left_.data + length, left_.size - length};
  }

  /// Implements: void rados_read_op_omap_get_vals2(rados_read_op_t read_op, const char* start_after,
  ///     const char* filter_prefix, uint64_t max_return, rados_omap_iter_t* iter, unsigned char* pmore, int*
  ///     prval)
  void AddRange(const StepFields& fields) {
    const std::string after = fields.Text(1), prefix = fields.Text(2);
    const uint64_t limit = fields.Size(3);
    OmapRows& rows = found_.omap.emplace_back();
    found_.has_range = true;
    rados_read_op_omap_get_vals2(op_, after.c_str(), prefix.c_str(), limit, &rows.rows, &rows.more, nullptr);
  }

  const rados_read_op_t op_;
  LookOperation& found_;
  Bytes left_;
};

}  // namespace

/// look(id, key, steps, into?): void. `into` lies over shared memory and is held until the sink has the
/// result; the extra is there when the operation went well. Implements: int
/// rados_aio_read_op_operate(rados_read_op_t read_op, rados_ioctx_t io, rados_completion_t completion,
///     const char* oid, int flags)
void Pool::Look(const Napi::CallbackInfo& info) {
  const Key key(info.Env(), info[1]);
  auto operation = New<LookOperation>(info);
  Bytes into = {nullptr, 0};
  if (!info[3].IsUndefined()) operation->Hold(environment_.pins().Hold(info[3], &into));
  ReadOp op(*operation, into);
  const uint32_t count = ArrayLength(info.Env(), info[2]);
  for (uint32_t i = 0; i < count; i++) op.Add(StepFields(info.Env(), Element(info.Env(), info[2], i)));
  RadosOperation::Run(std::move(operation), [&](LookOperation& it) {
    return rados_aio_read_op_operate(op.get(), it.io(), it.completion(), key.c_str(),
                                     LIBRADOS_OPERATION_NOFLAG);
  });
}

}  // namespace provender
