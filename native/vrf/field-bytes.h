#pragma once

#include <array>

#include "field.h"

namespace provender::vrf {

using FieldBytes = std::array<uint8_t, kFieldBytes>;

/// The one encoding of a number: little-endian, below p. Takes limbs below 2^63.
constexpr FieldBytes ToBytes(const Field& number) {
  Field a = Carry(Carry(number));  // now below 2^255 + 2^14
  // How often p fits: carries of a + 19 tell whether it reaches 2^255.
  uint64_t carry = (a.limb[0] + 19) >> 51;
  for (size_t i = 1; i < 5; i++) carry = (a.limb[i] + carry) >> 51;
  a.limb[0] += 19 * carry;
  for (size_t i = 0; i < 4; i++) {
    a.limb[i + 1] += a.limb[i] >> 51;
    a.limb[i] &= kLimbMask;
  }
  a.limb[4] &= kLimbMask;
  const uint64_t words[4] = {a.limb[0] | a.limb[1] << 51, a.limb[1] >> 13 | a.limb[2] << 38,
                             a.limb[2] >> 26 | a.limb[3] << 25, a.limb[3] >> 39 | a.limb[4] << 12};
  FieldBytes bytes{};
  for (size_t i = 0; i < kFieldBytes; i++) bytes[i] = static_cast<uint8_t>(words[i / 8] >> (8 * (i % 8)));
  return bytes;
}

/// The number that 255 bits stand for; the top bit is left out. It may be p or more.
constexpr Field FromBytes(const FieldBytes& bytes) {
  uint64_t words[4] = {};
  for (size_t i = 0; i < kFieldBytes; i++) words[i / 8] |= static_cast<uint64_t>(bytes[i]) << (8 * (i % 8));
  return {{words[0] & kLimbMask, (words[0] >> 51 | words[1] << 13) & kLimbMask,
           (words[1] >> 38 | words[2] << 26) & kLimbMask, (words[2] >> 25 | words[3] << 39) & kLimbMask,
           words[3] >> 12 & kLimbMask}};
}

/// sgn0: the lowest bit of the encoding. @see RFC 9380, section 4.1
constexpr uint64_t SignOf(const Field& a) {
  return ToBytes(a)[0] & 1;
}

/// All ones where both are the same number, else zero.
constexpr uint64_t EqualMask(const Field& a, const Field& b) {
  const FieldBytes x = ToBytes(a), y = ToBytes(b);
  uint64_t difference = 0;
  for (size_t i = 0; i < kFieldBytes; i++) difference |= x[i] ^ y[i];
  return ~uint64_t{0} * ((difference - 1) >> 63);
}

}  // namespace provender::vrf
