import { compareBytes, OBJECT_KIND, type ObjectFacts, type ObjectId } from '../content/object-id.ts';
import { isSigned } from './messages/signed-message.ts';
import { decodeSetKey, type SetKey } from './messages/set-key.ts';
import type { PlacementReason } from './reasons.ts';
import { decodeReceipt, type Receipt } from './receipt-codec.ts';
import type { RECEIPT_REASONS } from './receipt-reasons.ts';
import { type CheckVerdict, checkVerdict, Refusal } from './refusal.ts';
import { registryRoot, rootOfPath } from './registry/snapshot.ts';
import { decodeRound, type Round, roundHash } from './rounds/round.ts';
import { type Electorate, type SelectionRules, type VerifiedStorer, verifySetKey } from './verify-set-key.ts';

export { buildReceipt } from './build-receipt.ts';
export { decodeReceipt, encodeReceipt, type Receipt } from './receipt-codec.ts';

/** The network that a user knows; a `Genesis` is one. */
export interface TrustedGenesis {
  /** 32 bytes. */
  readonly hash: Uint8Array;
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  readonly primaries: readonly { readonly storerKey: Uint8Array }[];
  readonly parameters: SelectionRules;
}

/** A word of one of the two tables. */
type ReceiptReason = PlacementReason | keyof typeof RECEIPT_REASONS;

/** A round as a receipt shows it. */
export interface ReceiptRound {
  readonly number: bigint;
  /** 32 bytes; to be compared with another source. */
  readonly hash: Uint8Array;
  /** As its proposer believed. */
  readonly unixMs: bigint;
  /** 32 bytes. */
  readonly proposerKey: Uint8Array;
}

/** What a receipt shows. */
export interface ReceiptFacts extends ObjectFacts {
  readonly id: ObjectId;
  readonly profile: number;
  /** `owner/collection/key`; may be empty. */
  readonly name: string;
  /** N. */
  readonly replicas: number;
  /** The last one that ran. */
  readonly attempt: number;
  /** In the order of their places. */
  readonly storers: readonly VerifiedStorer[];
  /** 32 bytes. */
  readonly primaryKey: Uint8Array;
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  /** 32 bytes. */
  readonly genesisHash: Uint8Array;
  /** Whether the genesis was at hand: if not, its hash is what the receipt says, and so are the primaries and the parameters. */
  readonly isGenesisChecked: boolean;
  /** r: of the lottery. */
  readonly round: ReceiptRound;
  /** Holds the SetKey. */
  readonly setKeyRound: ReceiptRound;
  /** τ · 1000. */
  readonly tauNumerator: number;
  /** W. */
  readonly totalWeight: bigint;
}

/** What `verifyReceipt` answers. */
export type ReceiptVerdict = CheckVerdict<ReceiptFacts, ReceiptReason>;

/**
 * Checks a receipt by its bytes alone: the SetKey (`verifySetKey`), the snapshot entries up to the registry root of round r, the signatures of both
 * rounds, and that the SetKey is in its round. With the genesis also that network, primaries and parameters are its own; without it a receipt
 * of a made-up network holds, and who reads the facts compares the hashes of genesis and rounds with another source.
 * Hostile bytes lead to a verdict, never to an exception.
 *
 * @see rounds.md, "Receipt"; storer-selection.md, section 5, "Anyone can check offline"
 */
export function verifyReceipt(
  bytes: Uint8Array,
  trust: { readonly genesis?: TrustedGenesis } = {},
): ReceiptVerdict {
  return checkVerdict(() => factsOf(decodeReceipt(bytes), trust.genesis));
}

function factsOf(receipt: Receipt, genesis: TrustedGenesis | undefined): ReceiptFacts {
  const setKey = decodeSetKey(receipt.setKey);
  const [round, setKeyRound] = [decodeRound(receipt.round), decodeRound(receipt.setKeyRound)];
  if (setKey.kind === OBJECT_KIND.collection) refuse('kind', 'the SetKey is that of a collection');
  const isPrimary = genesis === undefined ? () => true : primaryTest(receipt, setKey, genesis);
  checkRound(receipt.round, round, { setKey, isPrimary });
  checkRound(receipt.setKeyRound, setKeyRound, { setKey, isPrimary });
  checkOrder(receipt, { round, setKeyRound });
  if (!setKeyRound.records.some((record) => isEqual(record, receipt.setKey))) {
    refuse('record', `round ${setKeyRound.number} does not hold the SetKey`);
  }
  const electorate = electorateOf(receipt, round, setKey);
  const verdict = verifySetKey(receipt.setKey, {
    networkId: round.networkId,
    rules: {
      tauNumerators: { [setKey.replicas]: receipt.tauNumerator },
      regionCap: receipt.regionCap,
    },
    isPrimary,
    seedOf: (number) => (number === round.number ? round.seed : undefined),
    snapshotOf: (number) => (number === round.number ? electorate : undefined),
  });
  if (!verdict.ok) refuse(verdict.reason, verdict.detail);
  return {
    ...plainFacts(setKey),
    ...rulesOf(receipt),
    storers: verdict.facts.storers,
    isGenesisChecked: genesis !== undefined,
    round: roundFacts(receipt.round, round),
    setKeyRound: roundFacts(receipt.setKeyRound, setKeyRound),
  };
}

