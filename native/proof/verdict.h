#pragma once

#include <cstdint>

namespace provender {

/// What a verifier answers; the numbers are those of src/proof/verdict.ts, so that they cross the border as
/// they are.
enum class Verdict : uint32_t {
  kOk = 0,
  kFormat,
  kLimit,
  kStatement,
  kChallenge,
  kIndices,
  kSiblings,
  kRoot,
  kRelation,
  kPadding,
};

}  // namespace provender
