import { ProvenderError } from '../content/provender-error.ts';

/** Bytes of the header that starts every message. */
export const HEADER_SIZE = 36;
/** Message type of a ReplicaProof. @see proof-of-replication.md, section 8 */
export const MESSAGE_REPLICA_PROOF = 6;
/** Message type of a Commitment. @see proof-of-replication.md, section 8 */
export const MESSAGE_COMMITMENT = 14;
const VERSION = 1;

/** What the header of a message says. */
export interface MessageHeader {
  readonly type: number;
  readonly profile: number;
  /** 32 bytes; zeros for a node that stands alone. */
  readonly networkId: Uint8Array;
}

/** u8 version = 1 ‖ u8 type ‖ u16 profile ‖ networkId. @see proof-of-replication.md, section 8 */
export function encodeHeader(header: MessageHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE);
  bytes[0] = VERSION;
  bytes[1] = header.type;
  new DataView(bytes.buffer).setUint16(2, header.profile);
  bytes.set(header.networkId, 4);
  return bytes;
}

/**
 * Reads the header of a message of type `type`.
 * @throws ProvenderError `PROVENDER_INVALID` when it is short or of another type, `PROVENDER_UNSUPPORTED` for another version
 */
export function decodeHeader(bytes: Uint8Array, type: number): MessageHeader {
  if (bytes.length < HEADER_SIZE) {
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `message: ${bytes.length} bytes, its header has ${HEADER_SIZE}`,
    );
  }
  if (bytes[0] !== VERSION) {
    throw new ProvenderError('PROVENDER_UNSUPPORTED', `message version ${bytes[0]}, known is ${VERSION}`);
  }
  if (bytes[1] !== type)
    throw new ProvenderError('PROVENDER_INVALID', `message type ${bytes[1]}, expected ${type}`);
  const profile = new DataView(bytes.buffer, bytes.byteOffset, HEADER_SIZE).getUint16(2);
  return { type, profile, networkId: bytes.slice(4, HEADER_SIZE) };
}
