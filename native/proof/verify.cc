#include "verify.h"

#include <algorithm>
#include <cstring>

#include "read-proof.h"
#include "relation.h"
#include "whole.h"

namespace provender {
namespace {

constexpr uint32_t kBlockLeaves = kBlockBytes / kUnitBytes;

bool IsEqual(const uint8_t* a, const uint8_t* b) {
  return std::memcmp(a, b, kHashBytes) == 0;
}

/// One statement, one challenge, one proof. The numbers of rules are those of section 9.
class Verification {
 public:
  Verification(const Kernel& kernel, const Statement& statement, const Challenge& expected,
               const ReplicaProof& proof)
      : kernel_(kernel), statement_(statement), expected_(expected), proof_(proof) {}

  Verdict Run() {
    Verdict verdict = CheckStatement();
    if (verdict != Verdict::kOk) return verdict;
    replica_id_ = statement_.ReplicaId(kernel_);
    comm_r_ = statement_.CommR(kernel_, replica_id_);
    verdict = CheckHead();
    if (verdict != Verdict::kOk) return verdict;
    if (expected_.form == kWhole)
      return CheckWhole(kernel_, statement_, replica_id_, {proof_.replica, proof_.replica_size});
    return CheckLeaves();
  }

 private:
  /// Rules 1 and 2, as far as they speak of the statement and of what is expected.
  Verdict CheckStatement() {
    passes_ = PassesOf(statement_.profile());
    if (passes_ < 0 || statement_.roots() != static_cast<size_t>(passes_) || !statement_.FitsKind())
      return Verdict::kStatement;
    blocks_ = statement_.Blocks();
    if (!expected_.Exists(blocks_, passes_)) return Verdict::kChallenge;
    const Hash id = statement_.ObjectId(kernel_);
    return IsEqual(id.data(), statement_.object_id()) ? Verdict::kOk : Verdict::kStatement;
  }

  /// Rule 2: the proof speaks of this statement and answers this challenge.
  Verdict CheckHead() const {
    const Challenge& found = proof_.challenge;
    if (proof_.profile != statement_.profile() || !IsEqual(proof_.network_id, statement_.network_id()))
      return Verdict::kStatement;
    if (found.mode != expected_.mode || found.form != expected_.form || found.k != expected_.k ||
        !IsEqual(found.beacon, expected_.beacon))
      return Verdict::kChallenge;
    return IsEqual(proof_.comm_r, comm_r_.data()) ? Verdict::kOk : Verdict::kStatement;
  }

  /// chalSeed. @see proof-of-replication.md, section 2
  Hash Seed() const {
    return Preimage("challenge")
        .Number(expected_.mode, 1)
        .Add(statement_.network_id(), kHashBytes)
        .Add(expected_.beacon, kHashBytes)
        .Add(statement_.object_id(), kHashBytes)
        .Add(replica_id_)
        .Add(comm_r_)
        .Number(expected_.k, 4)
        .Digest(kernel_);
  }

  /// Rules 3 to 6: leaves of the layers, from layer L down.
  Verdict CheckLeaves() const {
    const std::vector<uint32_t> challenged = expected_.Leaves(kernel_, Seed(), Width());
    std::vector<Relation> relations;
    const size_t linked = expected_.form == kRelation ? static_cast<size_t>(passes_) : 0;
    for (size_t i = 0; i < linked; i++) relations.emplace_back(kernel_, LayerAt(i), blocks_, challenged);
    std::vector<OpenedLayer> layers;
    for (size_t i = 0; i < proof_.layers; i++)
      layers.push_back({i < linked ? relations[i].OpenedLeaves() : challenged, proof_.multiproofs[i]});
    Verdict verdict = CheckOpened(layers);
    if (verdict == Verdict::kOk) verdict = CheckRoots(layers);
    if (verdict != Verdict::kOk) return verdict;
    for (size_t i = 0; i < linked; i++) {
      if (!relations[i].Holds(layers[i], layers[i + 1], replica_id_)) return Verdict::kRelation;
    }
    const bool has_content = LayerAt(layers.size() - 1) == 0;
    return !has_content || IsPaddingZero(layers.back()) ? Verdict::kOk : Verdict::kPadding;
  }

  /// Leaves of a layer.
  uint32_t Width() const { return kBlockLeaves * blocks_; }
  /// The layer of a multiproof of the proof.
  uint32_t LayerAt(size_t i) const { return static_cast<uint32_t>(passes_) - static_cast<uint32_t>(i); }

  /// Rule 3: exactly the leaves that are asked for, and as many siblings as they need.
  Verdict CheckOpened(const std::vector<OpenedLayer>& layers) const {
    for (const OpenedLayer& layer : layers) {
      if (!layer.proof.Opens(layer.leaves)) return Verdict::kIndices;
      if (layer.proof.sibling_count != SiblingCount(layer.leaves, Width())) return Verdict::kSiblings;
    }
    return Verdict::kOk;
  }

  /// Rule 4.
  Verdict CheckRoots(const std::vector<OpenedLayer>& layers) const {
    for (size_t i = 0; i < layers.size(); i++) {
      const Hash root = layers[i].proof.Root(kernel_, layers[i].leaves, Width());
      if (!IsEqual(root.data(), statement_.RootAt(LayerAt(i)))) return Verdict::kRoot;
    }
    return Verdict::kOk;
  }

  /// Rule 6.
  bool IsPaddingZero(const OpenedLayer& content) const {
    for (const uint32_t leaf : content.leaves) {
      const uint64_t start = uint64_t{kUnitBytes} * leaf;
      const uint64_t size = std::clamp(statement_.size_bytes(), start, start + kUnitBytes);
      const uint8_t* bytes = content.LeafAt(leaf);
      if (!IsZero(bytes + (size - start), bytes + kUnitBytes)) return false;
    }
    return true;
  }

  const Kernel& kernel_;
  const Statement& statement_;
  const Challenge& expected_;
  const ReplicaProof& proof_;
  int passes_ = 0;
  uint32_t blocks_ = 0;
  Hash replica_id_ = {};
  Hash comm_r_ = {};
};

}  // namespace

Verdict VerifyProof(const Kernel& kernel, const Question& question, const Span& proof) {
  ReplicaProof found;
  const Verdict verdict = ReadProof(proof.data, proof.size, &found);
  if (verdict != Verdict::kOk) return verdict;
  const Statement statement(question.statement.data, question.statement.size);
  return Verification(kernel, statement, Challenge::Read(question.challenge.data), found).Run();
}

}  // namespace provender
