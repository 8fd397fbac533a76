#pragma once

#include <cstring>

#include "kernel.h"

namespace provender {

/// What of a pad's preimage follows the 64 bytes of tag and segment id, with the padding of SHA-256: four
/// blocks. @see proof-of-replication.md, section 5
constexpr size_t kLabelMessageBytes = 4 * 64;
/// u32 block, u32 word, inputs.
constexpr size_t kLabelBytes = 8 + kLabelInputs * kWordBytes;
/// Of the whole preimage.
constexpr uint32_t kLabelBits = (64 + kLabelBytes) * 8;

inline void StoreBig32(uint8_t* to, uint32_t value) {
  for (int i = 0; i < 4; i++) to[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
}

/// For paths that take whole messages. Thread: any.
inline void MakeLabelMessage(const Label& label, uint8_t* to) {
  StoreBig32(to, label.block);
  StoreBig32(to + 4, label.word);
  for (size_t i = 0; i < kLabelInputs; i++) std::memcpy(to + 8 + kWordBytes * i, label.inputs[i], kWordBytes);
  std::memset(to + kLabelBytes, 0, kLabelMessageBytes - kLabelBytes);
  to[kLabelBytes] = 0x80;
  StoreBig32(to + kLabelMessageBytes - 4, kLabelBits);
}

/// XORs the hash that a state stands for into a word.
inline void ApplyState(const uint32_t* state, uint8_t* word) {
  for (int i = 0; i < 8; i++) {
    uint8_t bytes[4];
    StoreBig32(bytes, state[i]);
    for (int b = 0; b < 4; b++) word[4 * i + b] ^= bytes[b];
  }
}

}  // namespace provender
