#include "arguments.h"

#include <cstring>

namespace provender {

void ThrowTypeError(napi_env env, const char* what) {
  throw Napi::TypeError::New(env, what);
}

Key::Key(napi_env env, napi_value value) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, bytes_, sizeof bytes_, &length) != napi_ok) {
    ThrowTypeError(env, "key: string expected");
  }
  if (length > kMost) ThrowTypeError(env, "key: at most 2048 bytes");
  if (std::memchr(bytes_, 0, length) != nullptr) ThrowTypeError(env, "key: has a NUL");
}

uint32_t ToId(napi_env env, napi_value value) {
  uint32_t id = 0;
  if (napi_get_value_uint32(env, value, &id) != napi_ok) ThrowTypeError(env, "number expected");
  return id;
}

uint64_t ToSize(napi_env env, napi_value value) {
  constexpr int64_t kMost = (int64_t{1} << 53) - 1;
  int64_t size = 0;
  if (napi_get_value_int64(env, value, &size) != napi_ok || size < 0 || size > kMost) {
    ThrowTypeError(env, "count of bytes expected");
  }
  return static_cast<uint64_t>(size);
}

Bytes ToBytes(napi_env env, napi_value value) {
  napi_typedarray_type type = napi_int8_array;
  void* data = nullptr;
  size_t size = 0;
  if (napi_get_typedarray_info(env, value, &type, &size, &data, nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array) {
    ThrowTypeError(env, "Uint8Array expected");
  }
  return {static_cast<char*>(data), size};
}

std::string ToText(napi_env env, napi_value value) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) {
    ThrowTypeError(env, "string expected");
  }
  std::string text(length, '\0');
  napi_get_value_string_utf8(env, value, text.data(), length + 1, &length);
  return text;
}

uint32_t ArrayLength(napi_env env, napi_value array) {
  uint32_t length = 0;
  if (napi_get_array_length(env, array, &length) != napi_ok) ThrowTypeError(env, "array expected");
  return length;
}

napi_value Element(napi_env env, napi_value array, uint32_t index) {
  napi_value element;
  if (napi_get_element(env, array, index, &element) != napi_ok) ThrowTypeError(env, "array expected");
  return element;
}

napi_value CopyOf(napi_env env, const char* data, size_t size) {
  Napi::Uint8Array copy = Napi::Uint8Array::New(env, size);
  if (size > 0) std::memcpy(copy.Data(), data, size);
  return copy;
}

}  // namespace provender
