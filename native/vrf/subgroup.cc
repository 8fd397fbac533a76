#include "subgroup.h"

#include "montgomery.h"

// A point P is in the subgroup iff it is 8 times a point. On curve25519, whose points of 2-power order are a
// cyclic group of 8 with T = (1, sqrt(A + 2)) of order 4, that takes three powers instead of a multiplication
// by L:
// - P is twice a point iff u is a square. Then with w^2 = u and s = 2 (u + v/w) or 2 (u - v/w), of which
// exactly one
//   makes s + A a square t^2, the point Q = (s/2 + w t, t u_Q) has 2 Q = P. The other halves of P are Q + 2 T
//   and so on, which changes no answer: they differ by 4 times a point.
// - Q is 4 times a point iff its Tate pairing with T is trivial: the value of f = (v - sqrt(A + 2) u)^2 / u
// at Q, the
//   function with four zeros in T, is a fourth power. Here f = u_Q (t - sqrt(A + 2))^2.
// See Koshelev 2022, "Subgroup membership testing on elliptic curves via the Tate pairing", and Pornin 2022,
// "Point-halving and subgroup membership in twisted Edwards curves".

namespace provender::vrf {
namespace {

/// sqrt(A + 2); which of the two does not matter.
constexpr Field kSlope = kToV * kImaginary;

/// A^2 - 4 = (s + A)(s' + A), which is no square; times i or -i it is one.
constexpr Field kBothSums = Small(kA * kA - 4);
constexpr Field kRootOnce = SquareRoot(RootOfRatio(kBothSums * kImaginary, kOne));
constexpr Field kRootThrice = SquareRoot(RootOfRatio(kBothSums * Negate(kImaginary), kOne));

bool IsFourthPower(const Field& a) {
  return EqualMask(Square(PowerForRoot(a)) * a, kOne) != 0;
}

}  // namespace

bool IsTorsionFree(const Point& point) {
  const Field &x = point.X, &y = point.Y;
  if (EqualMask(x, kZero) != 0)
    return EqualMask(y, kOne) != 0;  // the neutral element, or the point of order 2
  const RatioRoot ofU = RootOfRatio(y + kOne, Carry(kOne - y));
  if (ofU.quarter % 2 == 1) return false;
  const Field w = SquareRoot(ofU), wx = w * x;
  // s + A = sum/x with v/w = kToV w/x.
  const Field half = w * (wx + kToV);
  const Field sum = Carry(half + half + x * Small(kA));
  const RatioRoot ofSum = RootOfRatio(sum, x);
  const Field xxx = Square(x) * x;
  if (ofSum.quarter % 2 == 0) {
    const Field t = SquareRoot(ofSum);
    return IsFourthPower(w * (wx + kToV + t * x) * Square(t - kSlope) * xxx);  // f x^4
  }
  // The other s: t = k/r with r^2 = i^quarter (s + A) and k^2 = i^quarter (A^2 - 4).
  const Field& r = ofSum.root;
  const Field k = ofSum.quarter == 1 ? kRootOnce : kRootThrice;
  return IsFourthPower(w * (r * (wx - kToV) + k * x) * Square(k - kSlope * r) * xxx * r);  // f (x r)^4
}

}  // namespace provender::vrf
