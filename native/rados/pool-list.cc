// Calls that wait for an answer: they run in the background.
#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "../shared/arguments.h"
#include "../shared/promised.h"
#include "pool.h"

namespace provender {
namespace {

struct PageRequest {
  uint32_t slice, slices;
  std::optional<std::string> cursor;
  uint32_t limit;
};

struct Page {
  std::vector<std::string> keys;
  std::optional<std::string> cursor;
};

/// Both ends of a slice of the hash range.
/// Implements: void rados_object_list_slice(rados_ioctx_t io, const rados_object_list_cursor start,
///     const rados_object_list_cursor finish, const size_t n, const size_t m, rados_object_list_cursor*
///     split_start, rados_object_list_cursor* split_finish)
struct Slice {
  ListCursor start, finish;

  Slice(rados_ioctx_t io, uint32_t slice, uint32_t slices)
      : start(io, rados_object_list_begin(io)), finish(io, rados_object_list_end(io)) {
    const ListCursor begin(io, rados_object_list_begin(io)), end(io, rados_object_list_end(io));
    rados_object_list_slice(io, begin.get(), end.get(), slice, slices, start.out(), finish.out());
  }
};

/// Implements: int rados_object_list(rados_ioctx_t io, const rados_object_list_cursor start,
///     const rados_object_list_cursor finish, const size_t result_size, const char* filter_buf,
///     const size_t filter_buf_len, rados_object_list_item* results, rados_object_list_cursor* next)
std::vector<std::string> ListKeys(rados_ioctx_t io, rados_object_list_cursor from,
                                  rados_object_list_cursor to, uint32_t limit, ListCursor* next) {
  std::vector<rados_object_list_item> items(limit);
  const int count = rados_object_list(io, from, to, limit, nullptr, 0, items.data(), next->out());
  Require(count, "rados_object_list", "");
  std::vector<std::string> keys;
  for (int i = 0; i < count; i++) keys.emplace_back(items[i].oid, items[i].oid_length);
  rados_object_list_free(count, items.data());
  return keys;
}

/// The cursor that was used is forgotten only when its page is there, so that a page that failed can be asked
/// for again.
Page ReadPage(IoContext& context, const PageRequest& request) {
  const rados_ioctx_t io = context.get();
  const Slice slice(io, request.slice, request.slices);
  std::shared_ptr<ListCursor> from;
  if (request.cursor.has_value()) {
    from = context.Find(*request.cursor);
    if (from == nullptr) throw CallFailure{-ESTALE, "rados_object_list", "cursor " + *request.cursor};
  }
  auto next = std::make_unique<ListCursor>(io, rados_object_list_begin(io));
  Page page;
  page.keys = ListKeys(io, from == nullptr ? slice.start.get() : from->get(), slice.finish.get(),
                       request.limit, next.get());
  if (request.cursor.has_value()) context.Forget(*request.cursor);
  const bool at_end = rados_object_list_is_end(io, next->get()) != 0 ||
                      rados_object_list_cursor_cmp(io, next->get(), slice.finish.get()) >= 0;
  if (!at_end) page.cursor = context.Keep(std::move(next));
  return page;
}

Napi::Value FromPage(Napi::Env env, Page& page) {
  Napi::Array keys = Napi::Array::New(env, page.keys.size());
  for (uint32_t i = 0; i < page.keys.size(); i++) keys.Set(i, page.keys[i]);
  Napi::Object object = Napi::Object::New(env);
  object.Set("keys", keys);
  if (page.cursor.has_value()) object.Set("cursor", *page.cursor);
  return object;
}

}  // namespace

/// listPage(slice, slices, cursor, limit): Promise<{keys, cursor?}>. Keys of this namespace, in hash order.
Napi::Value Pool::ListPage(const Napi::CallbackInfo& info) {
  PageRequest request = {ToId(info.Env(), info[0]), ToId(info.Env(), info[1]), std::nullopt,
                         ToId(info.Env(), info[3])};
  if (!info[2].IsUndefined()) request.cursor = ToText(info.Env(), info[2]);
  if (request.slice >= request.slices || request.limit == 0 || request.limit > 100'000) {
    ThrowTypeError(info.Env(), "listPage: slice or limit out of range");
  }
  return Promised<Page>(
      info.Env(), environment_.hub(),
      [io = Io(info.Env()), request = std::move(request)] { return ReadPage(*io, request); }, FromPage);
}

/// stats(): Promise<[bytes, objects]>, of the whole pool, before replication.
/// Implements: int rados_ioctx_pool_stat(rados_ioctx_t io, struct rados_pool_stat_t* stats)
Napi::Value Pool::Stats(const Napi::CallbackInfo& info) {
  using Stat = rados_pool_stat_t;
  return Promised<Stat>(
      info.Env(), environment_.hub(),
      [io = Io(info.Env())] {
        Stat stat;
        Require(rados_ioctx_pool_stat(io->get(), &stat), "rados_ioctx_pool_stat", "");
        return stat;
      },
      [](Napi::Env env, Stat& stat) -> Napi::Value {
        Napi::Array pair = Napi::Array::New(env, 2);
        pair.Set(0u, Napi::BigInt::New(env, uint64_t{stat.num_bytes}));
        pair.Set(1u, Napi::BigInt::New(env, uint64_t{stat.num_objects}));
        return pair;
      });
}

}  // namespace provender
