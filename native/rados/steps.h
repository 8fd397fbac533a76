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
  napi_value array() const { return step_; }
  uint32_t count() const { return ArrayLength(env_, step_); }
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

/// Strings as librados takes them: pointers and lengths. Thread: any; owns the strings.
class TextList {
 public:
  /// The elements of an array from `first` on, each `stride`-th.
  TextList(napi_env env, napi_value array, uint32_t first = 0, uint32_t stride = 1) {
    const uint32_t end = ArrayLength(env, array);
    texts_.reserve(end);  // so that none moves
    for (uint32_t i = first; i < end; i += stride) {
      const std::string& text = texts_.emplace_back(ToText(env, Element(env, array, i)));
      data_.push_back(text.data());
      sizes_.push_back(text.size());
    }
  }
  /// The fields of a step.
  explicit TextList(const StepFields& fields, uint32_t stride = 1)
      : TextList(fields.env(), fields.array(), 1, stride) {}

  size_t count() const { return texts_.size(); }
  const char* const* data() const { return data_.data(); }
  const size_t* sizes() const { return sizes_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<const char*> data_;
  std::vector<size_t> sizes_;
};

}  // namespace provender
