#include "ecvrf.h"

#include <algorithm>
#include <string_view>

#include "hash-to-curve.h"
#include "open-multiply.h"
#include "scalar.h"
#include "secret-multiply.h"
#include "subgroup.h"
#include "wipe.h"

namespace provender::vrf {
namespace {

constexpr uint8_t kSuite = 0x04;
constexpr std::string_view kTagText = "ECVRF_edwards25519_XMD:SHA-512_ELL2_NU_\x04";

Point InputOf(std::span<const uint8_t> publicKey, std::span<const uint8_t> alpha) {
  return EncodeToCurve({publicKey, alpha},
                       {reinterpret_cast<const uint8_t*>(kTagText.data()), kTagText.size()});
}

/// What an Ed25519 seed stands for; wiped at its end. @see RFC 8032, section 5.1.5
struct Expanded {
  explicit Expanded(std::span<const uint8_t> secretKey) : hash(Sha512().Add(secretKey).End()) {
    hash[0] &= 0xf8;
    hash[31] = static_cast<uint8_t>((hash[31] & 0x7f) | 0x40);
    scalar = ReduceScalar(std::span(hash).first(32));
  }
  ~Expanded() {
    Wipe(hash.data(), sizeof hash);
    Wipe(&scalar, sizeof scalar);
  }
  std::span<const uint8_t> prefix() const { return std::span(hash).last(32); }

  Sha512Hash hash;
  Scalar scalar;
};

/// c of Y, H, Gamma, U and V. @see RFC 9381, section 5.4.3
Challenge ChallengeOf(std::initializer_list<std::span<const uint8_t>> points) {
  Sha512 hash;
  hash.Add(kSuite).Add(0x02);
  for (const auto& bytes : points) hash.Add(bytes);
  const Sha512Hash whole = hash.Add(0x00).End();
  Challenge c;
  std::copy_n(whole.begin(), c.size(), c.begin());
  return c;
}

Scalar NonceOf(std::span<const uint8_t> prefix, std::span<const uint8_t> input) {
  Sha512Hash hash = Sha512().Add(prefix).Add(input).End();
  const WipeLater wipe(hash);
  return ReduceScalar(hash);
}

}  // namespace

Proof Prove(std::span<const uint8_t, kKeyBytes> secretKey, std::span<const uint8_t> alpha) {
  const Expanded secret(secretKey);
  std::array<PointBytes, 1> key, input;
  Encode(std::array{MultiplyBase(secret.scalar)}, key);
  const Point inputPoint = InputOf(key[0], alpha);
  Encode(std::array{inputPoint}, input);
  Scalar nonce = NonceOf(secret.prefix(), input[0]);
  const WipeLater wipe(nonce);
  const SecretMultiplier multiplier(inputPoint);
  std::array<PointBytes, 3> found;  // Gamma, U, V
  Encode(std::array{multiplier.Times(secret.scalar), MultiplyBase(nonce), multiplier.Times(nonce)}, found);
  const Challenge c = ChallengeOf({key[0], input[0], found[0], found[1], found[2]});
  const ScalarBytes s = ToBytes(MultiplyAdd(secret.scalar, ReduceScalar(c), nonce));
  Proof proof;
  auto end = std::copy(found[0].begin(), found[0].end(), proof.begin());
  end = std::copy(c.begin(), c.end(), end);
  std::copy(s.begin(), s.end(), end);
  return proof;
}

std::optional<Sha512Hash> Verify(std::span<const uint8_t, kKeyBytes> publicKey,
                                 std::span<const uint8_t> alpha,
                                 std::span<const uint8_t, kProofBytes> proof) {
  PointBytes keyBytes, gammaBytes;
  Challenge c;
  ScalarBytes s;
  std::ranges::copy(publicKey, keyBytes.begin());
  std::ranges::copy(proof.first<32>(), gammaBytes.begin());
  std::ranges::copy(proof.subspan<32, 16>(), c.begin());
  std::ranges::copy(proof.last<32>(), s.begin());
  if (!IsCanonical(s)) return std::nullopt;
  const std::optional<Point> key = Decode(keyBytes), gamma = Decode(gammaBytes);
  // x = 0: the only point of small order that is free of torsion is no key.
  if (!key || !gamma || EqualMask(key->X, kZero) != 0) return std::nullopt;
  if (!IsTorsionFree(*gamma) || !IsTorsionFree(*key)) return std::nullopt;
  const Point input = InputOf(keyBytes, alpha);
  std::array<PointBytes, 4> found;  // H, U, V, 8 Gamma
  Encode(
      std::array{input, MultiplyBaseLess(s, *key, c), MultiplyLess(input, s, *gamma, c), Doubled(*gamma, 3)},
      found);
  if (ChallengeOf({keyBytes, found[0], gammaBytes, found[1], found[2]}) != c) return std::nullopt;
  return Sha512().Add(kSuite).Add(0x03).Add(found[3]).Add(0x00).End();
}

}  // namespace provender::vrf
