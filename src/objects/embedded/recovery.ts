import { compareBytes } from '../../content/object-id.ts';
import { decodeHead } from '../head.ts';
import type { PaidDataEvents, PaymentDecision, PaymentMarks } from '../payment-marks.ts';
import { parseTag, type Tag, tagName } from '../tag.ts';
import type { EmbeddedParts } from './embedded-parts.ts';
import type { Janitor } from './janitor.ts';
import { decodeStagedRecord, type StagedRecord } from './staged-record.ts';

/** Data of an earlier opening that nobody has decided about. */
export interface KeptData extends StagedRecord {
  readonly tag: Tag;
}

/** What a recovery works with. */
export interface RecoveryParts extends Pick<EmbeddedParts, 'database' | 'catalog' | 'step'> {
  readonly janitor: Janitor;
  readonly marks: PaymentMarks | undefined;
  readonly events: PaidDataEvents;
}

/**
 * Decides on all that earlier openings left in sublevel `i`, when nobody stages: what is free is dropped, what hangs on a payment is published or dropped
 * as was decided beside that.
 *
 * @returns what stays, for there is nobody to ask
 * @throws ProvenderError of `marks`; what is undecided then waits for the next open
 * @see object-layout.md, section 7
 */
export async function recoverStaged(parts: RecoveryParts): Promise<readonly KeptData[]> {
  const records = await parts.database.read('records of staged data', (tables) =>
    tables.table('i').iterator().all(),
  );
  const kept: KeptData[] = [];
  for (const [key, value] of records) {
    const tag = parseTag(key);
    const found = { tag, ...decodeStagedRecord(value) };
    if (await isDecided(parts, found)) continue;
    kept.push(found);
  }
  return kept;
}

/** Drops or publishes what was found; `false` when it stays. */
async function isDecided(parts: RecoveryParts, found: KeptData): Promise<boolean> {
  const { marks, janitor, events } = parts;
  const { tag, operation } = found;
  const decision =
    operation === undefined ? ({ is: 'drop' } as const) : await marks?.dropOrPublish(operation);
  if (decision === undefined || isTorn(found, decision)) {
    const hex = Buffer.from(operation ?? []).toString('hex');
    events.paidDataKept?.({ tag: tagName(tag), operation: hex });
    return false;
  }
  if (decision.is === 'drop' || !(await publishPaid(parts, found, decision))) await janitor.drop(tag);
  return true;
}

/** Paid before it was prepared: no caller does that, so nothing is deleted before somebody has looked. */
function isTorn({ tag, head }: KeptData, decision: PaymentDecision): boolean {
  if (decision.is !== 'paid' || compareBytes(decision.tag, tag) !== 0) return false;
  return head === undefined || compareBytes(head, decision.head) !== 0;
}

/** Makes a paid upload exist, under the guard of every publish; `false` when its data is to go: it is held, or the payment was for other data. */
async function publishPaid(
  { catalog, step }: RecoveryParts,
  { tag }: KeptData,
  paid: PaymentDecision & { is: 'paid' },
): Promise<boolean> {
  if (compareBytes(paid.tag, tag) !== 0) return false;
  const { id } = decodeHead(paid.head).statement;
  if ((await catalog.head(id)) !== undefined) return false;
  await catalog.publish(id, paid.head);
  await step('publish paid: head');
  return true;
}
