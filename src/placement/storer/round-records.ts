import type { ObjectId } from '../../content/object-id.ts';
import { compareBytes } from '../../content/object-id.ts';
import { MESSAGE_ANNOUNCE, MESSAGE_SET_KEY } from '../../proof/message-header.ts';
import { type Announce, decodeAnnounce } from '../messages/announce.ts';
import { decodeSetKey, type SetKey } from '../messages/set-key.ts';
import type { LoggedRound } from '../rounds/round-log.ts';
import { decodeRound } from '../rounds/round.ts';

/** What of a round concerns storers. */
export interface StorerRound {
  /** r. */
  readonly number: bigint;
  /** 32 bytes. */
  readonly seed: Uint8Array;
  readonly announces: readonly Announce[];
  readonly setKeys: readonly SetKey[];
}

/** Reads a round that the log has checked. @throws ProvenderError `PROVENDER_INVALID` for bytes that it cannot have checked */
export function storerRound({ bytes }: Pick<LoggedRound, 'bytes'>): StorerRound {
  const { number, seed, records } = decodeRound(bytes);
  const ofType = (type: number): readonly Uint8Array[] => records.filter((record) => record[1] === type);
  return {
    number,
    seed,
    announces: ofType(MESSAGE_ANNOUNCE).map(decodeAnnounce),
    setKeys: ofType(MESSAGE_SET_KEY).map(decodeSetKey),
  };
}

/** What a round says of a claim: nothing, or whether the SetKey of its object has it. */
export function saidOf(
  round: StorerRound,
  claim: { readonly id: ObjectId; readonly bytes: Uint8Array },
): { readonly isPlaced: boolean } | undefined {
  const setKey = round.setKeys.find(({ id }) => compareBytes(id, claim.id) === 0);
  if (setKey === undefined) return undefined;
  return { isPlaced: setKey.commitments.some((one) => compareBytes(one.claim, claim.bytes) === 0) };
}
