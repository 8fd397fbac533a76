// look: a read operation of several steps, all of one point in time.
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../shared/arguments.h"
#include "pool.h"
#include "steps.h"

namespace provender {
namespace {

/// An operation counts its steps in a u16 on its way to an OSD.
constexpr uint32_t kMostSteps = 0xffff;

/// Where librados puts what one step asks for, before it calls back. Lifetime: with its operation; stays at
/// its address. Owns the lists that librados makes.
struct Found {
  Step step = Step::kStat;
  size_t length = 0;                     // kRead
  rados_xattrs_iter_t xattrs = nullptr;  // kXattrs
  uint64_t size = 0;                     // kStat
  time_t seconds = 0;
  rados_omap_iter_t rows = nullptr;  // kOmapKeys, kOmapRange
  unsigned char more = 0;

  Found() = default;
  Found(const Found&) = delete;
  Found& operator=(const Found&) = delete;
  ~Found() {
    if (xattrs != nullptr) rados_getxattrs_end(xattrs);
    if (rows != nullptr) rados_omap_get_end(rows);
  }
};

/// What the steps found as one flat array, since objects and a buffer for each value would cost more than the
/// read itself. Thread: JS.
class Answer {
 public:
  explicit Answer(napi_env env) : env_(env), fields_(1) {}

  void Add(const Found& found) {
    switch (found.step) {
      case Step::kRead:
        return Number(found.length);
      case Step::kStat:
        Number(found.size);
        return Number(static_cast<double>(found.seconds) * 1000);
      case Step::kXattrs:
        return AddXattrs(found.xattrs);
      case Step::kOmapKeys:
        return AddRows(found.rows);
      default:
        AddRows(found.rows);
        return Number(found.more);
    }
  }

  napi_value ToArray() {
    Require(napi_get_undefined(env_, &fields_[0]));
    if (!values_.empty()) fields_[0] = CopyOf(env_, values_.data(), values_.size());
    napi_value array = nullptr;
    Require(napi_create_array_with_length(env_, fields_.size(), &array));
    for (uint32_t i = 0; i < fields_.size(); i++) Require(napi_set_element(env_, array, i, fields_[i]));
    return array;
  }

 private:
  void Require(napi_status status) const {
    if (status != napi_ok) throw Napi::Error::New(env_);  // the environment is being terminated
  }

  napi_value MakeNumber(double number) const {
    napi_value value = nullptr;
    Require(napi_create_double(env_, number, &value));
    return value;
  }

  void Number(double number) { fields_.push_back(MakeNumber(number)); }

  void Pair(const char* name, size_t name_size, const char* value, size_t value_size) {
    Require(napi_create_string_utf8(env_, name, name_size, &fields_.emplace_back(nullptr)));
    Number(static_cast<double>(value_size));
    values_.append(value, value_size);
  }

  /// The count comes first and is known last.
  template <typename Next>
  void Counted(Next next) {
    const size_t at = fields_.size();
    fields_.push_back(nullptr);
    double count = 0;
    while (next()) count++;
    fields_[at] = MakeNumber(count);
  }

  /// Implements: int rados_getxattrs_next(rados_xattrs_iter_t iter, const char** name, const char** val,
  /// size_t* len)
  void AddXattrs(rados_xattrs_iter_t xattrs) {
    Counted([&] {
      const char *name = nullptr, *value = nullptr;
      size_t size = 0;
      if (rados_getxattrs_next(xattrs, &name, &value, &size) < 0 || name == nullptr) return false;
      Pair(name, NAPI_AUTO_LENGTH, value, size);
      return true;
    });
  }

  /// Implements: int rados_omap_get_next2(rados_omap_iter_t iter, char** key, char** val, size_t* key_len,
  ///     size_t* val_len)
  void AddRows(rados_omap_iter_t rows) {
    Counted([&] {
      char *key = nullptr, *value = nullptr;
      size_t key_size = 0, value_size = 0;
      if (rados_omap_get_next2(rows, &key, &value, &key_size, &value_size) != 0 || key == nullptr)
        return false;
      Pair(key, key_size, value, value_size);
      return true;
    });
  }

  const napi_env env_;
  std::vector<napi_value> fields_;
  std::string values_;
};

class LookOperation final : public RadosOperation {
 public:
  LookOperation(uint32_t id, std::shared_ptr<CompletionHub> hub, std::shared_ptr<IoContext> io,
                uint32_t steps)
      : RadosOperation(id, std::move(hub), std::move(io)), steps_(steps), found_(new Found[steps]) {}

