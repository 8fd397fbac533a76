#include "base-tables.h"

namespace provender::vrf {
namespace {

/// B: y = 4/5 and the even x. @see RFC 8032, section 5.1
constexpr Field kBaseY = Small(4) * Invert(Small(5));
constexpr Field kBaseX = EvenRoot((Square(kBaseY) - kOne) * Invert(Carry(Square(kBaseY) * kD + kOne)));
constexpr Point kBase = {kBaseX, kBaseY, kOne, kBaseX* kBaseY};

void Fill(std::span<const Point> points, std::span<AffineAddend> out) {
  std::vector<Affine> affine(points.size());
  ToAffine(points, affine);
  for (size_t i = 0; i < points.size(); i++) {
    const auto& [x, y] = affine[i];
    out[i] = {Carry(y + x), Carry(y - x), x * y * kTwoD};
  }
}

BaseTables MakeTables() {
  BaseTables tables;
  Point row = kBase;
  for (auto& multiples : tables.comb) {
    Fill(Progression(row, row, kCombWidth), multiples);
    row = Doubled(row, 8);
  }
  const Point high = Doubled(kBase, 128);
  Fill(Progression(kBase, Doubled(kBase, 1), kOddMultiples), tables.odd);
  Fill(Progression(high, Doubled(high, 1), kOddMultiples), tables.oddHigh);
  return tables;
}

}  // namespace

const BaseTables& Base() {
  static const BaseTables tables = MakeTables();
  return tables;
}

std::vector<Point> Progression(const Point& first, const Point& step, size_t count) {
  std::vector<Point> points = {first};
  const Addend addend = ToAddend(step);
  while (points.size() < count) points.push_back(ToPoint(Add(points.back(), addend)));
  return points;
}

}  // namespace provender::vrf
