import { ProvenderError } from '../../content/provender-error.ts';
import { CLAIM_SIZE } from '../messages/claim.ts';

const VERSION = 1;
/** u8 version ‖ u8 committed ‖ u64 round of the SetKey ‖ Claim. */
const RECORD_SIZE = 1 + 1 + 8 + CLAIM_SIZE;

/** What a storer remembers of a replica across restarts. */
export interface DurableRecord {
  /** The Claim message that it was assigned for. */
  readonly claim: Uint8Array;
  /** The Commit may have been sent: a SetKey can name the replica. */
  readonly isCommitted: boolean;
  /** Round whose SetKey names it; 0 while there is none. */
  readonly setKeyRound: bigint;
}

/** Bytes of a record of the state store. */
export function encodeDurableRecord({ claim, isCommitted, setKeyRound }: DurableRecord): Uint8Array {
  const bytes = new Uint8Array(RECORD_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, isCommitted ? 1 : 0);
  view.setBigUint64(2, setKeyRound);
  bytes.set(claim, RECORD_SIZE - CLAIM_SIZE);
  return bytes;
}

/**
 * Reads a record of the state store; the claim inside is not read yet.
 * @throws ProvenderError `PROVENDER_CORRUPT` for bytes that no storer has written, `PROVENDER_UNSUPPORTED` for another version
 */
export function decodeDurableRecord(key: string, bytes: Uint8Array): DurableRecord {
  if (bytes.length > 0 && bytes[0] !== VERSION)
    throw new ProvenderError(
      'PROVENDER_UNSUPPORTED',
      `record ${key}: version ${bytes[0]}, known is ${VERSION}`,
    );
  if (bytes.length !== RECORD_SIZE)
    throw new ProvenderError('PROVENDER_CORRUPT', `record ${key}: ${bytes.length} bytes, not ${RECORD_SIZE}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    claim: bytes.slice(RECORD_SIZE - CLAIM_SIZE),
    isCommitted: view.getUint8(1) !== 0,
    setKeyRound: view.getBigUint64(2),
  };
}
