#pragma once

#include <node_api.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace provender {

/// Something asynchronous that ends with a number. Lifetime: made before Begin, owned by the hub from there
/// on, deleted when drained or when the hub closes; so its destructor is the place to give back what it
/// holds. Thread: made, cancelled, asked and deleted on the JS thread; completed on any.
class Operation {
 public:
  explicit Operation(uint32_t id) : id_(id) {}
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  virtual ~Operation() = default;

  /// Asks the engine to answer soon. May come at any time between Begin and deletion, also after completion.
  virtual void Cancel() noexcept = 0;
  /// What the operation gives beside its number; null for nothing. Asked once, when drained.
  virtual napi_value Extra(napi_env, int32_t) { return nullptr; }

 private:
  friend class CompletionHub;
  const uint32_t id_;
  int32_t rc_ = 0;
  Operation* previous_ = nullptr;
  Operation* next_ = nullptr;
};

/// Something that has ended elsewhere and has to be told on the JS thread: an answered promise.
/// Thread: Settle on the JS thread; deleted on any, since nobody settles what ends after the hub closed.
class Settlement {
 public:
  virtual ~Settlement() = default;
  virtual void Settle(napi_env env) noexcept = 0;
};

/// Brings completions from any thread to one environment's JS thread, many with one wake-up. Knows ids and
/// numbers, and nothing of the engine behind. Lifetime: shared by its environment, by each operation and by
/// each wake-up under way, so that a callback that comes during teardown finds it alive. Owns the operations
/// in flight.
class CompletionHub : public std::enable_shared_from_this<CompletionHub> {
 public:
  /// Thread: JS. Adds the environment's clean-up hook itself, after the thread-safe function that it has to
  /// outrun.
  static std::shared_ptr<CompletionHub> Open(napi_env env, napi_value sink);
  ~CompletionHub() = default;

  /// Takes over an operation that is about to be submitted. Thread: JS.
  void Begin(std::unique_ptr<Operation> operation);
  /// The operation has ended. Must be the last thing that is done with it: it may be gone when this returns.
  /// Thread: any.
  void Complete(Operation* operation, int32_t rc) noexcept;
  /// Cancels the operation of this id; one that is not in flight is no error. Thread: JS.
  void Cancel(uint32_t id) noexcept;

  /// Keeps the event loop alive until the settlement has come. Thread: JS.
  void ExpectSettlement();
  /// Delivers a settlement that was expected; after Close it is dropped on the calling thread. Thread: any.
  void Settle(std::unique_ptr<Settlement> settlement) noexcept;

  /// Refuses deliveries, cancels what is in flight and waits until the engine has answered all of it: after
  /// this, no callback touches this environment. The only place that blocks. Thread: JS, in the clean-up
  /// hook.
  void Close() noexcept;
  /// The same for a process that exits with its environment as it is: everything stays where it is. Thread:
  /// JS.
  void CancelAndWait() noexcept;

 private:
  explicit CompletionHub(napi_env env) : env_(env) {}

  static void Wake(napi_env env, napi_value, void*, void* data);
  static void CleanUp(void* hub);
  void CreateThreadSafeFunction();
  void Arm();
  void CountUp();
  void CountDown(size_t ended);
  void TakeFinished();
  void Drain(napi_env env);
  void Deliver(napi_env env);
  bool CollectExtras(napi_env env, napi_value* extras);
  void Unlink(Operation* operation);
  void DeleteAll();

  const napi_env env_;
  napi_threadsafe_function wake_ = nullptr;
  napi_ref sink_ = nullptr;

  // JS thread only.
  Operation* first_ = nullptr;
  size_t in_flight_ = 0;  // operations, until drained
  size_t pending_ = 0;    // operations and expected settlements: what keeps the event loop alive
  std::vector<Operation*> batch_;

  std::mutex mutex_;  // guards what follows, and each call of `wake_`
  std::condition_variable all_done_;
  std::vector<Operation*> finished_;
  std::vector<std::unique_ptr<Settlement>> settlements_;
  size_t done_ = 0;  // operations that ended and are not drained
  bool armed_ = false;
  bool closed_ = false;
};

}  // namespace provender
