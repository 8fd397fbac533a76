#include "hash-to-curve.h"

#include <algorithm>

#include "montgomery.h"
#include "sha512.h"

namespace provender::vrf {
namespace {

/// Bytes per number: 255 bits and 128 more, so that every residue is about as likely.
constexpr size_t kUniformBytes = 48;

/// The first 48 bytes of expand_message_xmd, as a number modulo p.
Field HashToField(const Message& message, std::span<const uint8_t> tag) {
  constexpr std::array<uint8_t, kSha512Block> kPad{};
  const uint8_t tagSize = static_cast<uint8_t>(tag.size());
  Sha512 first, second;
  first.Add(kPad)
      .Add(message.first)
      .Add(message.second)
      .Add(0)
      .Add(kUniformBytes)
      .Add(0)
      .Add(tag)
      .Add(tagSize);
  const Sha512Hash start = first.End();
  const Sha512Hash uniform = second.Add(start).Add(1).Add(tag).Add(tagSize).End();
  // Big-endian: the first 16 bytes count 2^256 = 38 times.
  FieldBytes low{}, high{};
  std::reverse_copy(uniform.begin() + 16, uniform.begin() + kUniformBytes, low.begin());
  std::reverse_copy(uniform.begin(), uniform.begin() + 16, high.begin());
  const uint64_t topBit = low[31] >> 7;  // 2^255 = 19
  return Carry(FromBytes(low) + FromBytes(high) * Small(38) + Small(19 * topBit));
}

/// v of a point of curve25519 for each number, with u = n/d.
struct MontgomeryPoint {
  Field n, d, v;
};

/// Elligator 2 with Z = 2. Of the candidates u1 = -A/(1 + 2 a^2) and u2 = -A - u1 = 2 a^2 u1 one has a v; its
/// sign is 1 for the first and 0 for the second. @see RFC 9380, section 6.7.1
MontgomeryPoint MapToMontgomery(const Field& a) {
  const Field twice = Square(a) * Small(2);
  const Field d = Carry(kOne + twice);
  const Field n = Negate(Small(kA));
  const Field dd = Square(d);
  const RatioRoot root = RootOfRatio(n * (Square(n) + n * d * Small(kA) + dd), dd * d);
  // v2^2 = 2 a^2 v1^2, and no square makes root^2 = i^quarter v1^2: v2 = a root (1 + i) or (1 - i).
  const Field turn =
      Select(~uint64_t{0} * (root.quarter >> 1 & 1), Carry(kOne + kImaginary), Carry(kOne - kImaginary));
  const uint64_t isSecond = ~uint64_t{0} * (root.quarter & 1);
  const Field v = Select(isSecond, a * root.root * turn, SquareRoot(root));
  const uint64_t hasWrongSign = ~uint64_t{0} * (SignOf(v) ^ (~isSecond & 1));
  return {Select(isSecond, n * twice, n), d, Select(hasWrongSign, Negate(v), v)};
}

}  // namespace

Point EncodeToCurve(const Message& message, std::span<const uint8_t> tag) {
  const auto [n, d, v] = MapToMontgomery(HashToField(message, tag));
  // x = kToV u/v, y = (u - 1)/(u + 1); where a divisor is 0, the neutral element.
  const Field xTop = kToV * n, xBottom = d * v, yTop = n - d, yBottom = n + d;
  const Field z = xBottom * yBottom;
  const uint64_t isSpecial = EqualMask(z, kZero);
  const Point point = {Select(isSpecial, kZero, xTop * yBottom), Select(isSpecial, kOne, yTop * xBottom),
                       Select(isSpecial, kOne, z), Select(isSpecial, kZero, xTop * yTop)};
  return Doubled(point, 3);
}

}  // namespace provender::vrf
