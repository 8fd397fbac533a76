import { hashTag } from '../../content/hash-tag.ts';
import { sha256 } from '../../content/kernels.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { Signer } from '../../proof/commitment.ts';
import { HEADER_SIZE, MESSAGE_ROUND, MESSAGE_SET_KEY } from '../../proof/message-header.ts';
import { VRF_PROOF_SIZE } from '../../vrf/ecvrf.ts';
import { MessageReader } from '../messages/message-reader.ts';
import { checkNumber, MessageWriter } from '../messages/message-writer.ts';
import { KEY_SIZE, SIGNATURE_SIZE, signMessage } from '../messages/signed-message.ts';
import { withoutProfile } from '../registry/node-fields.ts';

/** The most records that a round has. */
export const MAX_RECORDS = 1024;
/** The most SetKeys among them: each costs N checks of lottery proofs. @see rewards.md, section 8 */
const MAX_SET_KEYS = 64;
/** The most bytes of a record: a SetKey of 16 commitments and the longest name has less. */
export const MAX_RECORD_SIZE = 2 ** 17;
/** The most bytes of a round: fits a transaction of etcd, which takes 1.5 MiB. */
export const MAX_ROUND_SIZE = 2 ** 20;

/** The last moment that a round may tell: that of ECMAScript dates. Whoever shows it must not fail. */
const MAX_UNIX_MS = 8_640_000_000_000_000n;

const HASH_SIZE = 32;
/** All but the records: header ‖ u64 r ‖ prevHash ‖ u64 unixMs ‖ seed ‖ registryRoot ‖ proposerPK ‖ vrfPK ‖ pi ‖ u32 n ‖ … ‖ sig */
const FRAME_SIZE =
  HEADER_SIZE + 8 + HASH_SIZE + 8 + 2 * HASH_SIZE + 2 * KEY_SIZE + VRF_PROOF_SIZE + 4 + SIGNATURE_SIZE;
/** Bytes before each record: its length. */
const LENGTH_SIZE = 4;
const ROUND_TAG = hashTag('round');

/** A round before it is signed. */
export interface UnsignedRound {
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  /** r. */
  readonly number: bigint;
  /** Hash of the round before, 32 bytes; zeros in round 0. */
  readonly prevHash: Uint8Array;
  /** Milliseconds since 1970, as the proposer believes; for display. */
  readonly unixMs: bigint;
  /** seed_r, 32 bytes. */
  readonly seed: Uint8Array;
  /** Of the snapshot that this round uses, 32 bytes. */
  readonly registryRoot: Uint8Array;
  /** Node key of the primary that appends it, 32 bytes; zeros in round 0, as are the next two and the signature. */
  readonly proposerKey: Uint8Array;
  /** 32 bytes. */
  readonly vrfKey: Uint8Array;
  /** π over `seedInput`, 80 bytes. */
  readonly proof: Uint8Array;
  /** Announce, RegisterNode, UpdateNode and SetKey messages, in the order in which they count. */
  readonly records: readonly Uint8Array[];
}

