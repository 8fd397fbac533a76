#pragma once

#include <napi.h>

#include "kernel.h"

namespace provender {

/// Gives `object` the functions of kernel.ts that encode and decode. Thread: JS of any environment.
void SetReplicaCalls(Napi::Object object, const Kernel* kernel);

}  // namespace provender
