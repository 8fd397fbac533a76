#pragma once

#include <array>

#include "point.h"
#include "scalar.h"

namespace provender::vrf {

/// What a proof's check computes of numbers that everybody may see: variable time. Any thread.

using Challenge = std::array<uint8_t, 16>;

/// s * B - c * Y.
Point MultiplyBaseLess(const ScalarBytes& s, const Point& key, const Challenge& c);

/// s * H - c * Gamma.
Point MultiplyLess(const Point& input, const ScalarBytes& s, const Point& gamma, const Challenge& c);

}  // namespace provender::vrf
