#pragma once

#include <cstddef>
#include <cstdint>

namespace provender {

constexpr size_t kUnitBytes = 64;  // a leaf, or two neighbouring nodes
constexpr size_t kHashBytes = 32;
constexpr uint8_t kLeafPrefix = 0x00;
constexpr uint8_t kNodePrefix = 0x01;
constexpr size_t kWordBytes = 32;
/// The label before and those of six parents.
constexpr size_t kLabelInputs = 7;

/// A word of a layer and what its pad is made of beside tag and segment id. Owns nothing.
struct Label {
  uint32_t block;
  uint32_t word;
  const uint8_t* inputs[kLabelInputs];
  uint8_t* target;
};

/// One way to run SHA-256 on this processor. Immutable, lives as long as the process; any thread.
/// A leaf and a node have the same preimage but for its first byte, so one function hashes both.
struct Kernel {
  /// Name as PROVENDER_KERNEL takes it.
  const char* path;
  /// Independent messages that `compress_lanes` runs side by side.
  size_t lanes;
  /// Whether the processor and the operating system have what the path needs.
  bool (*supported)();
  /// Hashes `n` preimages `prefix || in[64 i .. 64 i + 63]`, each two compressions, to `out[32 i .. 32 i +
  /// 31]`. No alignment needed. `out` may be `in`: every unit is read before a hash is written at or after
  /// its place.
  void (*hash_units)(uint8_t prefix, const uint8_t* in, size_t n, uint8_t* out);
  /// Plain SHA-256: compresses `lanes` messages of `n` 64-byte blocks each side by side; lane k starts at
  /// `blocks + k * stride`. `state` holds eight words per lane, lane after lane, and is updated.
  void (*compress_lanes)(uint32_t* state, const uint8_t* blocks, size_t stride, size_t n);
  /// XORs the pads of `lanes` words into their targets. `begun` holds, lane after lane, the eight words of
  /// the state after tag and segment id. Every input is read before a target is written, so targets may be
  /// inputs of other lanes.
  void (*apply_pads)(const uint32_t* begun, const Label* labels);
  /// A path with fewer lanes, for what does not fill these; null where there is none.
  const Kernel* narrower;
};

extern const Kernel kPortable;
#if defined(__x86_64__)
extern const Kernel kShani1;
extern const Kernel kShani2;
extern const Kernel kShani4;
extern const Kernel kAvx512;
#endif

}  // namespace provender
