#include "recovery-calls.h"

#include <memory>

#include "../proof/call.h"
#include "public-key-recovery.h"

namespace provender {
namespace {

using payments::PublicKeyRecovery;
using Answer = PublicKeyRecovery::Answer;

/// recover(digest, signature, parity, out): boolean. `out` gets the public key, 64 bytes, when it is true.
/// Bytes of shared memory may change meanwhile: the answer is then one on either. Thread: JS of any
/// environment, each with its own state; blocks for as long as it computes, about 0.3 ms.
Napi::Value CallRecover(const Napi::CallbackInfo& info) {
  Require(info, info[2].IsNumber(), "recover: parity expected");
  const int parity = info[2].As<Napi::Number>().Int32Value();
  const Bytes digest = BytesArgument(info, 0), signature = BytesArgument(info, 1);
  const Bytes out = BytesArgument(info, 3);
  Require(info,
          digest.size == payments::kDigestBytes && signature.size == payments::kSignatureBytes &&
              out.size == payments::kPublicKeyBytes && (parity == 0 || parity == 1),
          "recover: sizes or parity do not fit");
  const Answer answer =
      static_cast<PublicKeyRecovery*>(info.Data())
          ->Recover(std::span<const uint8_t, payments::kDigestBytes>(digest.data, digest.size),
                    std::span<const uint8_t, payments::kSignatureBytes>(signature.data, signature.size),
                    parity, std::span<uint8_t, payments::kPublicKeyBytes>(out.data, out.size));
  if (answer == Answer::kFailed) throw Napi::Error::New(info.Env(), "recover: OpenSSL got no memory");
  return Napi::Boolean::New(info.Env(), answer == Answer::kFound);
}

}  // namespace

void SetRecoveryCalls(Napi::Object exports) {
  std::unique_ptr<PublicKeyRecovery> opened = PublicKeyRecovery::Open();
  if (opened == nullptr) return;
  Napi::Env env = exports.Env();
  PublicKeyRecovery* recovery = opened.get();
  Napi::Object calls = Napi::Object::New(env);
  calls.Set("recover", Napi::Function::New<CallRecover>(env, "recover", recovery));
  exports.Set("recovery", calls);
  // No JavaScript runs any more when the hook does.
  env.AddCleanupHook([](PublicKeyRecovery* ended) { delete ended; }, opened.release());
}

}  // namespace provender
