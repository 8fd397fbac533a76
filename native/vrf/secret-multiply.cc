#include "secret-multiply.h"

#include "base-tables.h"
#include "wipe.h"

namespace provender::vrf {
namespace {

constexpr size_t kDigits = 64;
using Digits = std::array<int8_t, kDigits>;

/// scalar = sum of digit[i] * 16^i, each from -8 to 8.
Digits SignedDigits(const Scalar& scalar) {
  Digits digits;
  ScalarBytes bytes = ToBytes(scalar);
  const WipeLater wipe(bytes);
  int carry = 0;
  for (size_t i = 0; i < kDigits; i++) {
    const int digit = (bytes[i / 2] >> (4 * (i % 2)) & 15) + carry;
    carry = (digit + 8) >> 4;
    digits[i] = static_cast<int8_t>(digit - 16 * carry);
  }
  return digits;  // the scalar is below 2^253, so that nothing is carried out of the last one
}

/// Hides from the compiler what a mask is, so that it cannot make a branch of it.
uint64_t Hidden(uint64_t mask) {
  __asm__("" : "+r"(mask));
  return mask;
}

uint64_t EqualMask(uint64_t a, uint64_t b) {
  return Hidden(~uint64_t{0} * (((a ^ b) - 1) >> 63));
}

Addend Pick(uint64_t mask, const Addend& a, const Addend& b) {
  return {Select(mask, a.plus, b.plus), Select(mask, a.minus, b.minus), Select(mask, a.twoZ, b.twoZ),
          Select(mask, a.t2d, b.t2d)};
}

AffineAddend Pick(uint64_t mask, const AffineAddend& a, const AffineAddend& b) {
  return {Select(mask, a.plus, b.plus), Select(mask, a.minus, b.minus), Select(mask, a.t2d, b.t2d)};
}

void Neutral(Addend& addend) {
  addend = {kOne, kOne, Small(2), kZero};
}

void Neutral(AffineAddend& addend) {
  addend = {kOne, kOne, kZero};
}

/// digit * point from the table of its multiples 1 to 8. Reads all of the table.
template <typename T>
T Lookup(const std::array<T, 8>& table, int8_t digit) {
  const uint64_t isNegative = static_cast<uint8_t>(digit) >> 7;
  const int sign = -static_cast<int>(isNegative);
  const uint64_t size = static_cast<uint64_t>((digit ^ sign) - sign);
  T found;
  Neutral(found);
  for (size_t j = 0; j < table.size(); j++) found = Pick(EqualMask(size, j + 1), table[j], found);
  T negative = found;
  negative.plus = found.minus;
  negative.minus = found.plus;
  negative.t2d = kZero - found.t2d;
  return Pick(Hidden(~uint64_t{0} * isNegative), negative, found);
}

}  // namespace

Point MultiplyBase(const Scalar& scalar) {
  const auto& comb = Base().comb;
  Digits digits = SignedDigits(scalar);
  const WipeLater wipe(digits);
  Point sum = kIdentity;
  for (size_t i = 1; i < kDigits; i += 2) sum = ToPoint(Add(sum, Lookup(comb[i / 2], digits[i])));
  sum = Doubled(sum, 4);
  for (size_t i = 0; i < kDigits; i += 2) sum = ToPoint(Add(sum, Lookup(comb[i / 2], digits[i])));
  return sum;
}

SecretMultiplier::SecretMultiplier(const Point& point) {
  Point first = point;
  for (size_t k = 0; k < kParts; k++) {
    Point multiple = first;
    tables_[k][0] = ToAddend(first);
    for (size_t j = 1; j < kWidth; j++) {
      multiple = ToPoint(Add(multiple, tables_[k][0]));
      tables_[k][j] = ToAddend(multiple);
    }
    if (k + 1 < kParts) first = Doubled(multiple, 61);  // from 8 * 2^(64 k)
  }
}

Point SecretMultiplier::Times(const Scalar& scalar) const {
  constexpr size_t kEach = kDigits / kParts;
  Digits digits = SignedDigits(scalar);
  const WipeLater wipe(digits);
  Point sum = kIdentity;
  for (size_t i = kEach; i-- > 0;) {
    if (i + 1 < kEach) sum = Doubled(sum, 4);
    for (size_t k = 0; k < kParts; k++) sum = ToPoint(Add(sum, Lookup(tables_[k], digits[kEach * k + i])));
  }
  return sum;
}

}  // namespace provender::vrf
