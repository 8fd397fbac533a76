#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "../shared/completion-hub.h"

namespace provender {

/// An operation of the fake engine. Thread and lifetime: those of Operation.
class FakeOperation final : public Operation {
 public:
  FakeOperation(uint32_t id, std::shared_ptr<CompletionHub> hub, std::optional<int32_t> extra)
      : Operation(id), id(id), hub(std::move(hub)), extra_(extra) {}

  void Cancel() noexcept override;
  napi_value Extra(napi_env env, int32_t rc) override;

  const uint32_t id;
  const std::shared_ptr<CompletionHub> hub;

 private:
  const std::optional<int32_t> extra_;
};

/// Four threads that complete what they are given, in the order given; one operation is always served by the
/// same one. Thread: any. Lifetime: the process's, as those of librados.
class Engine {
 public:
  static Engine& Get();

  /// Completes with `rc`, soon, on a thread of the engine.
  void Finish(FakeOperation* operation, int32_t rc);
  /// Keeps it pending until it is finished or cancelled.
  void Hold(FakeOperation* operation);
  /// Finishes what is held; false when it is not.
  bool Release(FakeOperation* operation, int32_t rc);
  bool ReleaseId(uint32_t id, int32_t rc);
  /// Waits until all that was given to be finished is; what is held stays.
  void WaitUntilIdle();

 private:
  struct Answer {
    FakeOperation* operation;
    int32_t rc;
  };

  Engine();
  void Serve(size_t index);

  static constexpr size_t kThreads = 4;
  std::mutex mutex_;
  std::condition_variable work_, idle_;
  std::array<std::deque<Answer>, kThreads> queues_;
  std::deque<FakeOperation*> held_;
  size_t unfinished_ = 0;
};

}  // namespace provender
