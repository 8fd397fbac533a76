#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace provender::vrf {

/// A number below L = 2^252 + 27742317777372353535851937790883648493, the order of the group; 64-bit words,
/// the lowest first. Any thread; nothing here branches on a value but `IsCanonical`.
struct Scalar {
  std::array<uint64_t, 4> word;
};

inline constexpr size_t kScalarBytes = 32;
using ScalarBytes = std::array<uint8_t, kScalarBytes>;

/// Little-endian bytes, up to 64, modulo L.
Scalar ReduceScalar(std::span<const uint8_t> bytes);

/// a * b + c modulo L.
Scalar MultiplyAdd(const Scalar& a, const Scalar& b, const Scalar& c);

ScalarBytes ToBytes(const Scalar& scalar);

/// Whether 32 bytes are the one encoding of a scalar. Variable time: for what everybody may see.
bool IsCanonical(std::span<const uint8_t, kScalarBytes> bytes);

}  // namespace provender::vrf
