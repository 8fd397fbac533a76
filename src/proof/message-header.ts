import { ProvenderError } from '../content/provender-error.ts';

/** Bytes of the header that starts every message. */
export const HEADER_SIZE = 36;
/** Message type of an Announce. @see proof-of-replication.md, section 8 */
export const MESSAGE_ANNOUNCE = 1;
/** Message type of a Claim. @see proof-of-replication.md, section 8 */
export const MESSAGE_CLAIM = 2;
/** Message type of an Assign. @see proof-of-replication.md, section 8 */
export const MESSAGE_ASSIGN = 3;
/** Message type of a Commit. @see proof-of-replication.md, section 8 */
export const MESSAGE_COMMIT = 4;
/** Message type of a Challenge. @see proof-of-replication.md, section 8 */
export const MESSAGE_CHALLENGE = 5;
/** Message type of a ReplicaProof. @see proof-of-replication.md, section 8 */
export const MESSAGE_REPLICA_PROOF = 6;
/** Message type of a RegisterNode. @see proof-of-replication.md, section 8 */
export const MESSAGE_REGISTER_NODE = 7;
/** Message type of a UpdateNode. @see proof-of-replication.md, section 8 */
export const MESSAGE_UPDATE_NODE = 8;
/** Message type of a SetKey. @see proof-of-replication.md, section 8 */
export const MESSAGE_SET_KEY = 9;
/** Message type of a Round. @see proof-of-replication.md, section 8 */
export const MESSAGE_ROUND = 13;
/** Message type of a Commitment. @see proof-of-replication.md, section 8 */
export const MESSAGE_COMMITMENT = 14;
/** Message type of a FetchRequest, by which a storer asks for content. @see rounds.md, "Fetching" */
export const MESSAGE_FETCH = 15;
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
