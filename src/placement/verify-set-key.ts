import { compareBytes, OBJECT_KIND, type ObjectId } from '../content/object-id.ts';
import { commR } from '../proof/commitment.ts';
import { compareClaims, isSelected } from '../vrf/lottery.ts';
import { verifyVrf } from '../vrf/kernels.ts';
import { collectionInput, selectionInput } from '../vrf/selection-input.ts';
import type { Announce } from './messages/announce.ts';
import { type Claim, claimHash, decodeClaim } from './messages/claim.ts';
import { type Commit, decodeCommit } from './messages/commit.ts';
import { type ClaimedCommit, decodeSetKey, type SetKey } from './messages/set-key.ts';
import { isSigned } from './messages/signed-message.ts';
import { PlacementCaps } from './ranking.ts';
import type { PlacementReason } from './reasons.ts';
import { type CheckVerdict, checkVerdict, Refusal } from './refusal.ts';
import type { SnapshotLeaf } from './registry/snapshot.ts';

/** Who may be selected in a round; a `Snapshot` is one. */
export interface Electorate {
  /** W. */
  readonly totalWeight: bigint;
  /** Regions of the nodes in it. */
  readonly regions: number;
  find(storerKey: Uint8Array): SnapshotLeaf | undefined;
}

/** The parameters of a network that decide who is selected. */
export interface SelectionRules {
  /** τ · 1000 for each N. */
  readonly tauNumerators: Readonly<Record<number, number>>;
  /** Whether a region gets at most half of the places. */
  readonly regionCap: boolean;
}

/** What the check of a SetKey relies on. */
export interface SetKeyContext {
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  readonly rules: SelectionRules;
  /** Tells whether a key is that of a primary of the genesis. */
  isPrimary(key: Uint8Array): boolean;
  /** Seed of a round, 32 bytes; `undefined` when the round is not known. */
  seedOf(round: bigint): Uint8Array | undefined;
  /** The snapshot that a round uses; `undefined` when the round is not known. */
  snapshotOf(round: bigint): Electorate | undefined;
  /** The Announces of an object in a round. Without it, what was announced is not looked at. */
  announces?(id: ObjectId, round: bigint): readonly Announce[];
}

/** One of the N storers of a SetKey that holds. */
export interface VerifiedStorer {
  /** Rank among the N by score, from 0 on. */
  readonly place: number;
  readonly leaf: SnapshotLeaf;
  readonly claim: Claim;
  readonly commit: Commit;
  /** 32 bytes. */
  readonly claimHash: Uint8Array;
  /** Binds the replica, 32 bytes. */
  readonly commR: Uint8Array;
}

/** What a SetKey shows. */
export interface VerifiedSetKey {
  readonly setKey: SetKey;
  /** r: that of the lottery. */
  readonly round: bigint;
  /** The seed that the lottery and the replicas use, 32 bytes. */
  readonly seed: Uint8Array;
  /** In the order of their places. */
  readonly storers: readonly VerifiedStorer[];
}

/** A claim that fits, before the costly checks. */
interface Candidate {
  readonly claim: Claim;
  readonly commit: Commit;
  readonly leaf: SnapshotLeaf;
  readonly bytes: ClaimedCommit;
}

/** What one check works on. */
interface Check {
  readonly setKey: SetKey;
  readonly round: bigint;
  readonly seed: Uint8Array;
  readonly electorate: Electorate;
  readonly rules: SelectionRules;
}

/**
 * Checks all that a SetKey states and that can be checked without its primary: the signatures, N distinct storers of the snapshot, each proof
 * and threshold, one object throughout, the caps. What it cannot show is that the init proofs were good: for that the primary gives its word.
 * Hostile bytes lead to a verdict, never to an exception. Costs N proofs of the lottery and N + 1 signatures.
 *
 * @see storer-selection.md, section 5, "What the primary signs"; section 6 (caps)
 */
export function verifySetKey(
  bytes: Uint8Array,
  context: SetKeyContext,
): CheckVerdict<VerifiedSetKey, PlacementReason> {
  return checkVerdict(() => {
    const check = openCheck(bytes, context);
    const caps = new PlacementCaps({
      replicas: check.setKey.replicas,
      regionCap: check.rules.regionCap && check.electorate.regions >= 2,
    });
    const seen: Uint8Array[] = [];
    const candidates = check.setKey.commitments.map((one) => {
      const candidate = candidateOf(one, check);
      const { leaf } = candidate;
      if (seen.some((key) => isEqual(key, leaf.storerKey))) refuse('duplicate', 'a storer comes twice');
      seen.push(leaf.storerKey);
      const cap = caps.take(leaf);
      if (cap !== undefined) refuse(cap, `the cap on ${cap}s forbids a storer`);
      return candidate;
    });
    const storers = candidates
      .map((candidate) => electedStorer(candidate, check))
      .toSorted((a, b) => compareClaims(a.ranked, b.ranked))
      .map(({ storer }, place) => ({ ...storer, place }));
    return { setKey: check.setKey, round: check.round, seed: check.seed, storers };
  });
}

