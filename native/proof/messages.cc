// Plain SHA-256 on a kernel's lanes: chunk ids, and what tests and benchmarks ask for.
#include <algorithm>
#include <cstring>
#include <vector>

#include "big-endian.h"
#include "lanes.h"
#include "merkle.h"
#include "sha256-constants.h"

namespace provender {
namespace {

constexpr size_t kIdMessageBytes = 128;  // 77 bytes of preimage and the padding, two compressions
constexpr size_t kIdPreimageBytes = 77;

void StoreDigest(const uint32_t* state, uint8_t* out) {
  for (size_t i = 0; i < kStateWords; i++) StoreBig(out + 4 * i, state[i], 4);
}

void Start(uint32_t* states, size_t lanes) {
  for (size_t lane = 0; lane < lanes; lane++)
    std::memcpy(states + kStateWords * lane, kInitial, sizeof kInitial);
}

/// Preimage of a chunk's object id with SHA-256's padding. @see proof-of-replication.md, section 2
void MakeIdMessage(uint8_t* to, uint16_t length, const uint8_t* root) {
  static constexpr char kTag[] = "provender/object/v1";
  std::memset(to, 0, kIdMessageBytes);
  std::memcpy(to, kTag, sizeof kTag - 1);
  to[32] = 1;
  StoreBig(to + 33, length, 8);
  StoreBig(to + 41, 1, 4);
  std::memcpy(to + 45, root, kHashBytes);
  to[kIdPreimageBytes] = 0x80;
  StoreBig(to + kIdMessageBytes - 8, kIdPreimageBytes * 8, 8);
}

}  // namespace

void ChunkIds(const Kernel& kernel, const uint8_t* roots, const uint16_t* lengths, size_t count,
              uint8_t* out) {
  std::vector<uint8_t> messages(kernel.lanes * kIdMessageBytes);
  std::vector<uint32_t> states(kernel.lanes * kStateWords);
  for (size_t first = 0; first < count; first += kernel.lanes) {
    const size_t some =
        std::min(kernel.lanes, count - first);  // lanes beyond hash what was there; nobody looks
    for (size_t i = 0; i < some; i++) {
      MakeIdMessage(&messages[i * kIdMessageBytes], lengths[first + i], roots + (first + i) * kHashBytes);
    }
    Start(states.data(), kernel.lanes);
    kernel.compress_lanes(states.data(), messages.data(), kIdMessageBytes, kIdMessageBytes / 64);
    for (size_t i = 0; i < some; i++) StoreDigest(&states[i * kStateWords], out + (first + i) * kHashBytes);
  }
}

bool Sha256(const Kernel& kernel, const uint8_t* data, size_t size, uint8_t* out) {
  std::vector<uint8_t> message((size + 8) / 64 * 64 + 64);
  if (size > 0) std::memcpy(message.data(), data, size);
  message[size] = 0x80;
  StoreBig(&message[message.size() - 8], uint64_t{size} * 8, 8);
  std::vector<uint32_t> states(kernel.lanes * kStateWords);
  Start(states.data(), kernel.lanes);
  kernel.compress_lanes(states.data(), message.data(), 0, message.size() / 64);
  StoreDigest(states.data(), out);
  for (size_t lane = 1; lane < kernel.lanes; lane++) {
    if (std::memcmp(&states[lane * kStateWords], states.data(), kStateWords * sizeof(uint32_t)) != 0)
      return false;
  }
  return true;
}

size_t CompressBytes(const Kernel& kernel, size_t bytes) {
  constexpr size_t kCacheBytes = 16 * 1024;
  const std::vector<uint8_t> messages(kCacheBytes);
  std::vector<uint32_t> states(kernel.lanes * kStateWords);
  Start(states.data(), kernel.lanes);
  const size_t stride = kCacheBytes / kernel.lanes;
  size_t done = 0;
  for (; done < bytes; done += kCacheBytes)
    kernel.compress_lanes(states.data(), messages.data(), stride, stride / 64);
  return done;
}

}  // namespace provender
