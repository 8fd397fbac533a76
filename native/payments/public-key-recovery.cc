#include "public-key-recovery.h"

#include <algorithm>

namespace provender::payments {
namespace {

/// How a point begins that has both coordinates. @see SEC 1, section 2.3.3
constexpr size_t kPointPrefixBytes = 1;

}  // namespace

std::unique_ptr<PublicKeyRecovery> PublicKeyRecovery::Open() {
  if (!HasOpenssl()) return nullptr;
  std::unique_ptr<PublicKeyRecovery> made(new PublicKeyRecovery());
  ERR_set_mark();
  made->group_.reset(EC_GROUP_new_by_curve_name(NID_secp256k1));
  made->context_.reset(BN_CTX_new());
  for (Number* number :
       {&made->r_, &made->s_, &made->digest_, &made->inverse_, &made->of_base_, &made->of_nonce_point_}) {
    number->reset(BN_new());
  }
  if (made->group_ != nullptr) {
    made->nonce_point_.reset(EC_POINT_new(made->group_.get()));
    made->key_.reset(EC_POINT_new(made->group_.get()));
    made->order_ = EC_GROUP_get0_order(made->group_.get());
  }
  ERR_pop_to_mark();
  return made->HasAll() ? std::move(made) : nullptr;
}

bool PublicKeyRecovery::HasAll() const {
  return group_ && context_ && nonce_point_ && key_ && order_ != nullptr && r_ && s_ && digest_ && inverse_ &&
         of_base_ && of_nonce_point_;
}

PublicKeyRecovery::Answer PublicKeyRecovery::Recover(std::span<const uint8_t, kDigestBytes> digest,
                                                     std::span<const uint8_t, kSignatureBytes> signature,
                                                     int parity, std::span<uint8_t, kPublicKeyBytes> out) {
  // Errors that stay in the queue of the thread would be taken for those of Node's next TLS or crypto call.
  ERR_set_mark();
  const Answer answer = RecoverUnmarked(digest, signature, parity, out);
  ERR_pop_to_mark();
  return answer;
}

bool PublicKeyRecovery::Read(std::span<const uint8_t> bytes, const Number& number) {
  return BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), number.get()) != nullptr;
}

/// 1 to n - 1.
bool PublicKeyRecovery::IsInRange(const BIGNUM* number) const {
  return BN_is_zero(number) == 0 && BN_cmp(number, order_) < 0;
}

PublicKeyRecovery::Answer PublicKeyRecovery::RecoverUnmarked(
    std::span<const uint8_t, kDigestBytes> digest, std::span<const uint8_t, kSignatureBytes> signature,
    int parity, std::span<uint8_t, kPublicKeyBytes> out) {
  if (!Read(signature.first<32>(), r_) || !Read(signature.last<32>(), s_) || !Read(digest, digest_)) {
    return Answer::kFailed;
  }
  if (!IsInRange(r_.get()) || !IsInRange(s_.get())) return Answer::kNone;
  BN_CTX* context = context_.get();
  // n < p: r is a coordinate as it stands
  if (EC_POINT_set_compressed_coordinates(group_.get(), nonce_point_.get(), r_.get(), parity, context) != 1) {
    return Answer::kNone;
  }
  // Q = r^-1 (s R - e G)
  if (BN_mod_inverse(inverse_.get(), r_.get(), order_, context) == nullptr ||
      BN_mod_mul(of_base_.get(), digest_.get(), inverse_.get(), order_, context) != 1 ||
      BN_sub(of_base_.get(), order_, of_base_.get()) != 1 ||
      BN_mod_mul(of_nonce_point_.get(), s_.get(), inverse_.get(), order_, context) != 1 ||
      EC_POINT_mul(group_.get(), key_.get(), of_base_.get(), nonce_point_.get(), of_nonce_point_.get(),
                   context) != 1) {
    return Answer::kFailed;
  }
  if (EC_POINT_is_at_infinity(group_.get(), key_.get()) == 1) return Answer::kNone;
  std::array<uint8_t, kPointPrefixBytes + kPublicKeyBytes> encoded;
  if (EC_POINT_point2oct(group_.get(), key_.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(),
                         encoded.size(), context) != encoded.size()) {
    return Answer::kFailed;
  }
  std::copy(encoded.begin() + kPointPrefixBytes, encoded.end(), out.begin());
  return Answer::kFound;
}

}  // namespace provender::payments
