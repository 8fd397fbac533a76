#pragma once

#include <napi.h>

namespace provender {

/// Gives `exports` the object `recovery` with `recover`, for src/payments/kernels.ts; nothing where this
/// Node's OpenSSL cannot do it.
void SetRecoveryCalls(Napi::Object exports);

}  // namespace provender
