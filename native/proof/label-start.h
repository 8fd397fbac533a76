#pragma once

#include <cstdint>

#include "kernel.h"

namespace provender {

/// Writes the eight words of the state after tag(label l) and the id of a segment: all its pads in pass l
/// start from it. Any thread. @see proof-of-replication.md, section 5
void StartLabels(const Kernel& kernel, uint32_t pass, const uint8_t* segment_id, uint32_t* state);

}  // namespace provender
