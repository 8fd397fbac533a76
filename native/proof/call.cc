#include "call.h"

namespace provender {
namespace {

/// No call has as many; memory is taken for each.
constexpr uint32_t kMostElements = 1 << 20;

template <typename T>
View<T> ToView(const Napi::CallbackInfo& info, napi_value value, napi_typedarray_type expected,
               const char* what) {
  napi_typedarray_type type = napi_int8_array;
  void* data = nullptr;
  size_t size = 0;
  const napi_status status =
      napi_get_typedarray_info(info.Env(), value, &type, &size, &data, nullptr, nullptr);
  Require(info, status == napi_ok && type == expected, what);
  return {static_cast<T*>(data), size};
}

}  // namespace

Bytes ToBytes(const Napi::CallbackInfo& info, napi_value value) {
  return ToView<uint8_t>(info, value, napi_uint8_array, "Uint8Array expected");
}

Bytes BytesArgument(const Napi::CallbackInfo& info, size_t index) {
  return ToBytes(info, info[index]);
}

View<uint16_t> Words16Argument(const Napi::CallbackInfo& info, size_t index) {
  return ToView<uint16_t>(info, info[index], napi_uint16_array, "Uint16Array expected");
}

View<uint32_t> Words32Argument(const Napi::CallbackInfo& info, size_t index) {
  return ToView<uint32_t>(info, info[index], napi_uint32_array, "Uint32Array expected");
}

std::vector<napi_value> ElementsArgument(const Napi::CallbackInfo& info, size_t index) {
  uint32_t count = 0;
  Require(info, napi_get_array_length(info.Env(), info[index], &count) == napi_ok, "array expected");
  Require(info, count <= kMostElements, "array: at most 2^20 elements");
  std::vector<napi_value> values(count);
  for (uint32_t i = 0; i < count; i++) {
    if (napi_get_element(info.Env(), info[index], i, &values[i]) != napi_ok)
      throw Napi::Error::New(info.Env());
  }
  return values;
}

std::vector<Bytes> ToBytes(const Napi::CallbackInfo& info, const std::vector<napi_value>& values) {
  std::vector<Bytes> all;
  all.reserve(values.size());
  for (napi_value value : values) all.push_back(ToBytes(info, value));
  return all;
}

}  // namespace provender
