#pragma once

#include <array>

#include "point.h"
#include "scalar.h"

namespace provender::vrf {

/// Multiplication by secret scalars: the same steps and the same memory for each. Any thread.

/// scalar * B.
Point MultiplyBase(const Scalar& scalar);

/// Multiplies one point, which need not be secret, by several scalars. Owns 4 tables of 8 multiples, 5 KB;
/// not secret.
class SecretMultiplier {
 public:
  explicit SecretMultiplier(const Point& point);
  Point Times(const Scalar& scalar) const;

 private:
  static constexpr size_t kParts = 4, kWidth = 8;

  /// tables_[k][j] = (j + 1) * 2^(64 k) * point: the four quarters of a scalar share 60 doublings.
  std::array<std::array<Addend, kWidth>, kParts> tables_;
};

}  // namespace provender::vrf
