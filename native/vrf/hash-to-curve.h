#pragma once

#include <span>

#include "point.h"

namespace provender::vrf {

/// A message in two parts, one after the other.
struct Message {
  std::span<const uint8_t> first, second;
};

/// encode_to_curve of the suite edwards25519_XMD:SHA-512_ELL2_NU_: a point of the prime-order subgroup for
/// any bytes. The same steps for all messages of one length. `tag` is the DST, 1 to 255 bytes. Any thread.
/// @see RFC 9380, sections 5.2, 5.3.1, 6.7.1, 6.8.2 and 8.5
Point EncodeToCurve(const Message& message, std::span<const uint8_t> tag);

}  // namespace provender::vrf
