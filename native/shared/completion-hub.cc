// The hub. Three rules keep it alive through teardown in Node 20 to 24 (nodejs/node#55706, #38775, #61956):
// no call of the thread-safe function after Close, which the same mutex guards; memory that a late wake-up
// reads is held by that wake-up and not by a finalizer; the clean-up hook is added after the function was
// made, so that it runs before.
#include "completion-hub.h"

#include <algorithm>
#include <utility>

#include "exit-guard.h"

namespace provender {
namespace {

/// More than this waits for the next turn, so that a flood of completions does not starve the event loop.
constexpr size_t kMostPerDrain = 1024;

using Self = std::shared_ptr<CompletionHub>;

/// What the sink gets of one operation.
struct Pair {
  int32_t id;  // the bits of a u32
  int32_t rc;
};

/// False when the environment is being terminated: then no JavaScript runs any more, and nobody waits for an
/// answer.
bool Works(napi_status status) {
  if (status == napi_ok) return true;
  if (status == napi_pending_exception || status == napi_cannot_run_js || status == napi_closing)
    return false;
  napi_fatal_error("CompletionHub", NAPI_AUTO_LENGTH, "Node-API failed", NAPI_AUTO_LENGTH);
}

/// Node would swallow what the sink throws, with a warning (DEP0168).
void CallSink(napi_env env, napi_value sink, size_t count, const napi_value* arguments) {
  napi_value self, thrown;
  if (!Works(napi_get_undefined(env, &self))) return;
  if (napi_call_function(env, self, sink, count, arguments, nullptr) != napi_pending_exception) return;
  if (napi_get_and_clear_last_exception(env, &thrown) == napi_ok) napi_fatal_exception(env, thrown);
}

}  // namespace

Self CompletionHub::Open(napi_env env, napi_value sink) {
  Self hub(new CompletionHub(env));
  Works(napi_create_reference(env, sink, 1, &hub->sink_));
  hub->CreateThreadSafeFunction();
  hub->finished_.reserve(kMostPerDrain);
  hub->batch_.reserve(kMostPerDrain);
  GuardAtExit(hub);
  Works(napi_add_env_cleanup_hook(env, CleanUp, new Self(hub)));
  return hub;
}

/// Its data is a reference to the hub, made for each wake-up; it has no other state that could go away before
/// the call.
void CompletionHub::CreateThreadSafeFunction() {
  napi_value name;
  Works(napi_create_string_utf8(env_, "provender:hub", NAPI_AUTO_LENGTH, &name));
  Works(napi_create_threadsafe_function(env_, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr, Wake,
                                        &wake_));
  Works(napi_unref_threadsafe_function(env_, wake_));
}

void CompletionHub::Begin(std::unique_ptr<Operation> owned) {
  Operation* operation = owned.release();
  operation->next_ = first_;
  if (first_ != nullptr) first_->previous_ = operation;
  first_ = operation;
  in_flight_++;
  CountUp();
}

void CompletionHub::Complete(Operation* operation, int32_t rc) noexcept {
  std::lock_guard lock(mutex_);
  operation->rc_ = rc;
  done_++;
  if (closed_) {
    all_done_.notify_all();
    return;
  }
  finished_.push_back(operation);
  Arm();
}

void CompletionHub::Cancel(uint32_t id) noexcept {
  for (Operation* operation = first_; operation != nullptr; operation = operation->next_) {
    if (operation->id_ == id) return operation->Cancel();
  }
}

void CompletionHub::ExpectSettlement() {
  CountUp();
}

void CompletionHub::Settle(std::unique_ptr<Settlement> settlement) noexcept {
  std::lock_guard lock(mutex_);
  if (closed_) return;
  settlements_.push_back(std::move(settlement));
  Arm();
}

/// Under the mutex.
void CompletionHub::Arm() {
  if (armed_ || closed_) return;
  auto* data = new Self(shared_from_this());
  armed_ = napi_call_threadsafe_function(wake_, data, napi_tsfn_nonblocking) == napi_ok;
  if (!armed_) delete data;
}

void CompletionHub::CountUp() {
  if (pending_++ == 0) napi_ref_threadsafe_function(env_, wake_);
}

void CompletionHub::CountDown(size_t ended) {
  pending_ -= ended;
  if (pending_ == 0 && ended > 0) napi_unref_threadsafe_function(env_, wake_);
}

/// Node calls this with a null environment for what is left in its queue when an environment goes away.
void CompletionHub::Wake(napi_env env, napi_value, void*, void* data) {
  const std::unique_ptr<Self> hub(static_cast<Self*>(data));
  if (env != nullptr) (*hub)->Drain(env);
}

/// Under the mutex.
void CompletionHub::TakeFinished() {
  const size_t count = std::min(finished_.size(), kMostPerDrain);
  if (count == finished_.size()) {
    batch_.swap(finished_);
  } else {
    batch_.assign(finished_.begin(), finished_.begin() + count);
    finished_.erase(finished_.begin(), finished_.begin() + count);
  }
  done_ -= count;
  in_flight_ -= count;
}

void CompletionHub::Drain(napi_env env) {
  std::vector<std::unique_ptr<Settlement>> settlements;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    armed_ = false;
    TakeFinished();
    settlements.swap(settlements_);
    if (!finished_.empty()) Arm();
  }
  CountDown(batch_.size() + settlements.size());
  for (const auto& settlement : settlements) settlement->Settle(env);
  if (!batch_.empty()) Deliver(env);
}

