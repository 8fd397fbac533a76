#pragma once

#include <cstddef>
#include <cstdint>

namespace provender::vrf {

/// A number modulo p = 2^255 - 19: limb[0] + limb[1] * 2^51 + ... + limb[4] * 2^204. Any thread.
/// Limbs may be larger than 51 bits, so that sums need no carry. The rule that keeps all of it within 64 and
/// 128 bits: products, squares and what `Carry` gives are tight (limbs < 2^51 + 2^13); `*` and `Square` take
/// limbs < 2^54; what is subtracted is tight, or a sum of two or three tight ones. Nothing here branches on a
/// value.
struct Field {
  uint64_t limb[5];
};

using Wide = unsigned __int128;

inline constexpr size_t kFieldBytes = 32;
inline constexpr uint64_t kLimbMask = (uint64_t{1} << 51) - 1;
inline constexpr Field kZero = {{0, 0, 0, 0, 0}};
inline constexpr Field kOne = {{1, 0, 0, 0, 0}};

constexpr Field Small(uint64_t value) {
  return {{value, 0, 0, 0, 0}};
}

/// Sum: limbs grow by a bit.
constexpr Field operator+(const Field& a, const Field& b) {
  Field sum{};
  for (size_t i = 0; i < 5; i++) sum.limb[i] = a.limb[i] + b.limb[i];
  return sum;
}

/// Difference, with 4p added so that no limb falls below zero: limbs up to those of `a` + 2^53.
constexpr Field operator-(const Field& a, const Field& b) {
  constexpr uint64_t kLow = 4 * ((uint64_t{1} << 51) - 19), kOther = 4 * kLimbMask;
  Field difference{};
  difference.limb[0] = a.limb[0] + kLow - b.limb[0];
  for (size_t i = 1; i < 5; i++) difference.limb[i] = a.limb[i] + kOther - b.limb[i];
  return difference;
}

/// Makes limbs of less than 2^63 tight.
constexpr Field Carry(Field a) {
  for (size_t i = 0; i < 4; i++) {
    a.limb[i + 1] += a.limb[i] >> 51;
    a.limb[i] &= kLimbMask;
  }
  a.limb[0] += 19 * (a.limb[4] >> 51);
  a.limb[4] &= kLimbMask;
  return a;
}

/// Tight limbs of column sums below 2^115.
constexpr Field CarryWide(Wide r0, Wide r1, Wide r2, Wide r3, Wide r4) {
  r1 += static_cast<uint64_t>(r0 >> 51);
  r2 += static_cast<uint64_t>(r1 >> 51);
  r3 += static_cast<uint64_t>(r2 >> 51);
  r4 += static_cast<uint64_t>(r3 >> 51);
  const uint64_t low = (static_cast<uint64_t>(r0) & kLimbMask) + 19 * static_cast<uint64_t>(r4 >> 51);
  return {{low & kLimbMask, (static_cast<uint64_t>(r1) & kLimbMask) + (low >> 51),
           static_cast<uint64_t>(r2) & kLimbMask, static_cast<uint64_t>(r3) & kLimbMask,
           static_cast<uint64_t>(r4) & kLimbMask}};
}

/// Product. 2^255 = 19, so what lies above the fifth limb comes back 19-fold.
constexpr Field operator*(const Field& a, const Field& b) {
  const uint64_t a0 = a.limb[0], a1 = a.limb[1], a2 = a.limb[2], a3 = a.limb[3], a4 = a.limb[4];
  const uint64_t b0 = b.limb[0], b1 = b.limb[1], b2 = b.limb[2], b3 = b.limb[3], b4 = b.limb[4];
  const uint64_t c1 = 19 * b1, c2 = 19 * b2, c3 = 19 * b3, c4 = 19 * b4;
  return CarryWide(Wide{a0} * b0 + Wide{a1} * c4 + Wide{a2} * c3 + Wide{a3} * c2 + Wide{a4} * c1,
                   Wide{a0} * b1 + Wide{a1} * b0 + Wide{a2} * c4 + Wide{a3} * c3 + Wide{a4} * c2,
                   Wide{a0} * b2 + Wide{a1} * b1 + Wide{a2} * b0 + Wide{a3} * c4 + Wide{a4} * c3,
                   Wide{a0} * b3 + Wide{a1} * b2 + Wide{a2} * b1 + Wide{a3} * b0 + Wide{a4} * c4,
                   Wide{a0} * b4 + Wide{a1} * b3 + Wide{a2} * b2 + Wide{a3} * b1 + Wide{a4} * b0);
}

constexpr Field Square(const Field& a) {
  const uint64_t a0 = a.limb[0], a1 = a.limb[1], a2 = a.limb[2], a3 = a.limb[3], a4 = a.limb[4];
  const uint64_t d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2, c3 = 19 * a3, c4 = 19 * a4;
  return CarryWide(
      Wide{a0} * a0 + Wide{d1} * c4 + Wide{d2} * c3, Wide{d0} * a1 + Wide{d2} * c4 + Wide{a3} * c3,
      Wide{d0} * a2 + Wide{a1} * a1 + Wide{2 * a3} * c4, Wide{d0} * a3 + Wide{d1} * a2 + Wide{a4} * c4,
      Wide{d0} * a4 + Wide{d1} * a3 + Wide{a2} * a2);
}

/// a^(2^count).
constexpr Field Squares(Field a, int count) {
  for (int i = 0; i < count; i++) a = Square(a);
  return a;
}

constexpr Field Negate(const Field& a) {
  return Carry(kZero - a);
}

/// `a` where `mask` is all ones, `b` where it is zero.
constexpr Field Select(uint64_t mask, const Field& a, const Field& b) {
  Field one{};
  for (size_t i = 0; i < 5; i++) one.limb[i] = b.limb[i] ^ (mask & (a.limb[i] ^ b.limb[i]));
  return one;
}

}  // namespace provender::vrf
