#include "verify-calls.h"

#include "call.h"
#include "challenge.h"
#include "statement.h"
#include "verify.h"

namespace provender {
namespace {

/// verifyProof(statement, challenge, proof): number of a Verdict. Bytes of shared memory may change
/// meanwhile: the verdict is then one on either, and nothing else is read or written. Thread: JS of any
/// environment; blocks for as long as it hashes.
Napi::Value CallVerifyProof(const Napi::CallbackInfo& info) {
  const Bytes statement = BytesArgument(info, 0), challenge = BytesArgument(info, 1),
              proof = BytesArgument(info, 2);
  Require(info, challenge.size == Challenge::kBytes, "verifyProof: a challenge of 40 bytes expected");
  Require(
      info,
      statement.size >= Statement::kFixedBytes && (statement.size - Statement::kFixedBytes) % kHashBytes == 0,
      "verifyProof: a commitment without its signature expected");
  const Question question = {{statement.data, statement.size}, {challenge.data, challenge.size}};
  const Verdict verdict = VerifyProof(KernelOf(info), question, {proof.data, proof.size});
  return Napi::Number::New(info.Env(), static_cast<uint32_t>(verdict));
}

}  // namespace

void SetVerifyCalls(Napi::Object object, const Kernel* kernel) {
  Set<CallVerifyProof>(object, "verifyProof", kernel);
}

}  // namespace provender
