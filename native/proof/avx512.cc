// SHA-256 on 16 messages in the lanes of AVX-512, and on two such groups side by side where there are enough
// of them. A vector holds one word of all sixteen messages, so messages are transposed on the way in and out.
#include "kernel.h"

#if defined(__x86_64__)

// GCC 12's own header starts vectors "undefined" by assigning them to themselves and then warns (GCC bug
// 105593).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <immintrin.h>

#include <cstring>
#include <utility>

#include "label-message.h"
#include "sha256-constants.h"

#define PROVENDER_AVX512 __attribute__((target("avx512f,avx512bw")))
#define PROVENDER_AVX512_INLINE __attribute__((target("avx512f,avx512bw"), always_inline)) inline

namespace provender {
namespace {

using Vector = __m512i;
constexpr int kLanes = 16;

PROVENDER_AVX512_INLINE Vector Xor3(Vector a, Vector b, Vector c) {
  return _mm512_ternarylogic_epi32(a, b, c, 0x96);
}
PROVENDER_AVX512_INLINE Vector Choose(Vector a, Vector b, Vector c) {
  return _mm512_ternarylogic_epi32(a, b, c, 0xca);
}
PROVENDER_AVX512_INLINE Vector Most(Vector a, Vector b, Vector c) {
  return _mm512_ternarylogic_epi32(a, b, c, 0xe8);
}
PROVENDER_AVX512_INLINE Vector Add(Vector a, Vector b) {
  return _mm512_add_epi32(a, b);
}
PROVENDER_AVX512_INLINE Vector All(uint32_t x) {
  return _mm512_set1_epi32(static_cast<int>(x));
}

PROVENDER_AVX512_INLINE Vector Small0(Vector x) {
  return Xor3(_mm512_ror_epi32(x, 7), _mm512_ror_epi32(x, 18), _mm512_srli_epi32(x, 3));
}
PROVENDER_AVX512_INLINE Vector Small1(Vector x) {
  return Xor3(_mm512_ror_epi32(x, 17), _mm512_ror_epi32(x, 19), _mm512_srli_epi32(x, 10));
}
PROVENDER_AVX512_INLINE Vector Big0(Vector x) {
  return Xor3(_mm512_ror_epi32(x, 2), _mm512_ror_epi32(x, 13), _mm512_ror_epi32(x, 22));
}
PROVENDER_AVX512_INLINE Vector Big1(Vector x) {
  return Xor3(_mm512_ror_epi32(x, 6), _mm512_ror_epi32(x, 11), _mm512_ror_epi32(x, 25));
}

/// Working variables and schedule of 16 messages. Rounds rotate the indices of `v`, so that none moves a
/// register.
struct Group {
  Vector v[8];
  Vector w[16];
};

template <int T>
PROVENDER_AVX512_INLINE void Round(Group& group) {
  constexpr int a = (64 - T) % 8, b = (65 - T) % 8, c = (66 - T) % 8, d = (67 - T) % 8;
  constexpr int e = (68 - T) % 8, f = (69 - T) % 8, g = (70 - T) % 8, h = (71 - T) % 8;
  Vector* v = group.v;
  Vector* w = group.w;
  if constexpr (T >= 16) {
    const Vector far = Add(w[T % 16], Small0(w[(T + 1) % 16]));
    w[T % 16] = Add(far, Add(w[(T + 9) % 16], Small1(w[(T + 14) % 16])));
  }
  const Vector sum = Add(Add(v[h], Add(w[T % 16], All(kRound[T]))), Choose(v[e], v[f], v[g]));
  const Vector t1 = Add(sum, Big1(v[e]));
  v[d] = Add(v[d], t1);
  v[h] = Add(t1, Add(Big0(v[a]), Most(v[a], v[b], v[c])));
}

/// All rounds, those of two groups in turns: each group waits for its own results, and the other fills the
/// gaps.
template <int G, int... T>
PROVENDER_AVX512_INLINE void Rounds(Group* groups, std::integer_sequence<int, T...>) {
  if constexpr (G == 1) {
    (Round<T>(groups[0]), ...);
  } else {
    ((Round<T>(groups[0]), Round<T>(groups[1])), ...);
  }
}

/// One compression of every lane of `G` groups; `state` is updated.
template <int G>
PROVENDER_AVX512_INLINE void CompressGroups(Vector (*state)[8], Group* g) {
  for (int k = 0; k < G; k++) {
    for (int i = 0; i < 8; i++) g[k].v[i] = state[k][i];
  }
  Rounds<G>(g, std::make_integer_sequence<int, 64>());
  for (int k = 0; k < G; k++) {
    for (int i = 0; i < 8; i++) state[k][i] = Add(state[k][i], g[k].v[i]);
  }
}

PROVENDER_AVX512_INLINE Vector SwapMask() {
  return _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
}

/// Loads 16 bytes at `p`, `p + 4 stride`, `p + 8 stride`, `p + 12 stride` into the four quarters of a vector.
PROVENDER_AVX512_INLINE Vector LoadQuarters(const uint8_t* p, size_t stride) {
  const auto at = [&](size_t row) __attribute__((target("avx512f,avx512bw"), always_inline)) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + row * stride));
  };
  Vector x = _mm512_castsi128_si512(at(0));
  x = _mm512_mask_broadcast_i32x4(x, 0x00f0, at(4));
  x = _mm512_mask_broadcast_i32x4(x, 0x0f00, at(8));
  return _mm512_mask_broadcast_i32x4(x, 0xf000, at(12));
}

