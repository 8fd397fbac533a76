import { MESSAGE_ANNOUNCE, MESSAGE_SET_KEY } from '../../proof/message-header.ts';
import { type Announce, decodeAnnounce } from '../messages/announce.ts';
import { decodeSetKey, type SetKey } from '../messages/set-key.ts';
import type { LoggedRound } from '../rounds/round-log.ts';
import { decodeRound } from '../rounds/round.ts';

/** A round of the log as a primary looks at it. */
export interface SeenRound {
  readonly number: bigint;
  /** 32 bytes. */
  readonly seed: Uint8Array;
  /** The Announces that it holds, each with its message. */
  readonly announces: readonly { readonly announce: Announce; readonly bytes: Uint8Array }[];
  readonly setKeys: readonly SetKey[];
}

/** Reads a round that the log has checked. */
export function seenRound({ number, bytes }: LoggedRound): SeenRound {
  const { seed, records } = decodeRound(bytes);
  const ofType = (type: number): readonly Uint8Array[] => records.filter((record) => record[1] === type);
  const announces = ofType(MESSAGE_ANNOUNCE).map((one) => ({ announce: decodeAnnounce(one), bytes: one }));
  return { number, seed, announces, setKeys: ofType(MESSAGE_SET_KEY).map(decodeSetKey) };
}
