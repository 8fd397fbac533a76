#pragma once

#include <cstddef>
#include <cstring>

namespace provender::vrf {

/// Overwrites what held a secret. The compiler is told that somebody looks at the memory afterwards, else it
/// would leave out writes to what nobody reads. Any thread.
inline void Wipe(void* memory, size_t size) {
  std::memset(memory, 0, size);
  __asm__ __volatile__("" : : "r"(memory) : "memory");
}

/// Wipes an object at the end of its scope. The object must outlive the guard.
template <typename T>
class WipeLater {
 public:
  explicit WipeLater(T& object) : object_(object) {}
  ~WipeLater() { Wipe(&object_, sizeof object_); }
  WipeLater(const WipeLater&) = delete;
  WipeLater& operator=(const WipeLater&) = delete;

 private:
  T& object_;
};

}  // namespace provender::vrf
