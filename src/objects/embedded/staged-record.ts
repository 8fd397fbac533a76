import { ProvenderError } from '../../content/provender-error.ts';
import { OPERATION_SIZE } from '../payment-marks.ts';

/** What sublevel `i` says of a tag. */
export interface StagedRecord {
  /**
   * There when index rows may lie under the tag, so that they can be found and deleted: from the start of a publish, and after a removal. With a payment
   * it is there once the data is prepared.
   */
  readonly head?: Uint8Array;
  /** Payment that the data hangs on, 16 bytes: what becomes of the data is decided beside it. */
  readonly operation?: Uint8Array;
}

/** Data without a payment. */
const FREE = 1;
const PAID = 2;

/** u8 1 ‖ head, or u8 2 ‖ operation 16 ‖ head; the head may be absent. */
export function encodeStagedRecord({ head = new Uint8Array(), operation }: StagedRecord): Uint8Array {
  if (operation === undefined) return Uint8Array.from([FREE, ...head]);
  return Uint8Array.from([PAID, ...operation, ...head]);
}

/** @throws ProvenderError `PROVENDER_CORRUPT` for an unknown version or a record that is cut off */
export function decodeStagedRecord(bytes: Uint8Array): StagedRecord {
  const [version] = bytes;
  if (version !== FREE && version !== PAID)
    throw corrupt(`version ${version}, known are ${FREE} and ${PAID}`);
  const headOffset = version === FREE ? 1 : 1 + OPERATION_SIZE;
  if (bytes.length < headOffset) throw corrupt(`${bytes.length} bytes, at least ${headOffset} are needed`);
  return {
    ...(bytes.length > headOffset && { head: bytes.slice(headOffset) }),
    ...(version === PAID && { operation: bytes.slice(1, headOffset) }),
  };
}

function corrupt(what: string): ProvenderError {
  return new ProvenderError('PROVENDER_CORRUPT', `record of staged data: ${what}`);
}
