#include "point.h"

namespace provender::vrf {

Point Doubled(const Point& point, int count) {
  Projective doubled = ToProjective(point);
  for (int i = 1; i < count; i++) doubled = ToProjective(Double(doubled));
  return ToPoint(Double(doubled));
}

void ToAffine(std::span<const Point> points, std::span<Affine> out) {
  // Products of all Z up to each point; their inverse is taken apart from the last one on.
  std::array<Field, kMostAffine> before;
  Field product = kOne;
  for (size_t i = 0; i < points.size(); i++) {
    before[i] = product;
    product = product * points[i].Z;
  }
  Field inverse = Invert(product);
  for (size_t i = points.size(); i-- > 0;) {
    const Field ofZ = inverse * before[i];
    inverse = inverse * points[i].Z;
    out[i] = {points[i].X * ofZ, points[i].Y * ofZ};
  }
}

PointBytes Encode(const Affine& point) {
  PointBytes bytes = ToBytes(point.y);
  bytes[31] |= static_cast<uint8_t>(SignOf(point.x) << 7);
  return bytes;
}

void Encode(std::span<const Point> points, std::span<PointBytes> out) {
  std::array<Affine, kMostAffine> affine;
  ToAffine(points, affine);
  for (size_t i = 0; i < points.size(); i++) out[i] = Encode(affine[i]);
}

std::optional<Point> Decode(const PointBytes& bytes) {
  const Field y = FromBytes(bytes);
  PointBytes withoutSign = bytes;
  withoutSign[31] &= 0x7f;
  if (ToBytes(y) != withoutSign) return std::nullopt;  // p or more
  const Field yy = Square(y);
  const RatioRoot ratio = RootOfRatio(yy - kOne, Carry(yy * kD + kOne));
  if (ratio.quarter % 2 == 1) return std::nullopt;
  Field x = SquareRoot(ratio);
  const uint64_t sign = bytes[31] >> 7;
  if (sign == 1 && EqualMask(x, kZero) != 0) return std::nullopt;
  if (SignOf(x) != sign) x = Negate(x);
  return Point{x, y, kOne, x * y};
}

}  // namespace provender::vrf