/// Transposes the four 4 x 4 matrices that four vectors hold in their quarters.
PROVENDER_AVX512_INLINE void Transpose(Vector* x) {
  const Vector a = _mm512_unpacklo_epi32(x[0], x[1]), b = _mm512_unpackhi_epi32(x[0], x[1]);
  const Vector c = _mm512_unpacklo_epi32(x[2], x[3]), d = _mm512_unpackhi_epi32(x[2], x[3]);
  x[0] = _mm512_unpacklo_epi64(a, c);
  x[1] = _mm512_unpackhi_epi64(a, c);
  x[2] = _mm512_unpacklo_epi64(b, d);
  x[3] = _mm512_unpackhi_epi64(b, d);
}

/// Four words of 16 messages: bytes `p .. p + 15` of each, `stride` apart, after `shuffle`.
PROVENDER_AVX512_INLINE void LoadFourWords(const uint8_t* p, size_t stride, Vector shuffle, Vector* w) {
  for (int r = 0; r < 4; r++) w[r] = _mm512_shuffle_epi8(LoadQuarters(p + r * stride, stride), shuffle);
  Transpose(w);
}

/// First block of 16 preimages: the prefix and 63 bytes. No byte outside of the units is read.
PROVENDER_AVX512_INLINE void LoadFirstBlock(uint8_t prefix, const uint8_t* in, Vector* w) {
  // Word 0 is (room, 0, 1, 2): index 0x80 leaves a zero byte where the prefix goes.
  const Vector first = _mm512_broadcast_i32x4(_mm_set_epi64x(0x0b0c0d0e0708090a, 0x0304050680000102));
  LoadFourWords(in, kUnitBytes, first, w);
  w[0] = _mm512_or_si512(w[0], All(uint32_t{prefix} << 24));
  LoadFourWords(in + 15, kUnitBytes, SwapMask(), w + 4);
  LoadFourWords(in + 31, kUnitBytes, SwapMask(), w + 8);
  LoadFourWords(in + 47, kUnitBytes, SwapMask(), w + 12);
}

/// Second block: the last byte of each unit and the padding.
PROVENDER_AVX512_INLINE Vector LoadLastBytes(const uint8_t* in) {
  Vector x[4];
  for (int r = 0; r < 4; r++) x[r] = LoadQuarters(in + 48 + r * kUnitBytes, kUnitBytes);
  Transpose(x);
  return _mm512_or_si512(_mm512_and_si512(x[3], All(0xff000000)), All(kUnitPadding));
}

PROVENDER_AVX512_INLINE void StoreHashes(Vector* state, uint8_t* out) {
  for (int half = 0; half < 2; half++) {
    Vector* x = state + 4 * half;
    Transpose(x);
    for (int r = 0; r < 4; r++) {
      const Vector y = _mm512_shuffle_epi8(x[r], SwapMask());
      auto* to = out + 16 * half + r * kHashBytes;
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_castsi512_si128(y));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 4 * kHashBytes), _mm512_extracti32x4_epi32(y, 1));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 8 * kHashBytes), _mm512_extracti32x4_epi32(y, 2));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 12 * kHashBytes), _mm512_extracti32x4_epi32(y, 3));
    }
  }
}

