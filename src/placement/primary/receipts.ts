import { compareBytes, type ObjectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { MESSAGE_SET_KEY } from '../../proof/message-header.ts';
import { decodeSetKey } from '../messages/set-key.ts';
import { buildReceipt } from '../receipt.ts';
import { decodeRound } from '../rounds/round.ts';
import { snapshotOf } from './lottery.ts';
import type { PrimaryParts } from './primary-options.ts';

/**
 * The receipt of an object whose SetKey is in a round.
 * @throws ProvenderError `PROVENDER_CORRUPT` when that round does not hold it, else as the round log does
 */
export async function receiptOf(
  id: ObjectId,
  placedIn: bigint,
  parts: Pick<PrimaryParts, 'genesis' | 'log'>,
): Promise<Uint8Array> {
  const { bytes: setKeyRound } = await parts.log.get(placedIn);
  const setKey = decodeRound(setKeyRound).records.find(
    (record) => record[1] === MESSAGE_SET_KEY && compareBytes(decodeSetKey(record).id, id) === 0,
  );
  if (setKey === undefined) {
    throw new ProvenderError(
      'PROVENDER_CORRUPT',
      `round ${placedIn} does not hold the SetKey that the index names`,
    );
  }
  const drawn = decodeSetKey(setKey).announced + 1n;
  const { bytes: round } = await parts.log.get(drawn);
  const snapshot = await snapshotOf(drawn, parts);
  return buildReceipt({ setKey, round, setKeyRound, snapshot, genesis: parts.genesis });
}