/** A round of the log. */
export interface Round extends UnsignedRound {
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/**
 * The records that one round may hold: as they come, but for those it has no room for.
 * @param records - of at most `MAX_RECORD_SIZE` each
 */
export function fittingRecords(records: readonly Uint8Array[]): readonly Uint8Array[] {
  const fitting: Uint8Array[] = [];
  let [sizeBytes, setKeys] = [FRAME_SIZE, 0];
  for (const record of records) {
    const setKey = isSetKey(record) ? 1 : 0;
    const size = LENGTH_SIZE + record.length;
    const fits = sizeBytes + size <= MAX_ROUND_SIZE && setKeys + setKey <= MAX_SET_KEYS;
    if (!fits || fitting.length === MAX_RECORDS) continue;
    fitting.push(record);
    sizeBytes += size;
    setKeys += setKey;
  }
  return fitting;
}

function isSetKey(record: Uint8Array): boolean {
  return record[1] === MESSAGE_SET_KEY;
}

function checkRecords(records: readonly Uint8Array[]): void {
  const sizeBytes = records.reduce((sum, record) => sum + LENGTH_SIZE + record.length, FRAME_SIZE);
  checkNumber('records of a round', records.length, { least: 0, most: MAX_RECORDS });
  checkNumber('SetKeys of a round', records.filter(isSetKey).length, { least: 0, most: MAX_SET_KEYS });
  checkNumber('bytes of a round', sizeBytes, { least: FRAME_SIZE, most: MAX_ROUND_SIZE });
}

function checkTime(unixMs: bigint): void {
  if (unixMs <= MAX_UNIX_MS) return;
  throw new ProvenderError('PROVENDER_INVALID', `round: time ${unixMs} ms, limit ${MAX_UNIX_MS}`);
}

/**
 * header(13) ‖ u64 r ‖ prevHash 32 ‖ u64 unixMs ‖ seed 32 ‖ registryRoot 32 ‖ proposerPK 32 ‖ vrfPK 32 ‖ pi 80 ‖ u32 n ‖
 * n × (u32 length ‖ record) ‖ sig 64.
 * @throws ProvenderError `PROVENDER_INVALID` for a field that does not fit, or more than a round takes
 * @see rounds.md
 */
export function encodeRound(round: UnsignedRound, signer: Signer): Uint8Array {
  return signMessage(encodeUnsigned(round), signer);
}

/** Round 0, which nobody signs. @see rounds.md, "Round 0" */
export function encodeUnsignedRound(round: UnsignedRound): Uint8Array {
  const unsigned = encodeUnsigned(round);
  const bytes = new Uint8Array(unsigned.length + SIGNATURE_SIZE);
  bytes.set(unsigned);
  return bytes;
}

function encodeUnsigned(round: UnsignedRound): Uint8Array {
  checkRecords(round.records);
  checkTime(round.unixMs);
  const writer = new MessageWriter()
    .header({ type: MESSAGE_ROUND, profile: 0, networkId: round.networkId })
    .u64(round.number)
    .bytes(round.prevHash, HASH_SIZE)
    .u64(round.unixMs)
    .bytes(round.seed, HASH_SIZE)
    .bytes(round.registryRoot, HASH_SIZE)
    .bytes(round.proposerKey, KEY_SIZE)
    .bytes(round.vrfKey, KEY_SIZE)
    .bytes(round.proof, VRF_PROOF_SIZE)
    .u32(round.records.length);
  for (const record of round.records) {
    checkNumber('bytes of a record', record.length, { least: HEADER_SIZE, most: MAX_RECORD_SIZE });
    writer.u32(record.length).bytes(record, record.length);
  }
  return writer.message();
}

/**
 * Reads a Round and checks its form: neither its signature nor its records.
 * @throws ProvenderError `PROVENDER_INVALID` for wrong bytes or more than a round takes, `PROVENDER_UNSUPPORTED` for another version
 */
export function decodeRound(bytes: Uint8Array): Round {
  if (bytes.length > MAX_ROUND_SIZE) {
    throw new ProvenderError('PROVENDER_INVALID', `round: ${bytes.length} bytes, limit ${MAX_ROUND_SIZE}`);
  }
  const reader = new MessageReader(bytes, 'round');
  const round: Round = {
    networkId: withoutProfile(reader.header(MESSAGE_ROUND)).networkId,
    number: reader.u64(),
    prevHash: reader.bytes(HASH_SIZE),
    unixMs: reader.u64(),
    seed: reader.bytes(HASH_SIZE),
    registryRoot: reader.bytes(HASH_SIZE),
    proposerKey: reader.bytes(KEY_SIZE),
    vrfKey: reader.bytes(KEY_SIZE),
    proof: reader.bytes(VRF_PROOF_SIZE),
    records: readRecords(reader),
    signature: reader.bytes(SIGNATURE_SIZE),
  };
  reader.end();
  checkRecords(round.records);
  checkTime(round.unixMs);
  return round;
}

function readRecords(reader: MessageReader): readonly Uint8Array[] {
  const count = checkNumber('records of a round', reader.u32(), { least: 0, most: MAX_RECORDS });
  return Array.from({ length: count }, () => {
    const length = checkNumber('bytes of a record', reader.u32(), {
      least: HEADER_SIZE,
      most: MAX_RECORD_SIZE,
    });
    return reader.bytes(length);
  });
}

/** hash(Round) = H(tag(round) ‖ all bytes), 32 bytes. @see rounds.md */
export function roundHash(bytes: Uint8Array): Uint8Array {
  return sha256(ROUND_TAG, bytes);
}
