#pragma once

#include "point.h"

namespace provender::vrf {

/// Whether a point with Z = 1 lies in the subgroup of prime order, the neutral element included. Variable
/// time: for what everybody may see. Any thread.
bool IsTorsionFree(const Point& point);

}  // namespace provender::vrf
