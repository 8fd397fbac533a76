#pragma once

#include <cstddef>

#include "kernel.h"

namespace provender {

/// Words of a SHA-256 state.
constexpr size_t kStateWords = 8;
/// No path has more.
constexpr size_t kMostLanes = 32;

/// The path with the fewest lanes that still holds `count`.
inline const Kernel& Fitting(const Kernel& kernel, size_t count) {
  const Kernel* fitting = &kernel;
  while (fitting->narrower != nullptr && count <= fitting->narrower->lanes) fitting = fitting->narrower;
  return *fitting;
}

}  // namespace provender
