// hub_test.node: the completion hub over a fake engine, for test/native/completion-hub*.test.ts. Built by
// --hub_test=1.
#include "../shared/arguments.h"
#include "../shared/promised.h"
#include "engine.h"

namespace provender {
namespace {

/// Thread: JS. Lifetime: the environment's.
class HubTest final : public Napi::Addon<HubTest> {
 public:
  HubTest(Napi::Env, Napi::Object exports) {
    DefineAddon(exports,
                {InstanceMethod("start", &HubTest::Start), InstanceMethod("submit", &HubTest::Submit),
                 InstanceMethod("hold", &HubTest::Hold), InstanceMethod("release", &HubTest::Release),
                 InstanceMethod("cancel", &HubTest::Cancel), InstanceMethod("refuse", &HubTest::Refuse),
                 InstanceMethod("waitUntilIdle", &HubTest::WaitUntilIdle),
                 InstanceMethod("inBackground", &HubTest::InBackground)});
  }

 private:
  void Start(const Napi::CallbackInfo& info) { hub_ = CompletionHub::Open(info.Env(), info[0]); }

  FakeOperation* Begin(const Napi::CallbackInfo& info, size_t extra_index) {
    const Napi::Value extra = info[extra_index];
    auto operation = std::make_unique<FakeOperation>(
        ToId(info.Env(), info[0]), hub_,
        extra.IsUndefined() ? std::nullopt : std::optional<int32_t>(extra.As<Napi::Number>().Int32Value()));
    FakeOperation* begun = operation.get();
    hub_->Begin(std::move(operation));
    return begun;
  }

  /// submit(id, rc, extra?): the engine completes it soon.
  void Submit(const Napi::CallbackInfo& info) {
    Engine::Get().Finish(Begin(info, 2), info[1].As<Napi::Number>().Int32Value());
  }

  /// hold(id): pending until release or cancel.
  void Hold(const Napi::CallbackInfo& info) { Engine::Get().Hold(Begin(info, 1)); }

  /// release(id, rc): boolean.
  Napi::Value Release(const Napi::CallbackInfo& info) {
    const bool held =
        Engine::Get().ReleaseId(ToId(info.Env(), info[0]), info[1].As<Napi::Number>().Int32Value());
    return Napi::Boolean::New(info.Env(), held);
  }

  /// refuse(id, rc): completes on the JS thread, as a submission that the engine refused.
  void Refuse(const Napi::CallbackInfo& info) {
    FakeOperation* operation = Begin(info, 2);
    hub_->Complete(operation, info[1].As<Napi::Number>().Int32Value());
  }

  void Cancel(const Napi::CallbackInfo& info) { hub_->Cancel(ToId(info.Env(), info[0])); }
  void WaitUntilIdle(const Napi::CallbackInfo&) { Engine::Get().WaitUntilIdle(); }

  /// inBackground(value): Promise of value + 1; a negative value rejects with it as errno.
  Napi::Value InBackground(const Napi::CallbackInfo& info) {
    return Promised<int32_t>(
        info.Env(), hub_,
        [value = info[0].As<Napi::Number>().Int32Value()] {
          Require(value, "inBackground", "a test");
          return value + 1;
        },
        [](Napi::Env env, int32_t& value) -> Napi::Value { return Napi::Number::New(env, value); });
  }

  std::shared_ptr<CompletionHub> hub_;
};

NODE_API_ADDON(HubTest)

}  // namespace
}  // namespace provender
