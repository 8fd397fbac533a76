import { type Tag, tagName } from '../tag.ts';
import { purgeRemovedRow, removedRows } from './catalog-rows.ts';
import { type DropParts, dropRemoved, dropStaged } from './drop-data.ts';
import { inParallel } from './in-parallel.ts';
import { catalogKey } from './keys.ts';
import type { RadosEvents } from './rados-events.ts';
import type { Janitor, WrittenData } from './rados-session.ts';
import { decodeRemovedRow, type RemovedObject } from './removed-row.ts';
import { readSessionRows } from './session-rows.ts';
import { mayPurgeRow } from './session-rules.ts';
import { sessionOfTag } from './staged-tags.ts';
import { isGone } from './sweep.ts';
import type { AnswerOptions } from './until-answered.ts';

/** The session that a janitor works in now. */
export interface JanitorSession extends DropParts {
  readonly number: number;
  readonly answer: AnswerOptions;
}

/** How a janitor works. */
export interface JanitorOptions {
  /** `undefined` while no session is open. */
  readonly session: () => JanitorSession | undefined;
  readonly events: RadosEvents;
  /** Time for running readers between a removal and the deletion of its data. */
  readonly removalDelayMs: number;
  readonly nowMs: () => number;
}

interface Removed {
  readonly tag: Tag;
  readonly object: RemovedObject;
  readonly dueMs: number;
}

interface GivenUp {
  readonly tag: Tag;
  readonly written: WrittenData;
  readonly sinceMs: number;
}

/** Removals that are remembered; the look-through finds those beyond again, later. */
const MAX_REMEMBERED = 65_536;
const WIDTH = 8;

/** The janitor of a pod, through all of its sessions. It keeps no timer: its owner calls `work` and `look`. */
export class PodJanitor implements Janitor {
  readonly #options: JanitorOptions;
  readonly #publishing = new Map<string, number>();
  readonly #removed = new Map<string, Removed>();
  readonly #givenUp = new Map<string, GivenUp>();

  constructor(options: JanitorOptions) {
    this.#options = options;
  }

  publishing(tag: Tag): void {
    const name = tagName(tag);
    this.#publishing.set(name, (this.#publishing.get(name) ?? 0) + 1);
  }

  published(tag: Tag): void {
    const name = tagName(tag);
    const left = (this.#publishing.get(name) ?? 1) - 1;
    if (left === 0) this.#publishing.delete(name);
    else this.#publishing.set(name, left);
  }

  /** Whether a publish of this session is unanswered: then only its fence may end it. */
  isPublishing(session: number): boolean {
    const prefix = session.toString(16).padStart(8, '0');
    return [...this.#publishing.keys()].some((name) => name.startsWith(prefix));
  }

  async dropStaged(tag: Tag, written: WrittenData): Promise<void> {
    const session = this.#options.session();
    if (session?.number !== sessionOfTag(tag)) return; // what an ended session leaves is swept
    try {
      await dropStaged(session, { tag, ...written }, session.answer);
      this.#givenUp.delete(tagName(tag));
    } catch (error) {
      if (session.answer.signal.aborted) return;
      const sinceMs = this.#givenUp.get(tagName(tag))?.sinceMs ?? this.#options.nowMs();
      this.#givenUp.set(tagName(tag), { tag, written, sinceMs });
      throw error;
    }
  }

  removed(tag: Tag, object: RemovedObject): void {
    const name = tagName(tag);
    if (this.#removed.has(name) || this.#removed.size >= MAX_REMEMBERED) return;
    const { nowMs, removalDelayMs } = this.#options;
    this.#removed.set(name, { tag, object, dueMs: nowMs() + removalDelayMs });
  }

  lagMs(): number {
    const now = this.#options.nowMs();
    const due = [
      ...[...this.#removed.values()].map(({ dueMs }) => dueMs),
      ...[...this.#givenUp.values()].map(({ sinceMs }) => sinceMs),
    ];
    return due.reduce((lag, dueMs) => Math.max(lag, now - dueMs), 0);
  }

  /** Forgets the staged data of a session that ended: it belongs to the sweep. */
  forget(session: number): void {
    for (const [name, { tag }] of this.#givenUp)
      if (sessionOfTag(tag) === session) this.#givenUp.delete(name);
    for (const name of this.#publishing.keys())
      if (name.startsWith(session.toString(16).padStart(8, '0'))) this.#publishing.delete(name);
  }

  /**
   * Looks through the rows `g.<tag>`: those of its own session, which others may have written, and those of sessions that are gone. Those of other
   * living sessions are left to them.
   */
  async look(session: JanitorSession): Promise<void> {
    const rows = await readSessionRows(session.objects, session.answer);
    for await (const { tag, value } of removedRows(session.objects, undefined, session.answer)) {
      const owner = sessionOfTag(tag);
      if (owner !== session.number && !isGone(rows, owner)) continue;
      this.#attempt(`row of removed ${tagName(tag)}`, () => this.removed(tag, decodeRemovedRow(value)));
    }
  }

  /**
   * Does what is due, tries again what failed.
   *
   * @param all - does not wait for running readers
   */
  async work(session: JanitorSession, all = false): Promise<void> {
    const now = this.#options.nowMs();
    const due = [...this.#removed.values()].filter(({ dueMs }) => all || dueMs <= now);
    if (due.length > 0) {
      const rows = await readSessionRows(session.objects, session.answer);
      await inParallel(due, WIDTH, (one) =>
        this.#duty(session, `data of removed ${tagName(one.tag)}`, () => this.#finish(session, one, rows)),
      );
    }
    await inParallel([...this.#givenUp.values()], WIDTH, ({ tag, written }) =>
      this.#duty(session, `staged ${tagName(tag)}`, () => this.dropStaged(tag, written)),
    );
  }

  /** Whether nothing is left that this pod has to delete. */
  get isDone(): boolean {
    return this.#givenUp.size === 0 && this.#removed.size === 0;
  }

  async #finish(
    session: JanitorSession,
    { tag, object }: Removed,
    rows: { next: number; records: ReadonlyMap<number, unknown> },
  ): Promise<void> {
    await dropRemoved(session, { tag, object }, session.answer);
    const owner = sessionOfTag(tag);
    const purge = mayPurgeRow({
      owner,
      me: session.number,
      ownerHasRecord: !isGone(rows, owner),
      publishUnanswered: this.#publishing.has(tagName(tag)),
    });
    if (purge) {
      await purgeRemovedRow(session.objects, { tag, shardKey: catalogKey(object.id) }, session.answer);
      await session.step('janitor: row');
    }
    this.#removed.delete(tagName(tag)); // a row that stays is found again by its owner
  }

  async #duty(session: JanitorSession, duty: string, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      session.answer.signal.throwIfAborted();
      this.#options.events.dutyFailed?.({ duty, error });
    }
  }

  #attempt(duty: string, task: () => void): void {
    try {
      task();
    } catch (error) {
      this.#options.events.dutyFailed?.({ duty, error });
    }
  }
}