/** The round of the lottery that a SetKey is of. */
function lotteryRound({ kind, announced }: SetKey): bigint {
  return kind === OBJECT_KIND.collection ? announced : announced + 1n;
}

function openCheck(bytes: Uint8Array, context: SetKeyContext): Check {
  const setKey = decodeSetKey(bytes);
  if (!isEqual(setKey.networkId, context.networkId)) refuse('network', 'the SetKey is of another network');
  if (!context.isPrimary(setKey.primaryKey)) refuse('primary', 'who signed it is no primary of the genesis');
  if (!isSigned(bytes, setKey.primaryKey)) refuse('signature', 'the SetKey is not signed by its primary');
  const isCollection = setKey.kind === OBJECT_KIND.collection;
  if (!isCollection) checkAnnounced(setKey, context);
  const round = lotteryRound(setKey);
  const seed = context.seedOf(isCollection ? round - 1n : round);
  const electorate = context.snapshotOf(round);
  if (seed === undefined || electorate === undefined) refuse('round', `round ${round} is not known`);
  return { setKey, round, seed, electorate, rules: context.rules };
}

function checkAnnounced(setKey: SetKey, context: SetKeyContext): void {
  const announces = context.announces?.(setKey.id, setKey.announced);
  if (announces === undefined) return;
  if (announces.length === 0) refuse('unknown', `round ${setKey.announced} announces no such object`);
  const fits = (announce: Announce): boolean =>
    isEqual(announce.primaryKey, setKey.primaryKey) &&
    announce.profile === setKey.profile &&
    announce.kind === setKey.kind &&
    announce.sizeBytes === setKey.sizeBytes &&
    announce.replicas === setKey.replicas;
  if (!announces.some(fits)) {
    refuse('mismatch', 'announced was another profile or number of replicas, or by another primary');
  }
}

/** Everything of a claim and its commitment that costs no curve arithmetic. */
function candidateOf(bytes: ClaimedCommit, { setKey, round, electorate }: Check): Candidate {
  const [claim, commit] = [decodeClaim(bytes.claim), decodeCommit(bytes.commit)];
  for (const message of [claim, commit]) {
    if (!isEqual(message.networkId, setKey.networkId)) refuse('network', 'a message is of another network');
    if (message.profile !== setKey.profile) refuse('profile', 'a message is of another profile');
  }
  if (!isEqual(claim.id, setKey.id)) refuse('mismatch', 'a claim is for another object');
  if (claim.round !== round) refuse('round', `a claim is for round ${claim.round}, not ${round}`);
  if (claim.attempt > setKey.attempt) refuse('attempt', `a claim is of attempt ${claim.attempt}`);
  if (!isEqual(commit.claimHash, claimHash(bytes.claim)))
    refuse('mismatch', 'a commitment is to another claim');
  if (commit.sizeBytes !== setKey.sizeBytes) refuse('mismatch', 'a commitment is to another size');
  const leaf = electorate.find(claim.storerKey);
  if (leaf === undefined || leaf.weight === 0n) refuse('unregistered', 'a storer is not in the snapshot');
  return { claim, commit, leaf, bytes };
}

/** Checks the proof, the threshold and the signature of a storer. */
function electedStorer(candidate: Candidate, check: Check) {
  const { claim, commit, leaf, bytes } = candidate;
  const { setKey, seed, round } = check;
  const output = verifyVrf(leaf.vrfKey, alphaOf(claim, check), claim.proof);
  if (output === undefined) refuse('proof', 'the proof of a claim does not hold');
  const tau = check.rules.tauNumerators[setKey.replicas];
  if (tau === undefined) refuse('threshold', `the network has no lottery for ${setKey.replicas} replicas`);
  const odds = {
    tauNumerator: BigInt(tau),
    attempt: claim.attempt,
    totalWeight: check.electorate.totalWeight,
  };
  if (!isSelected({ output, weight: leaf.weight }, odds)) refuse('threshold', 'a storer was not selected');
  if (!isSigned(bytes.commit, leaf.storerKey))
    refuse('signature', 'a commitment is not signed by its storer');
  const { replicaIndex, layerRoots } = commit;
  const statement = { ...setKey, storerKey: leaf.storerKey, seed, round, replicaIndex, layerRoots };
  const storer = { leaf, claim, commit, claimHash: commit.claimHash, commR: commR(statement) };
  return { storer, ranked: { storerKey: leaf.storerKey, weight: leaf.weight, output } };
}

function alphaOf({ attempt }: Claim, { setKey, round, seed }: Check): Uint8Array {
  const selection = { networkId: setKey.networkId, round, seed, attempt };
  if (setKey.kind === OBJECT_KIND.collection) return collectionInput(selection);
  return selectionInput(selection, setKey.id);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return compareBytes(a, b) === 0;
}

function refuse(reason: PlacementReason, detail: string): never {
  throw new Refusal(reason, detail);
}
