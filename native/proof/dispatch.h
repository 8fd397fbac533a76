#pragma once

#include <vector>

#include "kernel.h"

namespace provender {

/// The kernels that can run on this processor, the fastest first. Found once per process; any thread.
const std::vector<const Kernel*>& RunnableKernels();

}  // namespace provender
