import { createHash } from 'node:crypto';
import { OBJECT_KIND, type ObjectFacts, objectId } from '../../src/content/object-id.ts';
import { claimHash, encodeClaim } from '../../src/placement/messages/claim.ts';
import { encodeCommit } from '../../src/placement/messages/commit.ts';
import { encodeSetKey, type SetKey } from '../../src/placement/messages/set-key.ts';
import { Snapshot, type SnapshotLeaf } from '../../src/placement/registry/snapshot.ts';
import type { SetKeyContext } from '../../src/placement/verify-set-key.ts';
import { proveVrf } from '../../src/vrf/kernels.ts';
import { selectionInput } from '../../src/vrf/selection-input.ts';
import { ed25519 } from '@noble/curves/ed25519.js';
import { signerOf, type TestSigner } from './message-signer.ts';

/** 32 bytes that a name stands for: the same name, the same bytes. */
export function bytesOf(name: string): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(name).digest());
}

/** A storer with its secrets. */
export interface TestStorer {
  readonly signer: TestSigner;
  readonly vrfSecret: Uint8Array;
  readonly leaf: SnapshotLeaf;
}

/** A storer of its own operator; every one with its own region unless told otherwise. */
export function makeStorer(name: string, change: Partial<SnapshotLeaf> = {}): TestStorer {
  const [signer, vrfSecret] = [signerOf(bytesOf(`${name} node`)), bytesOf(`${name} vrf`)];
  const own = {
    storerKey: signer.publicKey,
    vrfKey: ed25519.getPublicKey(vrfSecret),
    weight: 64n,
    operatorId: bytesOf(`${name} operator`),
    region: bytesOf(name)[0] ?? 0,
  };
  return { signer, vrfSecret, leaf: { ...own, ...change } };
}

/** Where and when a test places. */
export interface TestLottery {
  readonly networkId: Uint8Array;
  /** a. */
  readonly announced: bigint;
  /** Seed of round a + 1. */
  readonly seed: Uint8Array;
  readonly profile: number;
  readonly facts: ObjectFacts;
}

/** A file of profile cat-1, announced in round 41. */
export function makeLottery(change: Partial<TestLottery> = {}): TestLottery {
  const networkId = bytesOf('network');
  const facts = { kind: OBJECT_KIND.file, sizeBytes: 123_456, count: 1, dataRoot: bytesOf('data root') };
  return { networkId, announced: 41n, seed: bytesOf('seed'), profile: 1, facts, ...change };
}

/** The Claim of a storer, with a real proof. */
function makeClaim(storer: TestStorer, lottery: TestLottery, attempt = 0): Uint8Array {
  const { networkId, seed, profile, announced } = lottery;
  const [id, round] = [objectId(lottery.facts), announced + 1n];
  const proof = proveVrf(storer.vrfSecret, selectionInput({ networkId, round, seed, attempt }, id));
  return encodeClaim({ profile, networkId, id, round, attempt, storerKey: storer.leaf.storerKey, proof });
}

/** The Commit of a storer to a claim, signed by it; the layer roots are made up. */
export function makeCommit(storer: TestStorer, claim: Uint8Array, lottery: TestLottery): Uint8Array {
  const { networkId, profile, facts } = lottery;
  const layerRoots = Array.from({ length: profile }, (_, l) => bytesOf(`root ${l}`));
  const { sizeBytes } = facts;
  const commit = { profile, networkId, claimHash: claimHash(claim), replicaIndex: 0, sizeBytes, layerRoots };
  return encodeCommit(commit, storer.signer);
}

/** A SetKey that holds, all that made it, and what it is checked against. */
export interface TestPlacement {
  readonly lottery: TestLottery;
  readonly primary: TestSigner;
  readonly storers: readonly TestStorer[];
  readonly snapshot: Snapshot;
  readonly fields: SetKey;
  readonly setKey: Uint8Array;
  readonly context: SetKeyContext;
}

/** What a test may want otherwise. */
export interface PlacementChoice {
  readonly lottery?: Partial<TestLottery>;
  /** The registry; the first `replicas` of them are in the SetKey. */
  readonly storers?: readonly TestStorer[];
  readonly replicas?: number;
  readonly attempt?: number;
}

/** A whole placement: three of five storers, every one of them always selected. */
export function makePlacement(choice: PlacementChoice = {}): TestPlacement {
  const lottery = makeLottery(choice.lottery);
  const primary = signerOf(bytesOf('primary'));
  const storers =
    choice.storers ?? Array.from({ length: 5 }, (_, i) => makeStorer(`storer ${i}`, { region: i }));
  const [replicas, attempt] = [choice.replicas ?? 3, choice.attempt ?? 0];
  const snapshot = new Snapshot(
    0n,
    storers.map(({ leaf }) => leaf),
  );
  const commitments = storers.slice(0, replicas).map((storer) => {
    const claim = makeClaim(storer, lottery, attempt);
    return { claim, commit: makeCommit(storer, claim, lottery) };
  });
  const { profile, networkId, announced, facts } = lottery;
  const object = { profile, networkId, announced, id: objectId(facts), ...facts };
  const name = 'owner/collection/key';
  const fields = { ...object, attempt, name, replicas, commitments, primaryKey: primary.publicKey };
  const context = contextOf(lottery, { primary, snapshot });
  return { lottery, primary, storers, snapshot, fields, setKey: encodeSetKey(fields, primary), context };
}

/** What a node that has round a + 1 knows. */
function contextOf(
  lottery: TestLottery,
  { primary, snapshot }: { readonly primary: TestSigner; readonly snapshot: Snapshot },
): SetKeyContext {
  const isRound = (round: bigint): boolean => round === lottery.announced + 1n;
  return {
    networkId: lottery.networkId,
    rules: {
      tauNumerators: Object.fromEntries(Array.from({ length: 16 }, (_, n) => [n + 1, 32_500])),
      regionCap: true,
    },
    isPrimary: (key) => Buffer.compare(key, primary.publicKey) === 0,
    seedOf: (round) => (isRound(round) ? lottery.seed : undefined),
    snapshotOf: (round) => (isRound(round) ? snapshot : undefined),
  };
}
