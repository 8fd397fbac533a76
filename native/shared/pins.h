#pragma once

#include <node_api.h>

#include <cstdint>
#include <unordered_map>
#include <utility>

#include "arguments.h"

namespace provender {

class Pins;

/// Keeps one buffer alive until it is destroyed. Thread: JS.
class Pin {
 public:
  Pin() = default;
  Pin(Pins* pins, void* buffer) : pins_(pins), buffer_(buffer) {}
  Pin(Pin&& other) noexcept : pins_(std::exchange(other.pins_, nullptr)), buffer_(other.buffer_) {}
  Pin& operator=(Pin&& other) noexcept {
    std::swap(pins_, other.pins_);
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  ~Pin();

 private:
  Pins* pins_ = nullptr;
  void* buffer_ = nullptr;
};

/// Shared memory that operations of one environment read into. One reference per buffer, counted here,
/// however many operations use it: making and deleting a reference for each would cost more than all the rest
/// of a submission. Thread: JS. Lifetime: outlives the environment's operations. Owns the references.
class Pins {
 public:
  explicit Pins(napi_env env) : env_(env) {}

  /// Pins what lies under a Uint8Array (or `type`) over shared memory. Ordinary memory is refused with a
  /// TypeError: it could be transferred away while it is being written to.
  Pin Hold(napi_value view, Bytes* bytes, napi_typedarray_type type = napi_uint8_array);

 private:
  friend class Pin;
  struct Held {
    napi_ref reference;
    uint32_t users;
  };

  void Release(void* buffer);

  const napi_env env_;
  std::unordered_map<void*, Held> held_;  // by the address of the buffer, which is unique while it is held
};

}  // namespace provender
