#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "field-bytes.h"
#include "field-root.h"
#include "field.h"

namespace provender::vrf {

/// Points of edwards25519, -x^2 + y^2 = 1 + d x^2 y^2, and their sums. The formulas are complete: no point is
/// special. Any thread; nothing branches on a value but `Decode`. Coordinates of points are tight. @see Hisil
/// et al. 2008; RFC 8032, section 5.1.4

/// x = X/Z, y = Y/Z, without T: all that a doubling needs.
struct Projective {
  Field X, Y, Z;
};

/// x = X/Z, y = Y/Z, x y = T/Z.
struct Point {
  Field X, Y, Z, T;
};

/// A sum before its last products: x = X/Z, y = Y/T.
struct Sum {
  Field X, Y, Z, T;
};

/// A point made ready to be added: Y + X, Y - X, 2 Z, 2 d T.
struct Addend {
  Field plus, minus, twoZ, t2d;
};

/// The same of a point with Z = 1, which spares a product.
struct AffineAddend {
  Field plus, minus, t2d;
};

inline constexpr Field kMinusD = Small(121665) * Invert(Small(121666));
inline constexpr Field kD = Negate(kMinusD);
inline constexpr Field kTwoD = Carry(kD + kD);
inline constexpr Point kIdentity = {kZero, kOne, kOne, kZero};

inline Projective ToProjective(const Sum& sum) {
  return {sum.X * sum.T, sum.Y * sum.Z, sum.Z * sum.T};
}

inline Point ToPoint(const Sum& sum) {
  return {sum.X * sum.T, sum.Y * sum.Z, sum.Z * sum.T, sum.X * sum.Y};
}

inline Projective ToProjective(const Point& point) {
  return {point.X, point.Y, point.Z};
}

inline Addend ToAddend(const Point& point) {
  return {point.Y + point.X, point.Y - point.X, point.Z + point.Z, point.T * kTwoD};
}

inline Sum Double(const Projective& point) {
  const Field xx = Square(point.X), yy = Square(point.Y), zz = Square(point.Z);
  const Field both = yy + xx;
  return {Square(point.X + point.Y) - both, both, yy - xx, zz + zz + xx - yy};
}

inline Sum Add(const Point& point, const Addend& other) {
  const Field c = point.T * other.t2d, d = point.Z * other.twoZ;
  const Field a = (point.Y - point.X) * other.minus, b = (point.Y + point.X) * other.plus;
  return {b - a, b + a, d + c, d - c};
}

inline Sum Subtract(const Point& point, const Addend& other) {
  const Field c = point.T * other.t2d, d = point.Z * other.twoZ;
  const Field a = (point.Y - point.X) * other.plus, b = (point.Y + point.X) * other.minus;
  return {b - a, b + a, d - c, d + c};
}

inline Sum Add(const Point& point, const AffineAddend& other) {
  const Field c = point.T * other.t2d, d = point.Z + point.Z;
  const Field a = (point.Y - point.X) * other.minus, b = (point.Y + point.X) * other.plus;
  return {b - a, b + a, d + c, d - c};
}

inline Sum Subtract(const Point& point, const AffineAddend& other) {
  const Field c = point.T * other.t2d, d = point.Z + point.Z;
  const Field a = (point.Y - point.X) * other.plus, b = (point.Y + point.X) * other.minus;
  return {b - a, b + a, d - c, d + c};
}

/// point * 2^count, count >= 1.
Point Doubled(const Point& point, int count);

/// x and y of many points with one inversion. Takes at most kMostAffine.
inline constexpr size_t kMostAffine = 256;
struct Affine {
  Field x, y;
};
void ToAffine(std::span<const Point> points, std::span<Affine> out);

using PointBytes = FieldBytes;

/// y, and the sign of x in the top bit. @see RFC 8032, section 5.1.2
PointBytes Encode(const Affine& point);

/// Encodings of up to kMostAffine points.
void Encode(std::span<const Point> points, std::span<PointBytes> out);

/// The point of a canonical encoding, Z = 1; none for any other bytes. Variable time: for what everybody may
/// see.
/// @see RFC 8032, section 5.1.3
std::optional<Point> Decode(const PointBytes& bytes);

}  // namespace provender::vrf