/** Checks the genesis that a receipt quotes. @returns which keys are its primaries */
function primaryTest(
  receipt: Receipt,
  { replicas, networkId }: SetKey,
  genesis: TrustedGenesis,
): (key: Uint8Array) => boolean {
  if (!isEqual(receipt.genesisHash, genesis.hash)) refuse('genesis', 'the receipt quotes another genesis');
  if (!isEqual(networkId, genesis.networkId)) refuse('network', 'the SetKey is of another network');
  const { tauNumerators, regionCap } = genesis.parameters;
  if (tauNumerators[replicas] !== receipt.tauNumerator || regionCap !== receipt.regionCap) {
    refuse('genesis', 'the lottery or the cap on regions is not that of the genesis');
  }
  return (key) => genesis.primaries.some(({ storerKey }) => isEqual(storerKey, key));
}

/** Checks who made a round, and for which network. */
function checkRound(
  bytes: Uint8Array,
  round: Round,
  { setKey, isPrimary }: { setKey: SetKey; isPrimary: (key: Uint8Array) => boolean },
): void {
  const name = `round ${round.number}`;
  if (!isEqual(round.networkId, setKey.networkId)) refuse('network', `${name} is of another network`);
  if (!isPrimary(round.proposerKey)) refuse('primary', `who made ${name} is no primary of the genesis`);
  if (!isSigned(bytes, round.proposerKey)) refuse('signature', `${name} is not signed by its proposer`);
}

/** Checks that the round of the SetKey comes after that of the lottery, and is linked to it when it is the next. */
function checkOrder(
  receipt: Receipt,
  { round, setKeyRound }: { readonly round: Round; readonly setKeyRound: Round },
): void {
  if (setKeyRound.number <= round.number) {
    refuse('round', `the SetKey is in round ${setKeyRound.number}, its lottery in ${round.number}`);
  }
  const isNext = setKeyRound.number === round.number + 1n;
  if (isNext && !isEqual(setKeyRound.prevHash, roundHash(receipt.round))) {
    refuse('round', `round ${setKeyRound.number} does not follow round ${round.number}`);
  }
}

/** The storers of a receipt as the snapshot has them; regions that only others are in are not known. */
function electorateOf(receipt: Receipt, round: Round, { replicas }: SetKey): Electorate {
  const { entries, leafCount, totalWeight } = receipt;
  if (entries.length !== replicas) {
    refuse('snapshot', `${entries.length} entries of the snapshot for ${replicas} storers`);
  }
  for (const { leaf, index, path } of entries) {
    const treeHash = rootOfPath(leaf, { index, leafCount, path });
    const isIn = treeHash !== undefined && isEqual(registryRoot(totalWeight, treeHash), round.registryRoot);
    if (!isIn) refuse('snapshot', `an entry is not in the snapshot of round ${round.number}`);
  }
  const leaves = entries.map(({ leaf }) => leaf);
  return {
    totalWeight,
    regions: new Set(leaves.map(({ region }) => region)).size,
    find: (storerKey) => leaves.find((leaf) => isEqual(leaf.storerKey, storerKey)),
  };
}

function plainFacts(setKey: SetKey) {
  const { id, kind, sizeBytes, count, dataRoot } = setKey;
  const { profile, name, replicas, attempt, primaryKey, networkId } = setKey;
  const placement = { profile, name, replicas, attempt, primaryKey, networkId };
  return { id, kind, sizeBytes, count, dataRoot, ...placement };
}

function rulesOf({ genesisHash, tauNumerator, totalWeight }: Receipt) {
  return { genesisHash, tauNumerator, totalWeight };
}

function roundFacts(bytes: Uint8Array, { number, unixMs, proposerKey }: Round): ReceiptRound {
  return { number, hash: roundHash(bytes), unixMs, proposerKey };
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return compareBytes(a, b) === 0;
}

function refuse(reason: ReceiptReason, detail: string): never {
  throw new Refusal(reason, detail);
}
