#include "vrf-calls.h"

#include <algorithm>

#include "../proof/call.h"
#include "ecvrf.h"

namespace provender {
namespace {

/// prove(secretKey, alpha, out): void. `out` gets the proof, 80 bytes. Thread: JS of any environment; blocks
/// for as long as it computes, about 0.1 ms.
void CallProve(const Napi::CallbackInfo& info) {
  const Bytes key = BytesArgument(info, 0), alpha = BytesArgument(info, 1), out = BytesArgument(info, 2);
  Require(info, key.size == vrf::kKeyBytes && out.size == vrf::kProofBytes, "prove: sizes do not fit");
  const vrf::Proof proof =
      vrf::Prove(std::span<const uint8_t, vrf::kKeyBytes>(key.data, key.size), {alpha.data, alpha.size});
  std::ranges::copy(proof, out.data);
}

/// verify(publicKey, alpha, proof, out): boolean. `out` gets the output, 64 bytes, when it is true. Bytes of
/// shared memory may change meanwhile: the answer is then one on either. Thread: JS of any environment;
/// blocks as `prove`.
Napi::Value CallVerify(const Napi::CallbackInfo& info) {
  const Bytes key = BytesArgument(info, 0), alpha = BytesArgument(info, 1);
  const Bytes proof = BytesArgument(info, 2), out = BytesArgument(info, 3);
  Require(info, key.size == vrf::kKeyBytes && proof.size == vrf::kProofBytes && out.size == vrf::kSha512Bytes,
          "verify: sizes do not fit");
  const auto output =
      vrf::Verify(std::span<const uint8_t, vrf::kKeyBytes>(key.data, key.size), {alpha.data, alpha.size},
                  std::span<const uint8_t, vrf::kProofBytes>(proof.data, proof.size));
  if (output) std::ranges::copy(*output, out.data);
  return Napi::Boolean::New(info.Env(), output.has_value());
}

}  // namespace

void SetVrfCalls(Napi::Object exports) {
  Napi::Object calls = Napi::Object::New(exports.Env());
  calls.Set("prove", Napi::Function::New<CallProve>(exports.Env(), "prove"));
  calls.Set("verify", Napi::Function::New<CallVerify>(exports.Env(), "verify"));
  exports.Set("vrf", calls);
}

}  // namespace provender
