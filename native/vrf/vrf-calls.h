#pragma once

#include <napi.h>

namespace provender {

/// Gives `exports` the object `vrf` with `prove` and `verify`, for src/vrf/kernels.ts.
void SetVrfCalls(Napi::Object exports);

}  // namespace provender
