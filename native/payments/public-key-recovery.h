#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "openssl.h"

namespace provender::payments {

inline constexpr size_t kDigestBytes = 32;
/// r and s, each 32 bytes, big-endian.
inline constexpr size_t kSignatureBytes = 64;
/// x and y, each 32 bytes, big-endian.
inline constexpr size_t kPublicKeyBytes = 64;

/// Finds the public key of a signature on secp256k1. The same answers as src/payments/public-key-recovery.ts.
/// All that it sees is public: times depend on values. Thread: one at a time, since the scratch numbers are
/// used by each call; an environment has one of its own. Lifetime: what OpenSSL gave is freed with it.
class PublicKeyRecovery {
 public:
  enum class Answer {
    kFound,
    /// The signature is no one's.
    kNone,
    /// OpenSSL got no memory.
    kFailed,
  };

  /// @returns null where this OpenSSL is incomplete, does not know the curve, or has no memory
  static std::unique_ptr<PublicKeyRecovery> Open();

  /// @param parity - 0 or 1, of the y of the point whose x is r; x = r + n is not looked at, so that ids 2
  /// and 3 do not exist
  /// @param out - gets the key when it was found
  /// @see SEC 1, section 4.1.6; payment-channels.md, section 5
  Answer Recover(std::span<const uint8_t, kDigestBytes> digest,
                 std::span<const uint8_t, kSignatureBytes> signature, int parity,
                 std::span<uint8_t, kPublicKeyBytes> out);

 private:
  struct Free {
    void operator()(BN_CTX* context) const { BN_CTX_free(context); }
    void operator()(BIGNUM* number) const { BN_free(number); }
    void operator()(EC_GROUP* group) const { EC_GROUP_free(group); }
    void operator()(EC_POINT* point) const { EC_POINT_free(point); }
  };
  template <typename T>
  using Owned = std::unique_ptr<T, Free>;
  using Number = Owned<BIGNUM>;

  PublicKeyRecovery() = default;

  bool HasAll() const;
  bool IsInRange(const BIGNUM* number) const;
  bool Read(std::span<const uint8_t> bytes, const Number& number);
  Answer RecoverUnmarked(std::span<const uint8_t, kDigestBytes> digest,
                         std::span<const uint8_t, kSignatureBytes> signature, int parity,
                         std::span<uint8_t, kPublicKeyBytes> out);

  Owned<EC_GROUP> group_;
  Owned<BN_CTX> context_;
  Owned<EC_POINT> nonce_point_, key_;
  Number r_, s_, digest_, inverse_, of_base_, of_nonce_point_;
  const BIGNUM* order_ = nullptr;  // of group_
};

}  // namespace provender::payments
