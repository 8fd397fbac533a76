#include "cluster-handle.h"

#include <cerrno>

#include "../shared/background.h"
#include "../shared/exit-guard.h"
#include "../shared/promised.h"

namespace provender {
namespace {

/// Frees a rados_t that never connected, whatever happens.
using Unconnected = std::unique_ptr<void, decltype(&rados_shutdown)>;

/// Never destroyed: handles may outlive main().
struct Registry {
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<ClusterHandle>> handles;
};

bool ShutDownAll();

Registry& TheRegistry() {
  static Registry& registry = []() -> Registry& {
    EndEngineAtExit(ShutDownAll);
    return *new Registry;
  }();
  return registry;
}

class Deletion final : public Job {
 public:
  explicit Deletion(ClusterHandle* handle) : handle_(handle) {}
  void Work() noexcept override { handle_.reset(); }

 private:
  std::unique_ptr<ClusterHandle> handle_;
};

void Delete(ClusterHandle* handle) {
  if (BlockingAllowed::Here()) {
    delete handle;
  } else {
    RunInBackground(std::make_unique<Deletion>(handle));
  }
}

/// At exit: false when a connect or another blocking call is under way, for then a handle may be in use.
bool ShutDownAll() {
  if (!IsBackgroundIdle()) return false;
  const BlockingAllowed allowed;
  std::lock_guard lock(TheRegistry().mutex);
  for (const auto& [digest, known] : TheRegistry().handles) {
    const std::shared_ptr<ClusterHandle> handle = known.lock();
    if (handle != nullptr) handle->ShutDown();
  }
  return true;
}

std::shared_ptr<ClusterHandle> FindHandle(const std::string& digest) {
  std::lock_guard lock(TheRegistry().mutex);
  std::erase_if(TheRegistry().handles, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<ClusterHandle>& known = TheRegistry().handles[digest];
  std::shared_ptr<ClusterHandle> handle = known.lock();
  if (handle == nullptr) {
    handle.reset(new ClusterHandle, Delete);
    known = handle;
  }
  return handle;
}

void Configure(rados_t cluster, const ConnectSettings& settings) {
  if (settings.config_file.has_value()) {
    Require(rados_conf_read_file(cluster, settings.config_file->c_str()), "rados_conf_read_file",
            *settings.config_file);
  }
  for (const auto& [name, value] : settings.options) {
    Require(rados_conf_set(cluster, name.c_str(), value.c_str()), "rados_conf_set", name);
  }
}

}  // namespace

/// Implements: int rados_create2(rados_t* pcluster, const char* cluster_name, const char* name, uint64_t
/// flags) Implements: int rados_connect(rados_t cluster)
void ClusterHandle::EnsureConnected(const ConnectSettings& settings) {
  std::lock_guard lock(connecting_);
  if (cluster_ != nullptr) return;
  rados_t cluster;
  Require(rados_create2(&cluster, "ceph", settings.user.c_str(), 0), "rados_create2", settings.user);
  Unconnected owner(cluster, rados_shutdown);
  Configure(cluster, settings);
  Require(rados_connect(cluster), "rados_connect", settings.user);
  cluster_ = owner.release();
}

ClusterHandle::~ClusterHandle() {
  ShutDown();
}

/// The last callback may not have returned yet, so it is waited for.
/// Implements: int rados_watch_flush(rados_t cluster)
/// Implements: void rados_shutdown(rados_t cluster)
void ClusterHandle::ShutDown() {
  if (cluster_ == nullptr) return;
  rados_watch_flush(cluster_);
  rados_shutdown(cluster_);
  cluster_ = nullptr;
}

void ClusterHandle::Join(const void* environment) {
  std::lock_guard lock(mutex_);
  if (environments_.size() == kMostEnvironments && !environments_.contains(environment)) {
    throw CallFailure{-EUSERS, "connect", "more than 16 threads on one connection"};
  }
  environments_[environment]++;
}

void ClusterHandle::Leave(const void* environment) noexcept {
  std::lock_guard lock(mutex_);
  const auto entry = environments_.find(environment);
  if (--entry->second == 0) environments_.erase(entry);
}

std::shared_ptr<ClusterShare> ClusterShare::Open(const ConnectSettings& settings, const void* environment) {
  const std::shared_ptr<ClusterHandle> handle = FindHandle(settings.digest);
  std::shared_ptr<ClusterShare> share = std::make_shared<ClusterShare>(handle, environment);
  handle->EnsureConnected(settings);
  return share;
}

ClusterShare::ClusterShare(std::shared_ptr<ClusterHandle> handle, const void* environment)
    : handle_(std::move(handle)), environment_(environment) {
  handle_->Join(environment_);
}

ClusterShare::~ClusterShare() {
  handle_->Leave(environment_);
}

}  // namespace provender
