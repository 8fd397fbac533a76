#include "preimage.h"

#include <algorithm>
#include <cstring>

#include "big-endian.h"
#include "lanes.h"
#include "sha256-constants.h"

namespace provender {

Preimage::Preimage(std::string_view name) {
  constexpr std::string_view kBefore = "provender/", kAfter = "/v1";
  std::memset(bytes_, 0, kHashBytes);
  for (const std::string_view part : {kBefore, name, kAfter}) {
    std::memcpy(bytes_ + size_, part.data(), part.size());
    size_ += part.size();
  }
  size_ = kHashBytes;
}

Preimage& Preimage::Add(const uint8_t* bytes, size_t count) {
  std::memcpy(bytes_ + size_, bytes, count);
  size_ += count;
  return *this;
}

Preimage& Preimage::Number(uint64_t value, size_t width) {
  StoreBig(bytes_ + size_, value, width);
  size_ += width;
  return *this;
}

void Preimage::Pad(uint8_t* to) const {
  std::memcpy(to, bytes_, size_);
  std::memset(to + size_, 0, 64 * Blocks() - size_);
  to[size_] = 0x80;
  StoreBig(to + 64 * Blocks() - 8, 8 * size_, 8);
}

Hash Preimage::Digest(const Kernel& kernel) const {
  Hash hash;
  Digests(kernel, this, 1, &hash);
  return hash;
}

void Preimage::Digests(const Kernel& kernel, const Preimage* preimages, size_t count, Hash* out) {
  uint8_t messages[kMostLanes * kMostBlocks * 64];
  uint32_t states[kMostLanes * kStateWords];
  for (size_t done = 0; done < count;) {
    const Kernel& fitting = Fitting(kernel, count - done);
    const size_t some = std::min(fitting.lanes, count - done);
    const size_t blocks = preimages[done].Blocks();
    for (size_t lane = 0; lane < fitting.lanes; lane++) {  // idle lanes repeat the last message
      preimages[done + std::min(lane, some - 1)].Pad(messages + lane * blocks * 64);
      std::memcpy(states + lane * kStateWords, kInitial, sizeof kInitial);
    }
    fitting.compress_lanes(states, messages, blocks * 64, blocks);
    for (size_t i = 0; i < some; i++) {
      for (size_t word = 0; word < kStateWords; word++)
        StoreBig(out[done + i].data() + 4 * word, states[i * kStateWords + word], 4);
    }
    done += some;
  }
}

}  // namespace provender
