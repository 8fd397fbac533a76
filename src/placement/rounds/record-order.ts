import {
  MESSAGE_ANNOUNCE,
  MESSAGE_REGISTER_NODE,
  MESSAGE_SET_KEY,
  MESSAGE_UPDATE_NODE,
} from '../../proof/message-header.ts';
import { KEY_SIZE, SIGNATURE_SIZE } from '../messages/signed-message.ts';

/** Nodes register before they change, and objects are placed before others are announced. */
const TYPES = [MESSAGE_REGISTER_NODE, MESSAGE_UPDATE_NODE, MESSAGE_SET_KEY, MESSAGE_ANNOUNCE];

/** Where the nonce of a record lies, counted from its end: before the signature, and the key of a primary. */
const NONCES: Readonly<Record<number, number>> = {
  [MESSAGE_UPDATE_NODE]: 8 + SIGNATURE_SIZE,
  [MESSAGE_ANNOUNCE]: 8 + KEY_SIZE + SIGNATURE_SIZE,
};

/** Puts records into the order in which a round takes most of them: records that overtook each other on their way would lose their nonces. */
export function inOrder(records: readonly Uint8Array[]): readonly Uint8Array[] {
  return records
    .map((record) => ({ record, type: TYPES.indexOf(record[1] ?? 0), nonce: nonceOf(record) }))
    .toSorted((a, b) => a.type - b.type || Number(a.nonce > b.nonce) - Number(a.nonce < b.nonce))
    .map(({ record }) => record);
}

function nonceOf(record: Uint8Array): bigint {
  const fromEnd = NONCES[record[1] ?? 0];
  if (fromEnd === undefined || record.length < fromEnd) return 0n;
  return new DataView(record.buffer, record.byteOffset + record.length - fromEnd, 8).getBigUint64(0);
}