template <int G>
PROVENDER_AVX512 void HashGroups(uint8_t prefix, const uint8_t* in, uint8_t* out) {
  Group g[G];
  Vector state[G][8], last[G];
  for (int k = 0; k < G; k++) {
    const uint8_t* units = in + k * kLanes * kUnitBytes;
    for (int i = 0; i < 8; i++) state[k][i] = All(kInitial[i]);
    LoadFirstBlock(prefix, units, g[k].w);
    last[k] = LoadLastBytes(units);
  }
  CompressGroups<G>(state, g);
  for (int k = 0; k < G; k++) {
    g[k].w[0] = last[k];
    for (int i = 1; i < 15; i++) g[k].w[i] = _mm512_setzero_si512();
    g[k].w[15] = All(kUnitBits);
  }
  CompressGroups<G>(state, g);
  for (int k = 0; k < G; k++) StoreHashes(state[k], out + k * kLanes * kHashBytes);
}

/// Fewer units than lanes: the others hash zeros, and their results are dropped.
PROVENDER_AVX512 void HashSome(uint8_t prefix, const uint8_t* in, size_t n, uint8_t* out) {
  uint8_t units[kLanes * kUnitBytes] = {};
  uint8_t hashes[kLanes * kHashBytes];
  std::memcpy(units, in, n * kUnitBytes);
  HashGroups<1>(prefix, units, hashes);
  std::memcpy(out, hashes, n * kHashBytes);
}

PROVENDER_AVX512 void HashUnits(uint8_t prefix, const uint8_t* in, size_t n, uint8_t* out) {
  constexpr size_t kPair = 2 * kLanes;
  for (; n >= kPair; n -= kPair, in += kPair * kUnitBytes, out += kPair * kHashBytes)
    HashGroups<2>(prefix, in, out);
  if (n >= kLanes) {
    HashGroups<1>(prefix, in, out);
    n -= kLanes;
    in += kLanes * kUnitBytes;
    out += kLanes * kHashBytes;
  }
  if (n > 0) HashSome(prefix, in, n, out);
}

/// The states of the lanes come and go word by word: this happens once per call and is not what is measured.
PROVENDER_AVX512 void CompressLanes(uint32_t* state, const uint8_t* blocks, size_t stride, size_t n) {
  Group g[2];
  Vector s[2][8];
  uint32_t words[2][8][kLanes];
  for (int lane = 0; lane < 2 * kLanes; lane++) {
    for (int i = 0; i < 8; i++) words[lane / kLanes][i][lane % kLanes] = state[8 * lane + i];
  }
  std::memcpy(s, words, sizeof s);
  for (; n > 0; n--, blocks += 64) {
    for (int k = 0; k < 2; k++) {
      const uint8_t* p = blocks + k * kLanes * stride;
      for (int i = 0; i < 4; i++) LoadFourWords(p + 16 * i, stride, SwapMask(), g[k].w + 4 * i);
    }
    CompressGroups<2>(s, g);
  }
  std::memcpy(words, s, sizeof s);
  for (int lane = 0; lane < 2 * kLanes; lane++) {
    for (int i = 0; i < 8; i++) state[8 * lane + i] = words[lane / kLanes][i][lane % kLanes];
  }
}

/// Messages are put together first, as CompressLanes takes them.
PROVENDER_AVX512 void ApplyPads(const uint32_t* begun, const Label* labels) {
  uint8_t messages[2 * kLanes * kLabelMessageBytes];
  uint32_t states[2 * kLanes * 8];
  std::memcpy(states, begun, sizeof states);
  for (int lane = 0; lane < 2 * kLanes; lane++)
    MakeLabelMessage(labels[lane], messages + lane * kLabelMessageBytes);
  CompressLanes(states, messages, kLabelMessageBytes, kLabelMessageBytes / 64);
  for (int lane = 0; lane < 2 * kLanes; lane++) ApplyState(states + 8 * lane, labels[lane].target);
}

bool Supported() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
}

}  // namespace

const Kernel kAvx512 = {"avx512", 2 * kLanes, Supported, HashUnits, CompressLanes, ApplyPads, &kPortable};

}  // namespace provender

#endif
