#include "scalar.h"

namespace provender::vrf {
namespace {

using Wide = unsigned __int128;
using Words = std::array<uint64_t, 4>;

constexpr Words kOrder = {0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000};

/// x, or x - L where that is not below zero. Takes x < 2L.
constexpr Words Lower(const Words& x) {
  Words less{};
  uint64_t borrow = 0;
  for (size_t i = 0; i < 4; i++) {
    const Wide difference = Wide{x[i]} - kOrder[i] - borrow;
    less[i] = static_cast<uint64_t>(difference);
    borrow = static_cast<uint64_t>(difference >> 64) & 1;
  }
  const uint64_t keep = ~uint64_t{0} * borrow;
  for (size_t i = 0; i < 4; i++) less[i] ^= keep & (less[i] ^ x[i]);
  return less;
}

/// a + b mod L, of numbers below L.
constexpr Words Sum(const Words& a, const Words& b) {
  Words sum{};
  Wide carry = 0;
  for (size_t i = 0; i < 4; i++) {
    carry += Wide{a[i]} + b[i];
    sum[i] = static_cast<uint64_t>(carry);
    carry >>= 64;
  }
  return Lower(sum);
}

/// -1/L modulo 2^64, by Newton's iteration: each step doubles the bits that are right.
constexpr uint64_t NegativeInverse() {
  uint64_t inverse = 1;
  for (int i = 0; i < 6; i++) inverse *= 2 - kOrder[0] * inverse;
  return 0 - inverse;
}

/// 2^512 modulo L.
constexpr Words SquareOfR() {
  Words power = {1, 0, 0, 0};
  for (int i = 0; i < 512; i++) power = Sum(power, power);
  return power;
}

constexpr uint64_t kNegativeInverse = NegativeInverse();
constexpr Words kSquareOfR = SquareOfR();

/// Montgomery's product a * b / 2^256 mod L, where a < 2^256 and b < L. @see Montgomery 1985
constexpr Words Reduced(const Words& a, const Words& b) {
  std::array<uint64_t, 6> t{};
  for (size_t i = 0; i < 4; i++) {
    Wide carry = 0;
    for (size_t j = 0; j < 4; j++) {
      carry += Wide{a[i]} * b[j] + t[j];
      t[j] = static_cast<uint64_t>(carry);
      carry >>= 64;
    }
    carry += t[4];
    t[4] = static_cast<uint64_t>(carry);
    t[5] = static_cast<uint64_t>(carry >> 64);
    const uint64_t factor = t[0] * kNegativeInverse;
    carry = (Wide{factor} * kOrder[0] + t[0]) >> 64;
    for (size_t j = 1; j < 4; j++) {
      carry += Wide{factor} * kOrder[j] + t[j];
      t[j - 1] = static_cast<uint64_t>(carry);
      carry >>= 64;
    }
    carry += t[4];
    t[3] = static_cast<uint64_t>(carry);
    t[4] = t[5] + static_cast<uint64_t>(carry >> 64);
  }
  return Lower({t[0], t[1], t[2], t[3]});
}

}  // namespace

Scalar ReduceScalar(std::span<const uint8_t> bytes) {
  Words low{}, high{};
  for (size_t i = 0; i < bytes.size(); i++) {
    Words& half = i < 32 ? low : high;
    half[i % 32 / 8] |= static_cast<uint64_t>(bytes[i]) << (8 * (i % 8));
  }
  // high * 2^256 is the product of high and 2^512 by Montgomery's rule; low takes the way there and back.
  const Words lowPart = Reduced(Reduced(low, kSquareOfR), {1, 0, 0, 0});
  return {Sum(Reduced(high, kSquareOfR), lowPart)};
}

Scalar MultiplyAdd(const Scalar& a, const Scalar& b, const Scalar& c) {
  return {Sum(Reduced(Reduced(a.word, b.word), kSquareOfR), c.word)};
}

ScalarBytes ToBytes(const Scalar& scalar) {
  ScalarBytes bytes{};
  for (size_t i = 0; i < kScalarBytes; i++) {
    bytes[i] = static_cast<uint8_t>(scalar.word[i / 8] >> (8 * (i % 8)));
  }
  return bytes;
}

bool IsCanonical(std::span<const uint8_t, kScalarBytes> bytes) {
  for (size_t i = kScalarBytes; i-- > 0;) {
    const uint8_t limit = static_cast<uint8_t>(kOrder[i / 8] >> (8 * (i % 8)));
    if (bytes[i] != limit) return bytes[i] < limit;
  }
  return false;
}

}  // namespace provender::vrf
