#include "pins.h"

namespace provender {
namespace {

size_t ElementSize(napi_typedarray_type type) {
  return type == napi_int32_array ? sizeof(int32_t) : 1;
}

}  // namespace

Pin::~Pin() {
  if (pins_ != nullptr) pins_->Release(buffer_);
}

Pin Pins::Hold(napi_value view, Bytes* bytes, napi_typedarray_type type) {
  napi_typedarray_type found = napi_float64_array;
  napi_value buffer = nullptr;
  void* data = nullptr;
  size_t length = 0, offset = 0;
  bool ordinary = true;
  if (napi_get_typedarray_info(env_, view, &found, &length, &data, &buffer, &offset) != napi_ok ||
      found != type) {
    ThrowTypeError(env_, "typed array of another kind expected");
  }
  if (napi_is_arraybuffer(env_, buffer, &ordinary) != napi_ok || ordinary) {
    ThrowTypeError(env_, "view over a SharedArrayBuffer expected");
  }
  *bytes = {static_cast<char*>(data), length * ElementSize(type)};
  void* address = bytes->data - offset;
  const auto [entry, added] = held_.try_emplace(address, Held{nullptr, 0});
  if (added && napi_create_reference(env_, buffer, 1, &entry->second.reference) != napi_ok) {
    held_.erase(entry);
    ThrowTypeError(env_, "the view cannot be held");
  }
  entry->second.users++;
  return Pin(this, address);
}

void Pins::Release(void* buffer) {
  const auto entry = held_.find(buffer);
  if (--entry->second.users > 0) return;
  napi_delete_reference(env_, entry->second.reference);
  held_.erase(entry);
}

}  // namespace provender
