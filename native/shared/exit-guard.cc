#include "exit-guard.h"

#include <algorithm>
#include <cstdlib>
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
};

/// Never destroyed: used while the process ends.
Guard& TheGuard();

/// Workers have ended before exit() is called, each with its clean-up hooks; so what is open belongs to this
/// thread.
void SilenceAll() {
  std::lock_guard lock(TheGuard().mutex);
  for (const Guarded& guarded : TheGuard().hubs) {
    const std::shared_ptr<CompletionHub> hub = guarded.hub.lock();
    if (hub != nullptr && guarded.thread == std::this_thread::get_id()) hub->CancelAndWait();
  }
}

Guard& TheGuard() {
  static Guard& guard = []() -> Guard& {
    std::atexit(SilenceAll);  // after the engine was loaded, so it runs before the engine's own destructors
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

}  // namespace provender
