import { compareBytes } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { isRadosError } from './client/rados-error.ts';
import type { RadosPool } from './client/rados-pool.ts';
import { NEXT_SESSION_ROW, sessionOfRow, SESSION_ROW_PREFIX, sessionRow, SESSIONS_KEY } from './keys.ts';
import { type AnswerOptions, untilAnswered } from './until-answered.ts';

/** What the object `sessions` says. */
export interface SessionRows {
  /** Number of the next session. */
  readonly next: number;
  /** Records by session number, as bytes. */
  readonly records: ReadonlyMap<number, Uint8Array>;
}

/** An absent row, as guards name it. */
const ABSENT = new Uint8Array(0);
const MAX_U32 = 2 ** 32 - 1;
/** The OSD gives no more rows at once. */
const PAGE = 1000;

/** Equal bytes; an absent row equals nothing but an absent one. */
export function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && compareBytes(a, b) === 0;
}

/** Reads all of `sessions`: `next` first, so that a session which opens meanwhile is never taken for one that is gone. */
export async function readSessionRows(objects: RadosPool, answer: AnswerOptions): Promise<SessionRows> {
  const next = await readRow(objects, NEXT_SESSION_ROW, answer);
  const records = new Map<number, Uint8Array>();
  let after = '';
  for (let more = true; more; ) {
    const page = await untilAnswered(
      () => objects.look(SESSIONS_KEY, [{ do: 'omapRange', after, prefix: SESSION_ROW_PREFIX, limit: PAGE }]),
      answer,
    );
    for (const [row, bytes] of page.omap ?? []) {
      const session = sessionOfRow(row);
      if (session !== undefined) records.set(session, bytes);
      after = row;
    }
    more = page.more === true;
  }
  return { next: decodeNext(next), records };
}

/** Reads one row of `sessions`. */
async function readRow(
  objects: RadosPool,
  row: string,
  answer: AnswerOptions,
): Promise<Uint8Array | undefined> {
  const { omap } = await untilAnswered(
    () => objects.look(SESSIONS_KEY, [{ do: 'omapKeys', keys: [row] }]),
    answer,
  );
  return omap?.get(row);
}

/**
 * Takes the next number and writes its record in one step.
 *
 * @param record - its bytes; the client address in it makes them unlike those of any other session
 * @throws ProvenderError `PROVENDER_UNAVAILABLE` when all numbers are used
 */
export async function addSession(
  objects: RadosPool,
  record: Uint8Array,
  answer: AnswerOptions,
): Promise<number> {
  for (;;) {
    const standing = await readRow(objects, NEXT_SESSION_ROW, answer);
    const session = decodeNext(standing);
    if (session === MAX_U32)
      throw new ProvenderError(
        'PROVENDER_UNAVAILABLE',
        'all 2^32 session numbers are used: use a new namespace',
      );
    const row = sessionRow(session);
    const added = await guarded(
      () =>
        objects.change(SESSIONS_KEY, [
          { do: 'omapCmp', key: NEXT_SESSION_ROW, value: standing ?? ABSENT },
          {
            do: 'omapSet',
            rows: [
              [NEXT_SESSION_ROW, encodeNext(session + 1)],
              [row, record],
            ],
          },
        ]),
      answer,
    );
    if (added || sameBytes(await readRow(objects, row, answer), record)) return session;
  }
}

/**
 * Replaces the record of a session, or removes it, if it still is the one seen; tells whether that was done. Repetitions find their own bytes.
 *
 * @param next - `undefined` removes the row
 * @see object-layout.md, section 9
 */
export async function exchangeRecord(
  objects: RadosPool,
  change: { session: number; seen: Uint8Array; next: Uint8Array | undefined },
  answer: AnswerOptions,
): Promise<boolean> {
  const row = sessionRow(change.session);
  const { seen, next } = change;
  const done = await guarded(
    () =>
      objects.change(SESSIONS_KEY, [
        { do: 'omapCmp', key: row, value: seen },
        next === undefined ? { do: 'omapRemove', keys: [row] } : { do: 'omapSet', rows: [[row, next]] },
      ]),
    answer,
  );
  return done || sameBytes(await readRow(objects, row, answer), next);
}

/** Sends a guarded change until it is answered; `false` when its guard failed. */
async function guarded(send: () => Promise<void>, answer: AnswerOptions): Promise<boolean> {
  try {
    await untilAnswered(send, answer);
    return true;
  } catch (error) {
    if (isRadosError(error, 'ECANCELED')) return false;
    throw error;
  }
}

function encodeNext(next: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, next);
  return bytes;
}

function decodeNext(bytes: Uint8Array | undefined): number {
  if (bytes === undefined) return 1;
  if (bytes.length !== 4)
    throw new ProvenderError('PROVENDER_CORRUPT', `row 'next' of the sessions: ${bytes.length} bytes, not 4`);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
}
