#pragma once

#include <array>
#include <vector>

#include "point.h"

namespace provender::vrf {

inline constexpr size_t kCombRows = 32;
inline constexpr size_t kCombWidth = 8;
inline constexpr size_t kOddMultiples = 64;

/// Multiples of the base point B, 46 KB, made at the first use (0.1 ms) and kept until the process ends. Any
/// thread.
struct BaseTables {
  /// comb[i][j] = (j + 1) * 256^i * B.
  std::array<std::array<AffineAddend, kCombWidth>, kCombRows> comb;
  /// (2 j + 1) * B, and the same of 2^128 * B.
  std::array<AffineAddend, kOddMultiples> odd, oddHigh;
};

const BaseTables& Base();

/// first, first + step, first + 2 step, ...
std::vector<Point> Progression(const Point& first, const Point& step, size_t count);

}  // namespace provender::vrf
