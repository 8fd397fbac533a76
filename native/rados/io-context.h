#pragma once

#include <rados/librados.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "cluster-handle.h"

namespace provender {

/// A place in a listing. Thread: any, one at a time. Owns the cursor.
class ListCursor {
 public:
  ListCursor(rados_ioctx_t io, rados_object_list_cursor cursor) : io_(io), cursor_(cursor) {}
  ListCursor(const ListCursor&) = delete;
  ListCursor& operator=(const ListCursor&) = delete;
  ~ListCursor() { rados_object_list_cursor_free(io_, cursor_); }

  rados_object_list_cursor get() const { return cursor_; }
  rados_object_list_cursor* out() { return &cursor_; }

 private:
  const rados_ioctx_t io_;
  rados_object_list_cursor cursor_;
};

/// A pool and namespace. Thread: any. Lifetime: shared by its NativePool and each of its operations, since
/// reads in flight do not keep an ioctx alive by themselves. Owns the rados_ioctx_t and its unfinished
/// listings.
class IoContext {
 public:
  /// May block, for a newer map; throws CallFailure.
  IoContext(std::shared_ptr<ClusterShare> share, const std::string& pool, const std::string& name_space);
  IoContext(const IoContext&) = delete;
  IoContext& operator=(const IoContext&) = delete;
  ~IoContext();

  rados_ioctx_t get() const { return io_; }

  /// The C API cannot write a cursor down, so it stays here and JavaScript gets a name for it.
  std::string Keep(std::unique_ptr<ListCursor> cursor);
  /// Null when the name is not known: it was never given, or more than 1024 listings began since.
  std::shared_ptr<ListCursor> Find(const std::string& name);
  void Forget(const std::string& name);

 private:
  static constexpr size_t kMostCursors = 1024;

  const std::shared_ptr<ClusterShare> share_;
  rados_ioctx_t io_ = nullptr;

  std::mutex mutex_;
  uint64_t next_cursor_ = 1;
  std::map<uint64_t, std::shared_ptr<ListCursor>> cursors_;
};

}  // namespace provender
