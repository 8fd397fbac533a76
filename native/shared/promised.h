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

/// Blocking work whose result settles a promise. The result crosses threads by itself: no Node-API value
/// takes part.
template <typename Result>
class Promised final : public Job {
 public:
  using Work_ = std::function<Result()>;
  using Convert = std::function<Napi::Value(Napi::Env, Result&)>;

  /// Thread: JS. `work` runs in the background and may throw CallFailure; `convert` runs on the JS thread,
  /// and may too. What `work` has captured is dropped in the background, what `convert` has captured
  /// anywhere.
  static Napi::Promise Start(Napi::Env env, const std::shared_ptr<CompletionHub>& hub, Work_ work,
                             Convert convert) {
    Napi::Promise::Deferred deferred(env);
    auto answer = std::make_unique<Answer>(deferred, std::move(convert));
    hub->ExpectSettlement();
    RunInBackground(std::make_unique<Promised>(hub, std::move(work), std::move(answer)));
    return deferred.Promise();
  }

 private:
  struct Answer final : public Settlement {
    Answer(Napi::Promise::Deferred deferred, Convert convert)
        : deferred(deferred), convert(std::move(convert)) {}

    void Settle(napi_env env) noexcept override {
      const Napi::HandleScope scope(env);
      try {
        if (failure.has_value()) throw CallFailure(*failure);
        deferred.Resolve(convert(env, *result));
      } catch (const CallFailure& thrown) {
        Reject(env, thrown);
      } catch (const Napi::Error&) {
        // the environment is being terminated: nobody waits
      }
    }

    void Reject(napi_env env, const CallFailure& thrown) noexcept {
      try {
        deferred.Reject(MakeError(env, thrown).Value());
      } catch (const Napi::Error&) {
        // as above
      }
    }

    Napi::Promise::Deferred deferred;
    Convert convert;
    std::optional<Result> result;
    std::optional<CallFailure> failure;
  };

 public:
  Promised(std::shared_ptr<CompletionHub> hub, Work_ work, std::unique_ptr<Answer> answer)
      : hub_(std::move(hub)), work_(std::move(work)), answer_(std::move(answer)) {}

  void Work() noexcept override {
    try {
      answer_->result.emplace(work_());
    } catch (CallFailure& thrown) {
      answer_->failure.emplace(std::move(thrown));
    }
    work_ = nullptr;
    hub_->Settle(std::move(answer_));
  }

 private:
  const std::shared_ptr<CompletionHub> hub_;
  Work_ work_;
  std::unique_ptr<Answer> answer_;
};

}  // namespace provender