  Found& found(uint32_t step) { return found_[step]; }

  napi_value Extra(napi_env env, int32_t rc) override {
    if (rc < 0) return nullptr;
    try {
      Answer answer(env);
      for (uint32_t i = 0; i < steps_; i++) answer.Add(found_[i]);
      return answer.ToArray();
    } catch (const Napi::Error&) {
      return nullptr;  // the environment is being terminated
    }
  }

 private:
  const uint32_t steps_;
  const std::unique_ptr<Found[]> found_;
};

/// Thread: JS. Owns the operation until it is submitted, when librados has taken over its contents.
class ReadOp {
 public:
  explicit ReadOp(Bytes into) : op_(rados_create_read_op()), left_(into) {}
  ReadOp(const ReadOp&) = delete;
  ReadOp& operator=(const ReadOp&) = delete;
  ~ReadOp() { rados_release_read_op(op_); }

  rados_read_op_t get() const { return op_; }

  /// Implements: rados_read_op_getxattrs, _stat, _omap_get_vals_by_keys2, _omap_get_vals2
  void Add(const StepFields& fields, Found& found) {
    found.step = fields.Code();
    switch (found.step) {
      case Step::kRead:
        return AddRead(fields, found);
      case Step::kXattrs:
        return rados_read_op_getxattrs(op_, &found.xattrs, nullptr);
      case Step::kStat:
        return rados_read_op_stat(op_, &found.size, &found.seconds, nullptr);
      case Step::kOmapKeys: {
        const TextList keys(fields);
        return rados_read_op_omap_get_vals_by_keys2(op_, keys.data(), keys.count(), keys.sizes(), &found.rows,
                                                    nullptr);
      }
      case Step::kOmapRange:
        return AddRange(fields, found);
      default:
        ThrowTypeError(fields.env(), "look: unknown step");
    }
  }

 private:
  /// An OSD takes length 0 for "all of it"; here it asks whether there is an object.
  /// Implements: void rados_read_op_read(rados_read_op_t read_op, uint64_t offset, size_t len, char* buffer,
  ///     size_t* bytes_read, int* prval)
  void AddRead(const StepFields& fields, Found& found) {
    const uint64_t offset = fields.Size(1), length = fields.Size(2);
    if (length > left_.size) ThrowTypeError(fields.env(), "look: `into` is shorter than its reads");
    if (length == 0) return rados_read_op_assert_exists(op_);
    rados_read_op_read(op_, offset, length, left_.data, &found.length, nullptr);
    left_ = {left_.data + length, left_.size - length};
  }

  /// Implements: void rados_read_op_omap_get_vals2(rados_read_op_t read_op, const char* start_after,
  ///     const char* filter_prefix, uint64_t max_return, rados_omap_iter_t* iter, unsigned char* pmore, int*
  ///     prval)
  void AddRange(const StepFields& fields, Found& found) {
    const std::string after = fields.Text(1), prefix = fields.Text(2);
    const uint64_t limit = fields.Size(3);
    rados_read_op_omap_get_vals2(op_, after.c_str(), prefix.c_str(), limit, &found.rows, &found.more,
                                 nullptr);
  }

  const rados_read_op_t op_;
  Bytes left_;
};

}  // namespace

/// look(id, key, steps, into?): void. `into` lies over shared memory and is held until the sink has the
/// result; the extra is there when the operation went well. Implements: int
/// rados_aio_read_op_operate(rados_read_op_t read_op, rados_ioctx_t io, rados_completion_t completion,
///     const char* oid, int flags)
void Pool::Look(const Napi::CallbackInfo& info) {
  const Key key(info.Env(), info[1]);
  const uint32_t count = ArrayLength(info.Env(), info[2]);
  if (count > kMostSteps) ThrowTypeError(info.Env(), "look: more steps than an operation holds");
  auto operation = New<LookOperation>(info, count);
  Bytes into = {nullptr, 0};
  if (!info[3].IsUndefined()) operation->Hold(environment_.pins().Hold(info[3], &into));
  ReadOp op(into);
  for (uint32_t i = 0; i < count; i++) {
    op.Add(StepFields(info.Env(), Element(info.Env(), info[2], i)), operation->found(i));
  }
  RadosOperation::Run(std::move(operation), [&](LookOperation& it) {
    return rados_aio_read_op_operate(op.get(), it.io(), it.completion(), key.c_str(),
                                     LIBRADOS_OPERATION_NOFLAG);
  });
}

}  // namespace provender
