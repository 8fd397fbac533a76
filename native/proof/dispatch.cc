// The one place that decides between instruction sets, at run time.
#include "dispatch.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace provender {
namespace {

using Clock = std::chrono::steady_clock;

/// Best time of a few runs over 16 KiB. Which path wins is a matter of the processor (Zen 4 runs four SHA-NI
/// lanes faster than AVX-512, processors without SHA-NI or with full-width AVX-512 do not), so it is
/// measured: about 10 us a run. A disturbed measurement costs speed and never a byte.
Clock::duration Measure(const Kernel& kernel) {
  constexpr size_t kUnits = 256;
  const std::vector<uint8_t> in(kUnits * kUnitBytes);
  std::vector<uint8_t> out(kUnits * kHashBytes);
  Clock::duration best = Clock::duration::max();
  for (int run = 0; run < 5; run++) {
    const auto start = Clock::now();
    kernel.hash_units(kNodePrefix, in.data(), kUnits, out.data());
    best = std::min(best, Clock::now() - start);
  }
  return best;
}

/// What this architecture has beside the portable kernel, which is never the fastest of several.
std::vector<const Kernel*> Candidates() {
#if defined(__x86_64__)
  return {&kShani4, &kAvx512, &kShani2, &kShani1};
#else
  return {};
#endif
}

std::vector<const Kernel*> Find() {
  std::vector<std::pair<Clock::duration, const Kernel*>> found;
  for (const Kernel* kernel : Candidates()) {
    if (kernel->supported()) found.emplace_back(Measure(*kernel), kernel);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<const Kernel*> kernels;
  for (const auto& [time, kernel] : found) kernels.push_back(kernel);
  kernels.push_back(&kPortable);
  return kernels;
}

}  // namespace

const std::vector<const Kernel*>& RunnableKernels() {
  static const std::vector<const Kernel*> kernels = Find();
  return kernels;
}

}  // namespace provender
