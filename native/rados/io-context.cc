#include "io-context.h"

#include <cstdlib>
#include <utility>

#include "../shared/promised.h"

namespace provender {

/// Writes and removes of a full pool answer at once instead of hanging until their time-out.
/// Implements: int rados_ioctx_create(rados_t cluster, const char* pool_name, rados_ioctx_t* ioctx)
/// Implements: void rados_set_pool_full_try(rados_ioctx_t io)
IoContext::IoContext(std::shared_ptr<ClusterShare> share, const std::string& pool,
                     const std::string& name_space)
    : share_(std::move(share)) {
  Require(rados_ioctx_create(share_->get(), pool.c_str(), &io_), "rados_ioctx_create", pool);
  rados_ioctx_set_namespace(io_, name_space.c_str());
  rados_set_pool_full_try(io_);
}

/// Implements: void rados_ioctx_destroy(rados_ioctx_t io)
IoContext::~IoContext() {
  cursors_.clear();
  rados_ioctx_destroy(io_);
}

std::string IoContext::Keep(std::unique_ptr<ListCursor> cursor) {
  std::lock_guard lock(mutex_);
  if (cursors_.size() == kMostCursors) cursors_.erase(cursors_.begin());
  cursors_.emplace(next_cursor_, std::move(cursor));
  return std::to_string(next_cursor_++);
}

std::shared_ptr<ListCursor> IoContext::Find(const std::string& name) {
  std::lock_guard lock(mutex_);
  const auto entry = cursors_.find(std::strtoull(name.c_str(), nullptr, 10));
  return entry == cursors_.end() ? nullptr : entry->second;
}

void IoContext::Forget(const std::string& name) {
  std::lock_guard lock(mutex_);
  cursors_.erase(std::strtoull(name.c_str(), nullptr, 10));
}

}  // namespace provender
