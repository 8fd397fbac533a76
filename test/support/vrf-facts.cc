// Parts of native/vrf, asked one by one: `vrf-facts WORD` reads lines of hex from standard input and prints
// one line for each.
//   encode    "DST MESSAGE": the point of encode_to_curve
//   torsion   "POINT": whether it is free of torsion, 1 or 0; "-" for what is no canonical encoding
//   sha512    "MESSAGE": its hash
//   prove     "SECRET ALPHA": the proof, with the secret marked as undefined for valgrind
//   leak      the same after a branch on the secret, which valgrind must see
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else  // where valgrind is not installed, its tests are skipped and the others run
#define VALGRIND_MAKE_MEM_UNDEFINED(memory, size) ((void)(memory), (size))
#define VALGRIND_MAKE_MEM_DEFINED(memory, size) ((void)(memory), (size))
#endif

#include <algorithm>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "../../native/vrf/ecvrf.h"
#include "../../native/vrf/hash-to-curve.h"
#include "../../native/vrf/subgroup.h"

namespace {

using namespace provender::vrf;
using Bytes = std::vector<uint8_t>;

Bytes FromHex(const std::string& hex) {
  Bytes bytes;
  for (size_t i = 0; hex != "-" && i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::string ToHex(std::span<const uint8_t> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (uint8_t byte : bytes) hex += {kDigits[byte >> 4], kDigits[byte & 15]};
  return hex;
}

std::string EncodeFact(const Bytes& tag, const Bytes& message) {
  std::array<PointBytes, 1> out;
  Encode(std::array{EncodeToCurve({message, {}}, tag)}, out);
  return ToHex(out[0]);
}

std::string TorsionFact(const Bytes& bytes) {
  PointBytes encoded{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), encoded.size()), encoded.begin());
  const auto point = Decode(encoded);
  if (!point) return "-";
  return IsTorsionFree(*point) ? "1" : "0";
}

std::string ProveFact(Bytes secret, const Bytes& alpha, bool isLeaking) {
  (void)VALGRIND_MAKE_MEM_UNDEFINED(secret.data(), secret.size());
  if (isLeaking && secret[7] % 2 == 1) std::cerr << "odd\n";
  const Proof proof = Prove(std::span<const uint8_t, kKeyBytes>(secret.data(), kKeyBytes), alpha);
  (void)VALGRIND_MAKE_MEM_DEFINED(proof.data(), proof.size());  // what is published is no secret
  return ToHex(proof);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string word = argc == 2 ? argv[1] : "";
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string first, second;
    words >> first >> second;
    const Bytes a = FromHex(first), b = FromHex(second);
    if (word == "encode") std::cout << EncodeFact(a, b) << "\n";
    if (word == "torsion") std::cout << TorsionFact(a) << "\n";
    if (word == "sha512") std::cout << ToHex(Sha512().Add(a).End()) << "\n";
    if (word == "prove" || word == "leak") std::cout << ProveFact(a, b, word == "leak") << "\n";
  }
}
