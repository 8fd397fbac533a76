#include "open-multiply.h"

#include <algorithm>

#include "base-tables.h"

namespace provender::vrf {
namespace {

constexpr size_t kBits = 257;
using Digits = std::array<int8_t, kBits>;

/// Digits of a number in non-adjacent form: 0 or odd, |digit| < 2^(width - 1), and of `width` neighbours at
/// most one is not 0. The bytes stand for less than 2^256.
Digits NonAdjacent(std::span<const uint8_t> bytes, int width) {
  Digits digits{};
  const auto bit = [&](size_t at) { return at / 8 < bytes.size() ? bytes[at / 8] >> (at % 8) & 1 : 0; };
  int carry = 0;
  for (size_t at = 0; at < kBits; at++) {
    if (bit(at) == carry) continue;  // the bit with what is carried into it is even
    int digit = carry;
    for (int i = 0; i < width; i++) digit += bit(at + i) << i;
    carry = digit >> (width - 1) & 1;
    digits[at] = static_cast<int8_t>(digit - (carry << width));
    at += width - 1;
  }
  return digits;
}

constexpr int kBaseWidth = 8, kPointWidth = 5;
using OddMultiples = std::array<Addend, 8>;

OddMultiples OddMultiplesOf(const Point& point) {
  OddMultiples table;
  const Addend twice = ToAddend(Doubled(point, 1));
  Point multiple = point;
  for (size_t j = 0; j < table.size(); j++) {
    if (j > 0) multiple = ToPoint(Add(multiple, twice));
    table[j] = ToAddend(multiple);
  }
  return table;
}

/// One summand: digits and the odd multiples of its point.
template <typename Table>
struct Term {
  const Digits& digits;
  const Table& table;
  bool isSubtracted;

  void AddAt(size_t at, Sum& sum) const {
    const int digit = digits[at];
    if (digit == 0) return;
    const auto& addend = table[std::abs(digit) / 2];
    const Point point = ToPoint(sum);
    sum = (digit < 0) == isSubtracted ? Add(point, addend) : Subtract(point, addend);
  }
};

/// Sum of terms, which share their doublings. @see Straus 1964
template <typename... Terms>
Point SumOf(size_t bits, const Terms&... terms) {
  Projective doubled = ToProjective(kIdentity);
  Sum sum{};
  for (size_t at = bits; at-- > 0;) {
    sum = Double(doubled);
    (terms.AddAt(at, sum), ...);
    if (at > 0) doubled = ToProjective(sum);
  }
  return ToPoint(sum);
}

}  // namespace

Point MultiplyBaseLess(const ScalarBytes& s, const Point& key, const Challenge& c) {
  const std::span<const uint8_t> bytes = s;
  const BaseTables& base = Base();
  const Digits low = NonAdjacent(bytes.first(16), kBaseWidth), high = NonAdjacent(bytes.last(16), kBaseWidth);
  const Digits ofKey = NonAdjacent(c, kPointWidth);
  const OddMultiples keys = OddMultiplesOf(key);
  return SumOf(129, Term{low, base.odd, false}, Term{high, base.oddHigh, false}, Term{ofKey, keys, true});
}

Point MultiplyLess(const Point& input, const ScalarBytes& s, const Point& gamma, const Challenge& c) {
  const Digits ofInput = NonAdjacent(s, kPointWidth), ofGamma = NonAdjacent(c, kPointWidth);
  const OddMultiples inputs = OddMultiplesOf(input), gammas = OddMultiplesOf(gamma);
  return SumOf(254, Term{ofInput, inputs, false}, Term{ofGamma, gammas, true});
}

}  // namespace provender::vrf
