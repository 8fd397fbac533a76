#pragma once

#include <array>
#include <optional>
#include <span>

#include "sha512.h"

namespace provender::vrf {

/// ECVRF-EDWARDS25519-SHA512-ELL2, suite 0x04 of RFC 9381. The same bytes and verdicts as src/vrf/ecvrf.ts.
/// Any thread.

inline constexpr size_t kKeyBytes = 32;
inline constexpr size_t kProofBytes = 80;
using Proof = std::array<uint8_t, kProofBytes>;

/// A proof. No branch and no address depends on the secret key; what holds it or a nonce is wiped.
/// @see RFC 9381, section 5.1; nonce 5.4.2.2
Proof Prove(std::span<const uint8_t, kKeyBytes> secretKey, std::span<const uint8_t> alpha);

/// The output of an accepted proof, by the strict rule; variable time. @see storer-selection.md, section 1,
/// "Accept set"
std::optional<Sha512Hash> Verify(std::span<const uint8_t, kKeyBytes> publicKey,
                                 std::span<const uint8_t> alpha, std::span<const uint8_t, kProofBytes> proof);

}  // namespace provender::vrf
