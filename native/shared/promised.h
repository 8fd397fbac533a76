#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "background.h"
#include "completion-hub.h"

namespace provender {

/// A call of the engine that failed. Thrown in background work only.
struct CallFailure {
  int rc;               // negative errno
  const char* call;     // C function
  std::string subject;  // what it was called for
};

/// An Error as Node makes them of system calls: `errno`, `syscall`, and a message. Thread: JS.
Napi::Error MakeError(Napi::Env env, const CallFailure& failure);

/// Throws when `rc` says that the call failed.
void Require(int rc, const char* call, const std::string& subject);

/// What blocking work has come to, on its way to a promise. The result crosses threads by itself: no Node-API
/// value takes part. Thread: filled in the background, settled on the JS thread.
template <typename Result>
class Answer final : public Settlement {
 public:
  using Convert = std::function<Napi::Value(Napi::Env, Result&)>;

  Answer(Napi::Promise::Deferred deferred, Convert convert)
      : deferred_(deferred), convert_(std::move(convert)) {}

  void Fill(const std::function<Result()>& work) noexcept {
    try {
      result_.emplace(work());
    } catch (CallFailure& thrown) {
      failure_.emplace(std::move(thrown));
    }
  }

  void Settle(napi_env env) noexcept override {
    const Napi::HandleScope scope(env);
    try {
      if (failure_.has_value()) throw CallFailure(*failure_);
      deferred_.Resolve(convert_(env, *result_));
    } catch (const CallFailure& thrown) {
      Reject(env, thrown);
    } catch (const Napi::Error&) {
      // the environment is being terminated: nobody waits
    }
  }

 private:
  void Reject(napi_env env, const CallFailure& thrown) noexcept {
    try {
      deferred_.Reject(MakeError(env, thrown).Value());
    } catch (const Napi::Error&) {
      // as above
    }
  }

  Napi::Promise::Deferred deferred_;
  const Convert convert_;
  std::optional<Result> result_;
  std::optional<CallFailure> failure_;
};

/// Work that fills an answer. What it has captured is dropped in the background.
template <typename Result>
class AnsweringJob final : public Job {
 public:
  AnsweringJob(std::shared_ptr<CompletionHub> hub, std::function<Result()> work,
               std::unique_ptr<Answer<Result>> answer)
      : hub_(std::move(hub)), work_(std::move(work)), answer_(std::move(answer)) {}

  void Work() noexcept override {
    answer_->Fill(work_);
    work_ = nullptr;
    hub_->Settle(std::move(answer_));
  }

 private:
  const std::shared_ptr<CompletionHub> hub_;
  std::function<Result()> work_;
  std::unique_ptr<Answer<Result>> answer_;
};

/// Runs `work` in the background and settles a promise with what `convert` makes of its result on the JS
/// thread; both may throw CallFailure. What `convert` has captured may be dropped on any thread. Thread: JS.
template <typename Result>
Napi::Promise Promised(Napi::Env env, const std::shared_ptr<CompletionHub>& hub, std::function<Result()> work,
                       typename Answer<Result>::Convert convert) {
  Napi::Promise::Deferred deferred(env);
  auto answer = std::make_unique<Answer<Result>>(deferred, std::move(convert));
  hub->ExpectSettlement();
  RunInBackground(std::make_unique<AnsweringJob<Result>>(hub, std::move(work), std::move(answer)));
  return deferred.Promise();
}

}  // namespace provender
