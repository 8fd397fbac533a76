#pragma once

#include "field-bytes.h"
#include "field.h"

namespace provender::vrf {

/// Powers, inverses and roots. All take the same steps for every value. Any thread.

/// a^(2^250 - 1) and a^11, which the exponents below begin with.
struct PowerStart {
  Field ones250;
  Field eleventh;
};

constexpr PowerStart StartPower(const Field& a) {
  const Field second = Square(a);
  const Field ninth = Squares(second, 2) * a;
  const Field eleventh = ninth * second;
  const Field ones5 = Square(eleventh) * ninth;
  const Field ones10 = Squares(ones5, 5) * ones5;
  const Field ones20 = Squares(ones10, 10) * ones10;
  const Field ones40 = Squares(ones20, 20) * ones20;
  const Field ones50 = Squares(ones40, 10) * ones10;
  const Field ones100 = Squares(ones50, 50) * ones50;
  const Field ones200 = Squares(ones100, 100) * ones100;
  return {Squares(ones200, 50) * ones50, eleventh};
}

/// a^(p - 2): 1/a, and 0 for 0.
constexpr Field Invert(const Field& a) {
  const auto [ones250, eleventh] = StartPower(a);
  return Squares(ones250, 5) * eleventh;
}

/// a^((p - 5) / 8).
constexpr Field PowerForRoot(const Field& a) {
  return Squares(StartPower(a).ones250, 2) * a;
}

/// A square root of -1: 2 is no square, so 2^((p - 1) / 4) is one.
inline constexpr Field kImaginary = Square(PowerForRoot(Small(2))) * Small(2);

/// What is known of the square root of a ratio n/d after one power: d * root^2 = i^quarter * n.
struct RatioRoot {
  Field root;
  /// 0 to 3. Even: n/d is a square. Where n is 0, so are both. d must not be 0.
  uint64_t quarter;
};

constexpr RatioRoot RootOfRatio(const Field& n, const Field& d) {
  const Field d3 = Square(d) * d;
  const Field root = n * d3 * PowerForRoot(n * Square(d3) * d);
  const Field found = d * Square(root);
  const Field turned = n * kImaginary;
  const uint64_t none = EqualMask(found, n);
  const uint64_t once = EqualMask(found, turned), twice = EqualMask(Negate(found), n);
  return {root, ~none & ((once & 1) | (twice & 2) | (~once & ~twice & 3))};
}

/// The root itself, where `quarter` is even.
constexpr Field SquareRoot(const RatioRoot& ratio) {
  const uint64_t isTurned = ~uint64_t{0} * (ratio.quarter >> 1 & 1);
  return Select(isTurned, ratio.root * kImaginary, ratio.root);
}

/// The root of a constant whose sgn0 is 0.
consteval Field EvenRoot(const Field& square) {
  const Field root = SquareRoot(RootOfRatio(square, kOne));
  return SignOf(root) == 1 ? Negate(root) : root;
}

}  // namespace provender::vrf
