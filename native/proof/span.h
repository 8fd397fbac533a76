#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace provender {

/// Bytes that lie anywhere. Owns nothing.
struct Span {
  const uint8_t* data;
  size_t size;
};

inline bool IsZero(const uint8_t* first, const uint8_t* end) {
  return std::all_of(first, end, [](uint8_t byte) { return byte == 0; });
}

}  // namespace provender
