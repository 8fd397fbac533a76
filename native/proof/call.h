#pragma once

#include <napi.h>

#include <cstdint>
#include <vector>

#include "kernel.h"

namespace provender {

/// Arguments of the addon's functions. kernels.ts has checked them; what is checked here keeps memory safe
/// whatever comes, and throws a TypeError. Thread: JS of any environment.

/// The memory of a typed array, valid while no JavaScript runs. `size` counts elements.
template <typename T>
struct View {
  T* data;
  size_t size;
};
using Bytes = View<uint8_t>;

inline void Require(const Napi::CallbackInfo& info, bool met, const char* what) {
  if (!met) throw Napi::TypeError::New(info.Env(), what);
}

Bytes ToBytes(const Napi::CallbackInfo& info, napi_value value);
Bytes BytesArgument(const Napi::CallbackInfo& info, size_t index);
View<uint16_t> Words16Argument(const Napi::CallbackInfo& info, size_t index);
View<uint32_t> Words32Argument(const Napi::CallbackInfo& info, size_t index);

/// Elements of an array. A getter among them is JavaScript, which may detach what was looked at before: take
/// elements first, and the memory of any argument after the last of them.
std::vector<napi_value> ElementsArgument(const Napi::CallbackInfo& info, size_t index);

/// The memory of arrays that were elements.
std::vector<Bytes> ToBytes(const Napi::CallbackInfo& info, const std::vector<napi_value>& values);

inline const Kernel& KernelOf(const Napi::CallbackInfo& info) {
  return *static_cast<const Kernel*>(info.Data());
}

/// Gives `object` a function that is called with the kernel.
template <auto Call>
void Set(Napi::Object object, const char* name, const Kernel* kernel) {
  object.Set(name, Napi::Function::New<Call>(object.Env(), name, const_cast<Kernel*>(kernel)));
}

}  // namespace provender
