#pragma once

#include <napi.h>

#include "kernel.h"

namespace provender {

/// Gives `object` the function of kernel.ts that draws graphs. Thread: JS of any environment.
void SetGraphCalls(Napi::Object object, const Kernel* kernel);

}  // namespace provender
