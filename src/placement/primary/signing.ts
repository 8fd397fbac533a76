import { compareBytes } from '../../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import { encodeSetKey } from '../messages/set-key.ts';
import { ANNOUNCE_ROUNDS } from '../rounds/announce-book.ts';
import type { Lottery } from './lottery.ts';
import type { PlacingObject } from './placing-object.ts';
import type { RunAction } from './run/run-events.ts';
import type { SharedWork } from './shared-work.ts';
import { within } from './waiting.ts';

/** Pause before a SetKey is handed in again. */
const PAUSE_MS = 200;

/** What is signed. */
export interface Signing {
  readonly object: PlacingObject;
  readonly dataRoot: Uint8Array;
  readonly lottery: Lottery;
  readonly signed: Extract<RunAction, { act: 'sign' }>;
}

/**
 * Signs the SetKey of N complete storers and waits until a round holds it; one of another primary for the same object does as well.
 * @returns number of that round
 * @throws ProvenderError `PROVENDER_UNAVAILABLE` when the Announce expired first, `PROVENDER_AMBIGUOUS` when no such round came in time, else as the
 *   round log and the signal do
 */
export function signPlacement(
  { object, dataRoot, lottery, signed }: Signing,
  { parts, view }: Pick<SharedWork, 'parts' | 'view'>,
  signal: AbortSignal,
): Promise<bigint> {
  const { genesis, signer, clock, limits } = parts;
  const { networkId } = genesis;
  const { attempt } = signed;
  const commitments = signed.signed.map(({ candidate, commit }) => ({ claim: candidate.claim, commit }));
  const where = { announced: lottery.announced, attempt, commitments };
  const record = encodeSetKey(
    { ...object, ...where, networkId, dataRoot, primaryKey: signer.publicKey },
    signer,
  );
  const ms = limits.signMs;
  const late = (): ProvenderError =>
    new ProvenderError('PROVENDER_AMBIGUOUS', `no round with the SetKey came within ${ms} ms`);
  return within({ clock, ms, signal, late }, async (limit) => {
    const inLog = view.first(
      ({ number, setKeys }) => {
        if (setKeys.some(({ id }) => compareBytes(id, object.id) === 0)) return { number };
        return number >= lottery.announced + ANNOUNCE_ROUNDS ? { number: undefined } : undefined;
      },
      { from: lottery.round, signal: limit },
    );
    // A refusal is final unless the object is in the log: then that is the answer.
    const refused = submit(record, parts, limit).then(() => inLog);
    const { number } = await Promise.race([inLog, refused]);
    if (number !== undefined) return number;
    throw new ProvenderError(
      'PROVENDER_UNAVAILABLE',
      'the announcement expired before a round took the SetKey',
      {
        details: { reason: 'storers' },
      },
    );
  });
}

/** Hands in a record until it is accepted; one whose fate is unknown is waited for. */
async function submit(
  record: Uint8Array,
  { log, clock }: SharedWork['parts'],
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      return await log.submit(record, { signal });
    } catch (error) {
      if (isProvenderError(error, 'PROVENDER_AMBIGUOUS')) return;
      if (!isProvenderError(error) || !error.retryable || error.code === 'PROVENDER_CLOSED') throw error;
    }
    await clock.sleep(PAUSE_MS, signal);
  }
}
