#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace provender::vrf {

inline constexpr size_t kSha512Bytes = 64;
inline constexpr size_t kSha512Block = 128;
using Sha512Hash = std::array<uint8_t, kSha512Bytes>;

/// SHA-512 of parts, one after the other. One thread at a time; wipes what it took in. The same steps for all
/// inputs of one length. @see FIPS 180-4
class Sha512 {
 public:
  Sha512();
  ~Sha512();
  Sha512(const Sha512&) = delete;
  Sha512& operator=(const Sha512&) = delete;

  Sha512& Add(std::span<const uint8_t> bytes);
  Sha512& Add(uint8_t byte);

  /// Once, at the end; nothing may be added afterwards. Inputs have less than 2^61 bytes.
  Sha512Hash End();

 private:
  void Compress(const uint8_t* block);

  std::array<uint64_t, 8> state_;
  std::array<uint8_t, kSha512Block> block_{};
  uint64_t size_ = 0;
};

}  // namespace provender::vrf
