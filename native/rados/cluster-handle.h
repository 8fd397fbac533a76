#pragma once

#include <rados/librados.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace provender {

/// What a connection is made from. Connections with equal digests share one rados_t.
struct ConnectSettings {
  std::string user;  // with its "client."
  std::optional<std::string> config_file;
  std::vector<std::pair<std::string, std::string>> options;  // in this order, after the file
  std::string digest;
};

/// One rados_t of the process. Thread: any; what blocks is for the background.
/// Lifetime: shared by ClusterShares; the last one's end shuts it down, in the background unless that thread
/// may block.
class ClusterHandle {
 public:
  ClusterHandle() = default;
  ClusterHandle(const ClusterHandle&) = delete;
  ClusterHandle& operator=(const ClusterHandle&) = delete;
  ~ClusterHandle();

  /// Connects unless that is done; others that ask meanwhile wait for it, and try themselves when it failed.
  /// Blocks.
  void EnsureConnected(const ConnectSettings& settings);
  rados_t get() const { return cluster_; }
  /// Ends the connection. Nothing may be in flight.
  void ShutDown();

  /// Counts an environment in. Throws CallFailure -EUSERS for the 17th, since librados' limits are set for
  /// 16: beyond them, submitting would block.
  void Join(const void* environment);
  void Leave(const void* environment) noexcept;

 private:
  static constexpr size_t kMostEnvironments = 16;

  std::mutex connecting_;
  rados_t cluster_ = nullptr;  // written once, under `connecting_`, before anybody else sees it

  std::mutex mutex_;
  std::map<const void*, size_t> environments_;
};

/// One environment's use of a handle, for one NativeCluster, its pools and their operations. Thread: any.
class ClusterShare {
 public:
  /// Finds or makes the handle of these settings and connects it. Blocks; throws CallFailure.
  static std::shared_ptr<ClusterShare> Open(const ConnectSettings& settings, const void* environment);

  /// Joins; throws like ClusterHandle::Join.
  ClusterShare(std::shared_ptr<ClusterHandle> handle, const void* environment);
  ClusterShare(const ClusterShare&) = delete;
  ClusterShare& operator=(const ClusterShare&) = delete;
  ~ClusterShare();
  rados_t get() const { return handle_->get(); }

 private:
  const std::shared_ptr<ClusterHandle> handle_;
  const void* const environment_;
};

}  // namespace provender
