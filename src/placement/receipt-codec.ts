import { HASH_SIZE } from '../content/geometry.ts';
import { compareBytes } from '../content/object-id.ts';
import { ProvenderError } from '../content/provender-error.ts';
import { MessageReader } from './messages/message-reader.ts';
import { checkNumber, MessageWriter } from './messages/message-writer.ts';
import { checkReplicas } from './messages/object-fields.ts';
import { KEY_SIZE } from './messages/signed-message.ts';
import type { SnapshotLeaf } from './registry/snapshot.ts';
import { MAX_RECORD_SIZE, MAX_ROUND_SIZE } from './rounds/round.ts';

/** What the snapshot of a round says of one storer, and what leads from there to the registry root. */
interface ReceiptEntry {
  readonly leaf: SnapshotLeaf;
  /** Of the leaf in the snapshot. */
  readonly index: number;
  /** Nodes beside the path, from the leaf up; 32 bytes each. */
  readonly path: readonly Uint8Array[];
}

/** What a user keeps of a placed write: the SetKey and what its offline check needs. */
export interface Receipt {
  /** SetKey message. */
  readonly setKey: Uint8Array;
  /** Round r, whose seed and snapshot the lottery used. */
  readonly round: Uint8Array;
  /** The round that holds the SetKey. */
  readonly setKeyRound: Uint8Array;
  /** W of the snapshot. */
  readonly totalWeight: bigint;
  /** Hash of the genesis, 32 bytes. */
  readonly genesisHash: Uint8Array;
  /** τ · 1000 of the network for these N replicas. */
  readonly tauNumerator: number;
  /** Whether the network caps regions. */
  readonly regionCap: boolean;
  /** One for each storer of the SetKey. */
  readonly entries: readonly ReceiptEntry[];
  /** Leaves of the snapshot. */
  readonly leafCount: number;
}

/** `PVRC`, then the version. */
const START = Uint8Array.of(0x50, 0x56, 0x52, 0x43, 1);
const MOST_LEAVES = 2 ** 31;
/** Levels of a tree of that many leaves. */
const MOST_NODES = 31;
const U32 = 0xffff_ffff;

/**
 * PVRC ‖ u8 1 ‖ genesisHash 32 ‖ u32 num ‖ u8 regionCap ‖ u64 W ‖ u32 leafCount ‖ 3 × (u32 length ‖ round r, round of the SetKey, SetKey) ‖
 * u8 n ‖ n × (storerPK 32 ‖ vrfPK 32 ‖ u64 w ‖ operatorId 32 ‖ u16 region ‖ u32 index ‖ u8 p ‖ p × 32).
 * @throws ProvenderError `PROVENDER_INVALID` for fields out of their ranges
 */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const writer = new MessageWriter().bytes(START, START.length).bytes(receipt.genesisHash, HASH_SIZE);
  writer
    .u32(receipt.tauNumerator)
    .u8(receipt.regionCap ? 1 : 0)
    .u64(receipt.totalWeight);
  writer.u32(checkLeaves(receipt.leafCount));
  writePart(writer, receipt.round, MAX_ROUND_SIZE);
  writePart(writer, receipt.setKeyRound, MAX_ROUND_SIZE);
  writePart(writer, receipt.setKey, MAX_RECORD_SIZE);
  writer.u8(checkReplicas(receipt.entries.length));
  for (const entry of receipt.entries) writeEntry(writer, entry);
  return writer.message();
}

/**
 * Reads a receipt and checks its form and its lengths, each before memory is taken for it; `verifyReceipt` checks what it says.
 * @throws ProvenderError `PROVENDER_INVALID` for other bytes, `PROVENDER_UNSUPPORTED` for another version
 */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  const reader = new MessageReader(bytes, 'receipt');
  checkStart(reader.bytes(START.length));
  const genesisHash = reader.bytes(HASH_SIZE);
  const tauNumerator = reader.u32();
  const regionCap = checkNumber('region cap', reader.u8(), { least: 0, most: 1 }) === 1;
  const totalWeight = reader.u64();
  const leafCount = checkLeaves(reader.u32());
  const round = readPart(reader, MAX_ROUND_SIZE);
  const setKeyRound = readPart(reader, MAX_ROUND_SIZE);
  const setKey = readPart(reader, MAX_RECORD_SIZE);
  const entries = Array.from({ length: checkReplicas(reader.u8()) }, () => readEntry(reader));
  reader.end();
  const rules = { tauNumerator, regionCap };
  return { setKey, round, setKeyRound, totalWeight, genesisHash, ...rules, entries, leafCount };
}

function checkStart(start: Uint8Array): void {
  const [version] = start.subarray(-1);
  if (compareBytes(start.subarray(0, -1), START.subarray(0, -1)) !== 0) {
    throw new ProvenderError('PROVENDER_INVALID', 'receipt: its first bytes are not PVRC');
  }
  if (version !== START.at(-1)) {
    throw new ProvenderError('PROVENDER_UNSUPPORTED', `receipt version ${version}, known is 1`);
  }
}

function checkLeaves(count: number): number {
  return checkNumber('leaves of a snapshot', count, { least: 1, most: MOST_LEAVES });
}

function writePart(writer: MessageWriter, part: Uint8Array, most: number): void {
  checkNumber('bytes of a part', part.length, { least: 0, most });
  writer.u32(part.length).bytes(part, part.length);
}

function readPart(reader: MessageReader, most: number): Uint8Array {
  return reader.bytes(checkNumber('bytes of a part', reader.u32(), { least: 0, most }));
}

function writeEntry(writer: MessageWriter, { leaf, index, path }: ReceiptEntry): void {
  writer.bytes(leaf.storerKey, KEY_SIZE).bytes(leaf.vrfKey, KEY_SIZE).u64(leaf.weight);
  writer.bytes(leaf.operatorId, HASH_SIZE).u16(leaf.region);
  writer.u32(checkNumber('index of a leaf', index, { least: 0, most: U32 }));
  writer.u8(checkNumber('nodes of a path', path.length, { least: 0, most: MOST_NODES }));
  for (const node of path) writer.bytes(node, HASH_SIZE);
}

function readEntry(reader: MessageReader): ReceiptEntry {
  const [storerKey, vrfKey, weight] = [reader.bytes(KEY_SIZE), reader.bytes(KEY_SIZE), reader.u64()];
  const [operatorId, region, index] = [reader.bytes(HASH_SIZE), reader.u16(), reader.u32()];
  const length = checkNumber('nodes of a path', reader.u8(), { least: 0, most: MOST_NODES });
  const path = Array.from({ length }, () => reader.bytes(HASH_SIZE));
  return { leaf: { storerKey, vrfKey, weight, operatorId, region }, index, path };
}
