import { isRadosError } from './client/rados-error.ts';
import { type FenceParts, fence } from './fence.ts';
import { decodeSessionRecord, encodeSessionRecord, type SessionRecord } from './session-record.ts';
import { exchangeRecord, type SessionRows } from './session-rows.ts';
import { type CloserState, judgeRecord } from './session-rules.ts';
import { sweepRemoved, sweepStaged } from './sweep.ts';
import type { SweepParts } from './sweep-tag.ts';
import type { AnswerOptions } from './until-answered.ts';

/** What dead sessions are closed with. */
export interface CloserParts extends SweepParts, FenceParts {
  /** Number of the session that closes others. */
  readonly me: number;
  /** Whether a foreign session is taken for dead. */
  readonly isDead: (session: number) => boolean;
  /** Called for a session that has something left to decide: it is not to be taken for dead for a while. */
  readonly postpone: (session: number) => void;
  /** Called for a session that this pod may not fence: it is left to others for so long that they can take it for dead. */
  readonly leaveToOthers: (session: number) => void;
  /** Sessions that this session has fenced; their closed victims may be taken over. */
  readonly fenced: Set<number>;
  readonly answer: AnswerOptions;
}

/** Fences each dead session, decides on what it left and removes its record. One that cannot be closed now does not hold up the others. */
export async function closeDead(parts: CloserParts, rows: SessionRows): Promise<void> {
  for (const [session, bytes] of rows.records) {
    if (session === parts.me || !parts.isDead(session)) continue;
    try {
      await closeOne(parts, { session, bytes }, rows);
    } catch (error) {
      parts.answer.signal.throwIfAborted();
      parts.events.dutyFailed?.({ duty: `close session ${session}`, error });
    }
  }
}

async function closeOne(
  parts: CloserParts,
  seen: { session: number; bytes: Uint8Array },
  rows: SessionRows,
): Promise<void> {
  const record = decodeSessionRecord(seen.bytes);
  const verdict = judgeRecord(record, parts.me, closerState(parts, record.closer, rows));
  if (verdict === 'leave') return;
  const unmarked = encodeSessionRecord({ ...record, status: 'open', closer: 0 });
  const mine = encodeSessionRecord({ ...record, status: 'closing', closer: parts.me });
  const change = { session: seen.session, seen: seen.bytes, next: mine };
  try {
    if (verdict === 'fenceCloser') await fenceSession(parts, record.closer, rows.records.get(record.closer));
    if (verdict !== 'goOn' && !(await exchangeRecord(parts.objects, change, parts.answer))) return;
    await parts.step('close: mark');
    await fenceSession(parts, seen.session, mine);
  } catch (error) {
    if (isRefused(error)) await leaveToOthers(parts, { session: seen.session, seen: mine, next: unmarked });
    throw error;
  }
  await sweepSession(parts, seen.session, mine);
}

function isRefused(error: unknown): boolean {
  return isRadosError(error, 'EACCES') || isRadosError(error, 'EPERM');
}

/** A pod without the right to fence takes its mark back: as long as it lives nobody else would close that session. */
async function leaveToOthers(
  { objects, leaveToOthers: leave, answer }: CloserParts,
  change: { session: number; seen: Uint8Array; next: Uint8Array },
): Promise<void> {
  leave(change.session);
  await exchangeRecord(objects, change, answer);
}

function closerState({ isDead, fenced }: CloserParts, closer: number, rows: SessionRows): CloserState {
  if (!rows.records.has(closer)) return 'gone';
  if (fenced.has(closer)) return 'fenced';
  return isDead(closer) ? 'dead' : 'alive';
}

async function fenceSession(
  parts: CloserParts,
  session: number,
  bytes: Uint8Array | undefined,
): Promise<void> {
  if (bytes === undefined || parts.fenced.has(session)) return;
  const { address, podName }: SessionRecord = decodeSessionRecord(bytes);
  await fence(parts, address, parts.answer);
  parts.fenced.add(session);
  parts.events.fenced?.({ session, address, podName });
}

async function sweepSession(parts: CloserParts, session: number, mine: Uint8Array): Promise<void> {
  const { answer, objects, events, step } = parts;
  const result = await sweepStaged(parts, (candidate) => candidate === session, answer);
  await sweepRemoved(parts, session, answer);
  const { undecided, ...swept } = result;
  if (undecided > 0) return parts.postpone(session); // until then the record keeps its tags from others
  await step('close: swept');
  await exchangeRecord(objects, { session, seen: mine, next: undefined }, answer);
  await step('close: record');
  events.swept?.({ session, ...swept });
}
