#pragma once

#include "field-root.h"

namespace provender::vrf {

/// curve25519, v^2 = u^3 + A u^2 + u: the same group as edwards25519 by u = (1 + y)/(1 - y), v = kToV u/x.
inline constexpr uint64_t kA = 486662;

/// The root of -(A + 2) with sgn0 0. @see RFC 9380, appendix D.1
inline constexpr Field kToV = EvenRoot(Negate(Small(kA + 2)));

}  // namespace provender::vrf
