#pragma once

#include <cstddef>
#include <cstdint>

#include "challenge.h"
#include "multiproof.h"
#include "statement.h"
#include "verdict.h"

namespace provender {

/// A ReplicaProof as it says itself: views of its bytes, counts read once. Owns nothing.
struct ReplicaProof {
  uint32_t profile;
  const uint8_t* network_id;
  const uint8_t* comm_r;
  Challenge challenge;
  /// The whole replica; empty in other forms.
  const uint8_t* replica;
  size_t replica_size;
  /// Of layer L, ..., 1, 0 in a relation proof, of layer L in a possession proof.
  Multiproof multiproofs[kMostPasses + 1];
  size_t layers;
};

/// Reads a proof without a single hash and without memory of its own; every count is compared with the bytes
/// that are left. Any thread. @see proof-of-replication.md, section 8; section 9, rule 1
Verdict ReadProof(const uint8_t* bytes, size_t size, ReplicaProof* proof);

}  // namespace provender
