#pragma once

#include <napi.h>

#include "kernel.h"

namespace provender {

/// Gives `object` the functions of kernel.ts that verify. Thread: JS of any environment.
void SetVerifyCalls(Napi::Object object, const Kernel* kernel);

}  // namespace provender
