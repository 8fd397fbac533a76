#include "exit-guard.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

#include "completion-hub.h"

namespace provender {
namespace {

struct Guarded {
  std::thread::id thread;
  std::weak_ptr<CompletionHub> hub;
};

struct Guard {
  std::mutex mutex;
  std::vector<Guarded> hubs;
  bool (*end_engine)() = [] { return true; };
};

/// Never destroyed: used while the process ends.
Guard& TheGuard();

/// Workers have ended before exit() is called, each with its clean-up hooks; so what is open belongs to this
/// thread.
void SilenceHubs() {
  for (const Guarded& guarded : TheGuard().hubs) {
    const std::shared_ptr<CompletionHub> hub = guarded.hub.lock();
    if (hub != nullptr && guarded.thread == std::this_thread::get_id()) hub->CancelAndWait();
  }
}

void AtExit(int status, void*) {
  std::lock_guard lock(TheGuard().mutex);
  SilenceHubs();
  if (TheGuard().end_engine()) return;
  std::fflush(nullptr);
  _exit(status);
}

/// The handler is added after the engine was loaded, so it runs before the engine's own destructors.
Guard& TheGuard() {
  static Guard& guard = []() -> Guard& {
    on_exit(AtExit, nullptr);
    return *new Guard;
  }();
  return guard;
}

}  // namespace

void GuardAtExit(const std::shared_ptr<CompletionHub>& hub) {
  std::lock_guard lock(TheGuard().mutex);
  std::erase_if(TheGuard().hubs, [](const Guarded& guarded) { return guarded.hub.expired(); });
  TheGuard().hubs.push_back({std::this_thread::get_id(), hub});
}

void EndEngineAtExit(bool (*end)()) {
  std::lock_guard lock(TheGuard().mutex);
  TheGuard().end_engine = end;
}

}  // namespace provender
