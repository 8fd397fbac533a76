// Many objects with one crossing and one completion. Each result goes to its place in shared memory; what
// ends last completes the batch.
#include <atomic>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "../shared/arguments.h"
#include "pool.h"
#include "steps.h"

namespace provender {
namespace {

/// Thread and lifetime: those of Operation; `End` on any thread. Owns its completions; holds hub, ioctx and
/// shared memory.
class BatchOperation final : public Operation {
 public:
  BatchOperation(uint32_t id, std::shared_ptr<CompletionHub> hub, std::shared_ptr<IoContext> io)
      : Operation(id), hub_(std::move(hub)), io_(std::move(io)) {}

  ~BatchOperation() override {
    for (const Item& item : items_) rados_aio_release(item.completion);
  }

  void Cancel() noexcept override {
    for (const Item& item : items_) rados_aio_cancel(io_->get(), item.completion);
  }

  void Hold(Pin into, Pin results, int32_t* first_result) {
    into_ = std::move(into);
    results_pin_ = std::move(results);
    results_ = first_result;
  }

  /// Submits `count` items; `submit` gets ioctx, completion and index. Those that librados refuses end at
  /// once.
  template <typename Submit>
  static void Run(std::unique_ptr<BatchOperation> owned, uint32_t count, Submit submit) {
    BatchOperation& batch = *owned;
    const std::shared_ptr<CompletionHub> hub = batch.hub_;
    for (uint32_t i = 0; i < count; i++) batch.AddItem(i);
    batch.left_.store(count, std::memory_order_relaxed);
    hub->Begin(std::move(owned));
    if (count == 0) hub->Complete(&batch, 0);
    for (uint32_t i = 0; i < count; i++) {
      const int rc = submit(batch.io_->get(), batch.items_[i].completion, i);
      if (rc < 0) End(&batch.items_[i], rc);
    }
  }

 private:
  struct Item {
    BatchOperation* batch;
    uint32_t index;
    rados_completion_t completion;
  };

  void AddItem(uint32_t index) {
    Item& item = items_.emplace_back(Item{this, index, nullptr});
    rados_aio_create_completion2(&item, Completed, &item.completion);
  }

  static void Completed(rados_completion_t completion, void* item) {
    End(static_cast<Item*>(item), rados_aio_get_return_value(completion));
  }

  /// Only the one that ends last may touch the batch after it has counted itself.
  static void End(Item* item, int rc) {
    BatchOperation& batch = *item->batch;
    batch.results_[item->index] = rc;
    if (batch.left_.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
    const std::shared_ptr<CompletionHub> hub = batch.hub_;
    hub->Complete(&batch, 0);
  }

  const std::shared_ptr<CompletionHub> hub_;
  const std::shared_ptr<IoContext> io_;
  Pin into_, results_pin_;
  int32_t* results_ = nullptr;
  std::deque<Item> items_;
  std::atomic<uint32_t> left_ = 0;
};

void RequireKeys(napi_env env, const TextList& keys) {
  for (size_t i = 0; i < keys.count(); i++) {
    if (std::memchr(keys.data()[i], 0, keys.sizes()[i]) != nullptr) ThrowTypeError(env, "key: has a NUL");
  }
}

}  // namespace

/// readMany(id, keys, into, stride, results): void. Object i goes to `into` from byte i * stride, at most
/// `stride` bytes; results[i] is their number or -errno. Both arrays lie over shared memory. Implements: int
/// rados_aio_read(rados_ioctx_t io, const char* oid, rados_completion_t completion, char* buf,
///     size_t len, uint64_t off), once for each key
void Pool::ReadMany(const Napi::CallbackInfo& info) {
  const TextList keys(info.Env(), info[1]);
  RequireKeys(info.Env(), keys);
  const uint64_t stride = ToSize(info.Env(), info[3]);
  Bytes into, results;
  Pin into_pin = environment_.pins().Hold(info[2], &into);
  Pin results_pin = environment_.pins().Hold(info[4], &results, napi_int32_array);
  if (stride == 0 || into.size / stride < keys.count())
    ThrowTypeError(info.Env(), "readMany: `into` is too short");
  if (results.size / sizeof(int32_t) < keys.count())
    ThrowTypeError(info.Env(), "readMany: `results` is too short");
  auto batch = New<BatchOperation>(info);
  batch->Hold(std::move(into_pin), std::move(results_pin), reinterpret_cast<int32_t*>(results.data));
  BatchOperation::Run(
      std::move(batch), keys.count(), [&](rados_ioctx_t io, rados_completion_t completion, uint32_t i) {
        return rados_aio_read(io, keys.data()[i], completion, into.data + i * stride, stride, 0);
      });
}

/// writeMany(id, keys, bytes, results): void. results[i] is 0 or -errno.
/// Implements: int rados_aio_write_full(rados_ioctx_t io, const char* oid, rados_completion_t completion,
///     const char* buf, size_t len), once for each key
void Pool::WriteMany(const Napi::CallbackInfo& info) {
  const TextList keys(info.Env(), info[1]);
  RequireKeys(info.Env(), keys);
  Bytes results;
  Pin results_pin = environment_.pins().Hold(info[3], &results, napi_int32_array);
  std::vector<Bytes> inputs;
  for (uint32_t i = 0; i < keys.count(); i++) {
    inputs.push_back(ToBytes(info.Env(), Element(info.Env(), info[2], i)));
  }
  if (results.size / sizeof(int32_t) < keys.count())
    ThrowTypeError(info.Env(), "writeMany: `results` is too short");
  auto batch = New<BatchOperation>(info);
  batch->Hold(Pin(), std::move(results_pin), reinterpret_cast<int32_t*>(results.data));
  BatchOperation::Run(
      std::move(batch), keys.count(), [&](rados_ioctx_t io, rados_completion_t completion, uint32_t i) {
        return rados_aio_write_full(io, keys.data()[i], completion, inputs[i].data, inputs[i].size);
      });
}

}  // namespace provender
