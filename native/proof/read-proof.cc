// The order of the checks is that of src/proof/read-proof.ts: both give the same reason for the same bytes.
#include "read-proof.h"

#include "big-endian.h"

namespace provender {
namespace {

constexpr size_t kMostProofBytes = size_t{8} << 20;
constexpr uint8_t kVersion = 1, kReplicaProofType = 6;
constexpr size_t kHeadBytes = 108;
/// Fields of the head.
constexpr size_t kProfile = 2, kNetworkId = 4, kCommR = 36, kChallenge = 68, kReserved = 70;

/// What was not read yet.
class Reader {
 public:
  Reader(const uint8_t* bytes, size_t size) : at_(bytes), left_(size) {}

  size_t left() const { return left_; }

  const uint8_t* Take(size_t size) {
    at_ += size;
    left_ -= size;
    return at_ - size;
  }

  /// A count of things of `each` bytes.
  Verdict Count(size_t each, uint32_t* count) {
    if (left_ < 4) return Verdict::kFormat;
    *count = static_cast<uint32_t>(LoadBig(Take(4), 4));
    return uint64_t{*count} * each > left_ ? Verdict::kLimit : Verdict::kOk;
  }

  Verdict Read(Multiproof* proof) {
    Verdict verdict = Count(4 + kUnitBytes, &proof->count);
    if (verdict != Verdict::kOk) return verdict;
    proof->indices = Take(size_t{4} * proof->count);
    proof->leaves = Take(kUnitBytes * proof->count);
    verdict = Count(kHashBytes, &proof->sibling_count);
    if (verdict == Verdict::kOk) proof->siblings = Take(kHashBytes * proof->sibling_count);
    return verdict;
  }

 private:
  const uint8_t* at_;
  size_t left_;
};

Verdict ReadHead(Reader& reader, ReplicaProof* proof) {
  if (reader.left() < kHeadBytes) return Verdict::kFormat;
  const uint8_t* head = reader.Take(kHeadBytes);
  proof->profile = static_cast<uint32_t>(LoadBig(head + kProfile, 2));
  proof->network_id = head + kNetworkId;
  proof->comm_r = head + kCommR;
  proof->challenge = Challenge::Read(head + kChallenge);
  const bool is_known = head[0] == kVersion && head[1] == kReplicaProofType &&
                        PassesOf(proof->profile) >= 0 && proof->challenge.form <= kPossession;
  return is_known && LoadBig(head + kReserved, 2) == 0 ? Verdict::kOk : Verdict::kFormat;
}

/// Layers that a proof opens leaves of.
size_t LayersOf(uint32_t form, int passes) {
  if (form == kWhole) return 0;
  return form == kRelation ? static_cast<size_t>(passes) + 1 : 1;
}

}  // namespace

Verdict ReadProof(const uint8_t* bytes, size_t size, ReplicaProof* proof) {
  if (size > kMostProofBytes) return Verdict::kLimit;
  Reader reader(bytes, size);
  Verdict verdict = ReadHead(reader, proof);
  if (verdict != Verdict::kOk) return verdict;
  const uint32_t form = proof->challenge.form;
  proof->replica_size = form == kWhole ? reader.left() : 0;
  proof->replica = reader.Take(proof->replica_size);
  proof->layers = LayersOf(form, PassesOf(proof->profile));
  for (size_t i = 0; i < proof->layers; i++) {
    verdict = reader.Read(&proof->multiproofs[i]);
    if (verdict != Verdict::kOk) return verdict;
  }
  return reader.left() == 0 ? Verdict::kOk : Verdict::kFormat;
}

}  // namespace provender
