#include "label-start.h"

#include <cstring>

#include "lanes.h"
#include "sha256-constants.h"

namespace provender {

void StartLabels(const Kernel& kernel, uint32_t pass, const uint8_t* segment_id, uint32_t* state) {
  const Kernel& narrow = Fitting(kernel, 1);
  uint8_t message[64] = "provender/label0/v1";
  message[15] = static_cast<uint8_t>('0' + pass);
  std::memcpy(message + 32, segment_id, kHashBytes);
  uint32_t states[kMostLanes * kStateWords];
  for (size_t lane = 0; lane < narrow.lanes; lane++)
    std::memcpy(states + kStateWords * lane, kInitial, sizeof kInitial);
  narrow.compress_lanes(states, message, 0, 1);
  std::memcpy(state, states, sizeof kInitial);
}

}  // namespace provender
