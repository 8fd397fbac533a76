#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "../shared/arguments.h"

namespace provender {

/// STEP of native-binding.ts.
enum class Step : uint32_t {
  kCreate = 0,
  kAssertExists = 1,
  kWriteFull = 2,
  kWrite = 3,
  kRemove = 4,
  kSetXattr = 5,
  kCmpXattr = 6,
  kOmapSet = 7,
  kOmapRemove = 8,
  kOmapCmp = 9,
  kRead = 20,
  kXattrs = 21,
  kStat = 22,
  kOmapKeys = 23,
  kOmapRange = 24,
};

/// A NativeStep: an array of its code and its fields. A field of another type is a TypeError. Thread: JS,
/// within one call.
class StepFields {
 public:
  StepFields(napi_env env, napi_value step) : env_(env), step_(step) {}

  napi_env env() const { return env_; }
  napi_value Value(uint32_t index) const { return Element(env_, step_, index); }
  Step Code() const { return static_cast<Step>(ToId(env_, Value(0))); }
  uint64_t Size(uint32_t index) const { return ToSize(env_, Value(index)); }
  Bytes Binary(uint32_t index) const { return ToBytes(env_, Value(index)); }
  std::string Text(uint32_t index) const { return ToText(env_, Value(index)); }
  bool Flag(uint32_t index) const { return Napi::Value(env_, Value(index)).ToBoolean(); }

 private:
  const napi_env env_;
  const napi_value step_;
};

/// An array of strings as librados takes it: pointers and lengths. Thread: any; owns the strings.
class TextList {
 public:
  TextList(napi_env env, napi_value array) {
    const uint32_t count = ArrayLength(env, array);
    texts_.reserve(count);
    for (uint32_t i = 0; i < count; i++) {
      const std::string& text = texts_.emplace_back(ToText(env, Element(env, array, i)));
      data_.push_back(text.data());
      sizes_.push_back(text.size());
    }
  }

  size_t count() const { return texts_.size(); }
  const char* const* data() const { return data_.data(); }
  const size_t* sizes() const { return sizes_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<const char*> data_;
  std::vector<size_t> sizes_;
};

}  // namespace provender
