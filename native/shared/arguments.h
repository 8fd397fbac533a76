#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace provender {

/// Arguments of a native method as the calls behind need them. TypeScript has checked them; what is checked
/// here keeps memory safe whatever comes, and throws a TypeError. Plain Node-API, since these run for every
/// operation. Thread: JS.

/// The memory of a Uint8Array, valid while the call runs.
struct Bytes {
  char* data;
  size_t size;
};

/// The name of an object, at most kMost bytes of UTF-8 without NUL, on the stack.
class Key {
 public:
  static constexpr size_t kMost = 2048;

  Key(napi_env env, napi_value value);
  const char* c_str() const { return bytes_; }

 private:
  /// A longer name has to be noticed though a character that does not fit, up to 4 bytes, is left out whole.
  char bytes_[kMost + 5];
};

[[noreturn]] void ThrowTypeError(napi_env env, const char* what);
uint32_t ToId(napi_env env, napi_value value);
/// An integer from 0 to 2^53-1.
uint64_t ToSize(napi_env env, napi_value value);
Bytes ToBytes(napi_env env, napi_value value);
/// Any string, NUL included.
std::string ToText(napi_env env, napi_value value);
uint32_t ArrayLength(napi_env env, napi_value array);
napi_value Element(napi_env env, napi_value array, uint32_t index);

/// A fresh Uint8Array with these bytes. @throws Napi::Error when the environment ends
napi_value CopyOf(napi_env env, const char* data, size_t size);

}  // namespace provender
