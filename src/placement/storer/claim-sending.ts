import type { Clock } from '../clock.ts';
import type { NodePeer, PlacementReply, PrimaryCalls } from '../ports.ts';
import type { PlacementReason } from '../reasons.ts';
import { retrying } from './retrying.ts';
import { timeLimit } from './time-limit.ts';

/** Replies of a primary that has not come as far as this storer. */
const NOT_YET: ReadonlySet<PlacementReason> = new Set(['unknown', 'round', 'attempt']);

/** Tries that may hang, one after the other, before the window ends. */
const TRIES = 4;

/** Who is told, and for how long it makes sense. */
export interface ClaimSending {
  readonly primaries: Pick<PrimaryCalls, 'claim'>;
  readonly clock: Clock;
  /** Ends all tries. */
  readonly signal: AbortSignal;
  /** Time for all tries. */
  readonly windowMs: number;
}

/**
 * Hands a claim to a primary, again and again while it is away or has not seen the round, until it answers or the window ends.
 * @returns its answer; `unreachable` when there was none
 */
export async function sendClaim(
  { primaries, clock, signal, windowMs }: ClaimSending,
  primary: NodePeer,
  message: Uint8Array,
): Promise<PlacementReply> {
  const window = timeLimit(clock, windowMs, 'claim', signal);
  let last: PlacementReply = { ok: false, reason: 'unreachable' };
  try {
    return await retrying((tries) => primaries.claim(primary, message, { signal: tries }), {
      clock,
      signal: window.signal,
      tryMs: windowMs / TRIES,
      what: 'claim',
      notYet: (reply) => {
        last = reply;
        return !reply.ok && NOT_YET.has(reply.reason);
      },
    });
  } catch {
    return last; // away for the whole window, or it fails at every try: the claim has not arrived
  } finally {
    window.end();
  }
}
