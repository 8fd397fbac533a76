import { tagName } from '../tag.ts';
import { namedTags, purgeRemovedRow, removedRows } from './catalog-rows.ts';
import { dropRemoved } from './drop-data.ts';
import { inParallel } from './in-parallel.ts';
import type { SweptEvent } from './rados-events.ts';
import { decodeRemovedRow } from './removed-row.ts';
import { type FoundTag, findTags } from './staged-tags.ts';
import { type SweepParts, sweepTag } from './sweep-tag.ts';
import type { AnswerOptions } from './until-answered.ts';

/** What a sweep did; `undecided` tags stay, and with them the session record. */
export interface SweepResult extends Omit<SweptEvent, 'session'> {
  readonly undecided: number;
}

const WIDTH = 16;

/**
 * Decides on all data of sessions that can write no more: fenced by this session, or without a record for ever. Nothing is judged by age.
 *
 * @param wanted - tells such a session
 * @see object-layout.md, section 6
 */
export async function sweepStaged(
  parts: SweepParts,
  wanted: (session: number) => boolean,
  answer: AnswerOptions,
): Promise<SweepResult> {
  const total = { tags: 0, bytes: 0, published: 0, undecided: 0 };
  const unnamed = new Map<string, FoundTag>();
  const decide = async (found: FoundTag, looked: boolean): Promise<void> => {
    const { is, bytes } = await sweepTag(parts, found, looked, answer);
    if (is === 'unnamed') unnamed.set(tagName(found.tag), found);
    if (is === 'dropped') total.tags++;
    if (is === 'published') total.published++;
    if (is === 'undecided') total.undecided++;
    total.bytes += bytes;
    await parts.step(`sweep: tag ${is}`);
  };
  const { data, objects, events } = parts;
  const search = { data, namespace: objects.namespace, wanted, events, signal: answer.signal };
  for await (const group of findTags(search)) await inParallel(group, WIDTH, (found) => decide(found, false));
  if (unnamed.size > 0) {
    for await (const tag of namedTags(objects, answer)) unnamed.delete(tagName(tag));
    await inParallel([...unnamed.values()], WIDTH, (found) => decide(found, true));
  }
  return total;
}

/** Deletes the data of the objects of a fenced session that were removed, then their `g` rows. @see object-layout.md, section 6 */
export async function sweepRemoved(parts: SweepParts, session: number, answer: AnswerOptions): Promise<void> {
  await inParallel(removedRows(parts.objects, session, answer), WIDTH, async (row) => {
    await dropRemoved(parts, { tag: row.tag, object: decodeRemovedRow(row.value) }, answer);
    await purgeRemovedRow(parts.objects, row, answer);
    await parts.step('sweep: row');
  });
}

/** Tells the sessions that have no record any more and, by `next`, never get one. */
export function isGone(
  rows: { next: number; records: ReadonlyMap<number, unknown> },
  session: number,
): boolean {
  return session > 0 && session < rows.next && !rows.records.has(session);
}
