// SHA-256 in plain C++, for any processor; the reference of the other paths.
#include <cstring>
#include <utility>

#include "kernel.h"
#include "label-message.h"
#include "sha256-constants.h"

namespace provender {
namespace {

inline uint32_t Rotate(uint32_t x, int bits) {
  return (x >> bits) | (x << (32 - bits));
}
inline uint32_t Small0(uint32_t x) {
  return Rotate(x, 7) ^ Rotate(x, 18) ^ (x >> 3);
}
inline uint32_t Small1(uint32_t x) {
  return Rotate(x, 17) ^ Rotate(x, 19) ^ (x >> 10);
}
inline uint32_t Big0(uint32_t x) {
  return Rotate(x, 2) ^ Rotate(x, 13) ^ Rotate(x, 22);
}
inline uint32_t Big1(uint32_t x) {
  return Rotate(x, 6) ^ Rotate(x, 11) ^ Rotate(x, 25);
}

inline uint32_t LoadBig(const uint8_t* p) {
  return uint32_t{p[0]} << 24 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 8 | uint32_t{p[3]};
}

inline void StoreBig(uint8_t* p, uint32_t x) {
  for (int i = 0; i < 4; i++) p[i] = static_cast<uint8_t>(x >> (24 - 8 * i));
}

/// Round T. The indices rotate instead of the eight variables, so that they stay in registers.
template <int T>
inline void Round(uint32_t* v, uint32_t* w) {
  constexpr int a = (64 - T) % 8, b = (65 - T) % 8, c = (66 - T) % 8, d = (67 - T) % 8;
  constexpr int e = (68 - T) % 8, f = (69 - T) % 8, g = (70 - T) % 8, h = (71 - T) % 8;
  if constexpr (T >= 16) w[T % 16] += Small1(w[(T + 14) % 16]) + w[(T + 9) % 16] + Small0(w[(T + 1) % 16]);
  const uint32_t t1 = v[h] + Big1(v[e]) + (v[g] ^ (v[e] & (v[f] ^ v[g]))) + kRound[T] + w[T % 16];
  v[d] += t1;
  v[h] = t1 + Big0(v[a]) + ((v[a] & v[b]) | (v[c] & (v[a] | v[b])));
}

template <int... T>
inline void Rounds(uint32_t* v, uint32_t* w, std::integer_sequence<int, T...>) {
  (Round<T>(v, w), ...);
}

/// One compression of the sixteen words in `w`, which it overwrites with the rest of the schedule.
void CompressWords(uint32_t* state, uint32_t* w) {
  uint32_t v[8];
  std::memcpy(v, state, sizeof v);
  Rounds(v, w, std::make_integer_sequence<int, 64>());
  for (int i = 0; i < 8; i++) state[i] += v[i];
}

void Compress(uint32_t* state, const uint8_t* blocks, size_t, size_t n) {
  for (; n > 0; n--, blocks += 64) {
    uint32_t w[16];
    for (int i = 0; i < 16; i++) w[i] = LoadBig(blocks + 4 * i);
    CompressWords(state, w);
  }
}

void HashUnit(uint8_t prefix, const uint8_t* unit, uint8_t* out) {
  uint32_t state[8];
  std::memcpy(state, kInitial, sizeof state);
  uint8_t block[64] = {prefix};
  std::memcpy(block + 1, unit, 63);
  Compress(state, block, 0, 1);
  uint32_t w[16] = {uint32_t{unit[63]} << 24 | kUnitPadding};
  w[15] = kUnitBits;
  CompressWords(state, w);
  for (int i = 0; i < 8; i++) StoreBig(out + 4 * i, state[i]);
}

void HashUnits(uint8_t prefix, const uint8_t* in, size_t n, uint8_t* out) {
  for (size_t i = 0; i < n; i++) HashUnit(prefix, in + kUnitBytes * i, out + kHashBytes * i);
}

void ApplyPads(const uint32_t* begun, const Label* label) {
  uint8_t message[kLabelMessageBytes];
  MakeLabelMessage(*label, message);
  uint32_t state[8];
  std::memcpy(state, begun, sizeof state);
  Compress(state, message, 0, kLabelMessageBytes / 64);
  ApplyState(state, label->target);
}

bool Supported() {
  return true;
}

}  // namespace

const Kernel kPortable = {"portable", 1, Supported, HashUnits, Compress, ApplyPads, nullptr};

}  // namespace provender
