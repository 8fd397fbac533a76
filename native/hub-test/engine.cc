#include "engine.h"

#include <algorithm>
#include <cerrno>
#include <thread>

namespace provender {

void FakeOperation::Cancel() noexcept {
  Engine::Get().Release(this, -ECANCELED);
}

napi_value FakeOperation::Extra(napi_env env, int32_t) {
  napi_value value = nullptr;
  if (extra_.has_value()) napi_create_int32(env, *extra_, &value);
  return value;
}

Engine& Engine::Get() {
  static Engine& engine = *new Engine;
  return engine;
}

Engine::Engine() {
  for (size_t i = 0; i < kThreads; i++) std::thread([this, i] { Serve(i); }).detach();
}

void Engine::Finish(FakeOperation* operation, int32_t rc) {
  std::lock_guard lock(mutex_);
  queues_[operation->id % kThreads].push_back({operation, rc});
  unfinished_++;
  work_.notify_all();
}

void Engine::Hold(FakeOperation* operation) {
  std::lock_guard lock(mutex_);
  held_.push_back(operation);
}

bool Engine::Release(FakeOperation* operation, int32_t rc) {
  {
    std::lock_guard lock(mutex_);
    if (std::erase(held_, operation) == 0) return false;
  }
  Finish(operation, rc);
  return true;
}

bool Engine::ReleaseId(uint32_t id, int32_t rc) {
  FakeOperation* found = nullptr;
  {
    std::lock_guard lock(mutex_);
    const auto place =
        std::find_if(held_.begin(), held_.end(), [id](const auto* held) { return held->id == id; });
    if (place != held_.end()) found = *place;
  }
  return found != nullptr && Release(found, rc);
}

void Engine::WaitUntilIdle() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return unfinished_ == 0; });
}

void Engine::Serve(size_t index) {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [&] { return !queues_[index].empty(); });
    const Answer answer = queues_[index].front();
    queues_[index].pop_front();
    lock.unlock();
    const std::shared_ptr<CompletionHub> hub = answer.operation->hub;
    hub->Complete(answer.operation, answer.rc);
    lock.lock();
    if (--unfinished_ == 0) idle_.notify_all();
  }
}

}  // namespace provender
