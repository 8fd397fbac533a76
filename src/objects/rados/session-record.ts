import { concatBytes } from '@noble/hashes/utils.js';
import { ProvenderError } from '../../content/provender-error.ts';

/** Row `s.<A>` of the object `sessions`. */
export interface SessionRecord {
  readonly status: 'open' | 'closing';
  /** Number of the session that closes this one; 0 while it is open. */
  readonly closer: number;
  /** Counts the beats. */
  readonly beat: bigint;
  /** Client address(es), as the blocklist takes them. */
  readonly address: string;
  readonly podName: string;
}

const VERSION = 1;
const STATUS = { open: 1, closing: 2 } as const;
/** u8 1 ‖ u8 status ‖ u32 closer ‖ u64 beat ‖ u16 n */
const FIXED_SIZE = 16;
const MAX_ADDRESS = 0xffff;
const MAX_POD_NAME = 0xff;

/** Cuts a name to at most 255 bytes of UTF-8, between characters. */
function podNameBytes(name: string): Uint8Array {
  let text = '';
  let size = 0;
  for (const character of name) {
    size += new TextEncoder().encode(character).length;
    if (size > MAX_POD_NAME) break;
    text += character;
  }
  return new TextEncoder().encode(text);
}

/**
 * u8 1 ‖ u8 status ‖ u32 closer ‖ u64 beat ‖ u16 n ‖ n bytes address ‖ u8 p ‖ p bytes pod name; a longer pod name is cut.
 * @throws ProvenderError `PROVENDER_INTERNAL` for an address above 65,535 bytes
 * @see object-layout.md, section 4
 */
export function encodeSessionRecord(record: SessionRecord): Uint8Array {
  const address = new TextEncoder().encode(record.address);
  if (address.length > MAX_ADDRESS)
    throw new ProvenderError('PROVENDER_INTERNAL', `client address of ${address.length} bytes`);
  const fixed = new Uint8Array(FIXED_SIZE);
  const view = new DataView(fixed.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, STATUS[record.status]);
  view.setUint32(2, record.closer);
  view.setBigUint64(6, record.beat);
  view.setUint16(14, address.length);
  const pod = podNameBytes(record.podName);
  return concatBytes(fixed, address, Uint8Array.of(pod.length), pod);
}

/**
 * Reads a session record.
 * @throws ProvenderError `PROVENDER_CORRUPT` for an unknown version or status, a wrong length or text that is no UTF-8
 */
export function decodeSessionRecord(bytes: Uint8Array): SessionRecord {
  if (bytes.length < FIXED_SIZE + 1 || bytes[0] !== VERSION)
    throw corrupt(`${bytes.length} bytes of version ${bytes[0] ?? 'none'}, known is ${VERSION}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const status = statusOf(view.getUint8(1));
  const addressEnd = FIXED_SIZE + view.getUint16(14);
  const podSize = bytes[addressEnd];
  if (podSize === undefined || bytes.length !== addressEnd + 1 + podSize)
    throw corrupt(`${bytes.length} bytes, its fields say otherwise`);
  return {
    status,
    closer: view.getUint32(2),
    beat: view.getBigUint64(6),
    address: text(bytes.subarray(FIXED_SIZE, addressEnd)),
    podName: text(bytes.subarray(addressEnd + 1)),
  };
}

function statusOf(byte: number): SessionRecord['status'] {
  if (byte === STATUS.open) return 'open';
  if (byte === STATUS.closing) return 'closing';
  throw corrupt(`status ${byte}`);
}

function text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw corrupt('its text is no UTF-8', error);
  }
}

function corrupt(what: string, cause?: unknown): ProvenderError {
  return new ProvenderError('PROVENDER_CORRUPT', `session record: ${what}`, { cause });
}