/// The call of the sink is the last act: it may throw, which becomes an uncaught exception.
void CompletionHub::Deliver(napi_env env) {
  const size_t count = batch_.size();
  napi_value arguments[2] = {}, buffer, sink;
  void* pairs = nullptr;
  const bool can_call =
      Works(napi_create_arraybuffer(env, count * sizeof(Pair), &pairs, &buffer)) &&
      Works(napi_create_typedarray(env, napi_int32_array, count * 2, buffer, 0, &arguments[0])) &&
      Works(napi_get_reference_value(env, sink_, &sink)) && CollectExtras(env, &arguments[1]);
  for (size_t i = 0; i < count; i++) {
    if (can_call) static_cast<Pair*>(pairs)[i] = {static_cast<int32_t>(batch_[i]->id_), batch_[i]->rc_};
    Unlink(batch_[i]);
    delete batch_[i];
  }
  batch_.clear();
  if (can_call) CallSink(env, sink, arguments[1] == nullptr ? 1 : 2, arguments);
}

/// Makes an array as long as the batch, when at least one operation has something to give.
bool CompletionHub::CollectExtras(napi_env env, napi_value* extras) {
  for (size_t i = 0; i < batch_.size(); i++) {
    const napi_value extra = batch_[i]->Extra(env, batch_[i]->rc_);
    if (extra == nullptr) continue;
    if (*extras == nullptr && !Works(napi_create_array_with_length(env, batch_.size(), extras))) return false;
    if (!Works(napi_set_element(env, *extras, static_cast<uint32_t>(i), extra))) return false;
  }
  return true;
}

void CompletionHub::Unlink(Operation* operation) {
  (operation->previous_ == nullptr ? first_ : operation->previous_->next_) = operation->next_;
  if (operation->next_ != nullptr) operation->next_->previous_ = operation->previous_;
}

void CompletionHub::DeleteAll() {
  while (first_ != nullptr) {
    Operation* operation = first_;
    Unlink(operation);
    delete operation;
  }
}

void CompletionHub::Close() noexcept {
  CancelAndWait();
  DeleteAll();
}

/// Nothing can be released while the operations are cancelled without the mutex: only this thread does that.
void CompletionHub::CancelAndWait() noexcept {
  std::vector<std::unique_ptr<Settlement>>
      unsettled;  // dropped without the mutex: they may hold whole connections
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    unsettled.swap(settlements_);
  }
  for (Operation* operation = first_; operation != nullptr; operation = operation->next_) operation->Cancel();
  std::unique_lock lock(mutex_);
  all_done_.wait(lock, [this] { return done_ == in_flight_; });
}

void CompletionHub::CleanUp(void* data) {
  const std::unique_ptr<Self> hub(static_cast<Self*>(data));
  (*hub)->Close();
  napi_delete_reference((*hub)->env_, (*hub)->sink_);
}

}  // namespace provender
