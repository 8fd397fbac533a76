#pragma once

#include <cstddef>
#include <cstdint>

namespace provender {

/// Numbers as the format writes them, of 1 to 8 bytes. Any thread.
inline void StoreBig(uint8_t* to, uint64_t value, size_t width) {
  for (size_t i = 0; i < width; i++) to[i] = static_cast<uint8_t>(value >> (8 * (width - 1 - i)));
}

inline uint64_t LoadBig(const uint8_t* from, size_t width) {
  uint64_t value = 0;
  for (size_t i = 0; i < width; i++) value = value << 8 | from[i];
  return value;
}

}  // namespace provender
