#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel.h"
#include "span.h"
#include "verdict.h"

namespace provender {

/// What a proof is judged by.
struct Question {
  Span statement;  // a Commitment without its signature
  Span challenge;  // Challenge::kBytes, as the head of a proof has them
};

/// Judges a ReplicaProof; the twin of src/proof/verify-replica.ts, with the same checks in the same order.
/// Bytes of any kind lead to a verdict. Memory: less than three times the proof, beside 64 KiB. Any thread;
/// blocks for as long as it hashes. @see proof-of-replication.md, section 9
Verdict VerifyProof(const Kernel& kernel, const Question& question, const Span& proof);

}  // namespace provender
