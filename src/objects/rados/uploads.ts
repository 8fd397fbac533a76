import { setTimeout as wait } from 'node:timers/promises';
import { concatBytes } from '@noble/hashes/utils.js';
import { compareBytes, type ObjectId } from '../../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import { checkedHead, type Head } from '../head.ts';
import type { IndexRow, SetResult, StageOptions } from '../object-store.ts';
import { checkOperation } from '../payment-marks.ts';
import { notStaged } from '../staging.ts';
import type { StepHook } from '../step-hook.ts';
import { type Tag, tagName } from '../tag.ts';
import type { Hooks, RadosCatalog } from './rados-catalog.ts';
import type { RadosData } from './rados-data.ts';
import type { RadosIndex } from './rados-index.ts';
import type { Janitor, RadosSession } from './rados-session.ts';
import type { RadosUsage } from './rados-usage.ts';
import { Upload } from './upload.ts';

/** A caller that gives data up waits this long for its deletion; the janitor goes on behind it. */
const DROP_WAIT_MS = 5000;

/** What uploads are written and published with. */
export interface UploadParts {
  readonly data: RadosData;
  readonly index: RadosIndex;
  readonly catalog: RadosCatalog;
  readonly janitor: Janitor;
  readonly usage: RadosUsage;
  readonly step: StepHook;
}

/** Files and collections on their way into the store, from the tag to the head or to the deletion. */
export class Uploads {
  readonly #parts: UploadParts;
  readonly #uploads = new Map<string, Upload>();
  readonly #drops = new Set<Promise<void>>();

  constructor(parts: UploadParts) {
    this.#parts = parts;
  }

  async stage(session: RadosSession, options: StageOptions): Promise<Tag> {
    checkOperation(options.operation);
    // Data that was given up while a publish was undecided, of a session that ended since: swept, not dropped.
    for (const [name, upload] of this.#uploads)
      if (upload.isGivenUp && upload.session.ended.aborted) this.#uploads.delete(name);
    const upload = new Upload(session, options);
    this.#uploads.set(tagName(upload.tag), upload);
    await this.#parts.step('stage: tag');
    return upload.tag;
  }

  async writeStripe(
    tag: Tag,
    { stripe, bytes, rows }: { stripe: number; bytes: Uint8Array; rows: readonly IndexRow[] },
  ): Promise<void> {
    const { data, usage } = this.#parts;
    const upload = this.#upload(tag);
    await upload.staging.write(async () => {
      upload.staging.keepRows(stripe, rows);
      upload.writes(stripe);
      const place = { tag, stripe, id: upload.id, operation: upload.staging.operation };
      await usage.room.write(() => data.writeStripe(upload.session, place, bytes));
      usage.bytes.wrote(bytes.length);
    });
  }

  async writeRoots(tag: Tag, bytes: Uint8Array): Promise<void> {
    const { data, usage } = this.#parts;
    const upload = this.#upload(tag);
    await upload.staging.write(() => usage.room.write(() => data.writeRoots(upload.session, tag, bytes)));
  }

  /** Gives staged data up. What cannot be deleted soon the janitor deletes later; what belongs to an ended session the sweep. */
  async discard(tag: Tag): Promise<void> {
    const upload = this.#uploads.get(tagName(tag));
    if (upload === undefined) return;
    await upload.staging.seal();
    this.#release(upload);
    await this.#giveUp(upload);
  }

  /** Gives all up that is still staged, and waits for deletions; what is undecided stays, and what waits for its payment. */
  async close(): Promise<void> {
    const free = [...this.#uploads.values()].filter(({ staging }) => !staging.isPrepared);
    await Promise.all(free.map((upload) => this.#giveUp(upload)));
    await Promise.all(this.#drops);
  }

  /** Makes staged data ready to be paid for. @throws ProvenderError as the port says */
  async prepare(id: ObjectId, bytes: Uint8Array): Promise<SetResult> {
    const { catalog, janitor } = this.#parts;
    const head = checkedHead(id, bytes);
    const upload = this.#upload(head.tag);
    const before = await catalog.head(upload.session, id);
    if (before !== undefined) return { held: true, head: before };
    await this.#prepare(upload, id);
    const standing = await catalog.check(upload.session, { id, head });
    if (standing !== undefined) return { held: true, head: standing };
    upload.staging.isPrepared = true;
    janitor.publishing(head.tag); // the session's record stays, so that somebody sweeps what this pod may not come to publish
    await this.#parts.step('prepare');
    return { held: false, head: bytes };
  }

  /** Does what was decided about prepared data. @throws ProvenderError as the port says */
  async settle(
    session: RadosSession,
    { id, bytes, what }: { id: ObjectId; bytes: Uint8Array; what: 'publish' | 'drop' },
  ): Promise<void> {
    const head = checkedHead(id, bytes);
    const upload = this.#uploads.get(tagName(head.tag));
    if (upload !== undefined && !upload.session.ended.aborted) {
      if (upload.isUndecided) throw notSettled(head.tag, 'its publish has not been answered yet');
      if (what === 'drop' || (await this.publish(session, id, bytes)).held) await this.discard(head.tag);
      return;
    }
    // Data of a session that ended belongs to its sweep, which asks the payment's mark.
    if (what === 'publish' && !(await this.#isSwept(session, id, head)))
      throw notSettled(head.tag, 'its session has not been swept yet');
    this.#uploads.delete(tagName(head.tag));
  }

  /** Makes staged data an object. @throws ProvenderError as the port says */
  async publish(session: RadosSession, id: ObjectId, bytes: Uint8Array): Promise<SetResult> {
    const { catalog, usage } = this.#parts;
    const head = checkedHead(id, bytes);
    const upload = this.#uploads.get(tagName(head.tag));
    if (upload === undefined || upload.staging.packedRows.length > 0) {
      // One read instead of many rows for what is held already.
      const standing = await catalog.head(session, id);
      if (standing !== undefined) return { held: compareBytes(standing, bytes) !== 0, head: standing };
    }
    if (upload === undefined) throw notStaged(head.tag);
    await this.#prepare(upload, id);
    const counted = usage.counts.making(id, head.statement.kind, session.number);
    return this.#decide(upload, (hooks) =>
      catalog.publish(
        upload.session,
        { id, bytes, head },
        {
          answered: (made) => {
            counted(made);
            hooks.answered(made);
          },
          refused: () => {
            counted(false);
            hooks.refused();
          },
        },
      ),
    );
  }

  /** Puts staged data in the place of an object. @throws ProvenderError as the port says */
  async replace(change: {
    id: ObjectId;
    bytes: Uint8Array;
    seen: Uint8Array;
    old: Head | undefined;
  }): Promise<boolean> {
    const { catalog, janitor } = this.#parts;
    const { id, bytes, old } = change;
    const head = checkedHead(id, bytes);
    const upload = this.#upload(head.tag);
    const standing = await catalog.head(upload.session, id);
    if (standing === undefined || compareBytes(standing, change.seen) !== 0) return false;
    await this.#prepare(upload, id);
    return this.#decide(upload, (hooks) =>
      catalog.replace(
        upload.session,
        { ...change, head },
        {
          ...hooks,
          answered: (made) => {
            if (made && old !== undefined) janitor.removed(old.tag, old.statement);
            hooks.answered(made);
          },
        },
      ),
    );
  }

  #upload(tag: Tag): Upload {
    const upload = this.#uploads.get(tagName(tag));
    if (upload === undefined) throw notStaged(tag);
    upload.session.ended.throwIfAborted();
    return upload;
  }

  async #isSwept(session: RadosSession, id: ObjectId, head: Head): Promise<boolean> {
    const { catalog, data } = this.#parts;
    return (await catalog.settled(session, { id, head })) || !(await data.exists(session, head.tag));
  }

  /** What was prepared is decided. */
  #release(upload: Upload): void {
    if (!upload.staging.isPrepared) return;
    upload.staging.isPrepared = false;
    this.#parts.janitor.published(upload.tag);
  }

  /** After the last stripe, before the head: the id at stripe 0, and the index rows, which need the id. */
  async #prepare(upload: Upload, id: ObjectId): Promise<void> {
    if (upload.staging.isPrepared) return;
    const { data, index } = this.#parts;
    const { session, tag, staging } = upload;
    session.ended.throwIfAborted();
    await staging.seal();
    await this.#parts.step('publish: data');
    const rows = concatBytes(...staging.packedRows);
    if (rows.length > 0) upload.writesRows();
    const named = upload.id !== undefined && compareBytes(upload.id, id) === 0;
    // Both end before this does: a caller that gives the data up deletes what they wrote.
    const ends = await Promise.allSettled([
      named ? undefined : data.nameObject(session, tag, id),
      index.write(session, { tag, id }, rows),
    ]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  /** Runs a publish or replace and sees to it that its data stays while nobody knows whether a head names it. */
  async #decide<T>(upload: Upload, send: (hooks: Hooks<boolean>) => Promise<T>): Promise<T> {
    const { janitor } = this.#parts;
    const { tag } = upload;
    upload.undecided();
    janitor.publishing(tag);
    const decided = (made: boolean): void => {
      janitor.published(tag);
      if (made) {
        this.#release(upload);
        this.#uploads.delete(tagName(tag));
      }
      if (upload.decided(made)) void this.#drop(upload);
    };
    try {
      return await send({ answered: decided, refused: () => decided(false) });
    } catch (error) {
      // The caller keeps its hands off what may have landed, so it goes from here once that is known; what is paid for its caller settles.
      const isLost = isProvenderError(error, 'PROVENDER_AMBIGUOUS') && !upload.staging.isPrepared;
      if (isLost && upload.giveUp()) void this.#drop(upload);
      throw error;
    }
  }

  async #giveUp(upload: Upload): Promise<void> {
    if (!upload.giveUp()) return;
    const timer = new AbortController();
    const late = wait(DROP_WAIT_MS, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([this.#drop(upload), late]);
    timer.abort();
  }

  /** The janitor remembers what fails, tries it again and reports it. */
  #drop(upload: Upload): Promise<void> {
    this.#uploads.delete(tagName(upload.tag));
    if (upload.session.ended.aborted) return Promise.resolve();
    const drop = this.#parts.janitor
      .dropStaged(upload.tag, upload.written)
      .catch(() => undefined)
      .finally(() => this.#drops.delete(drop));
    this.#drops.add(drop);
    return drop;
  }
}

/** The mark of the payment has to stay until it is known. */
function notSettled(tag: Tag, why: string): ProvenderError {
  return new ProvenderError('PROVENDER_UNAVAILABLE', `paid data ${tagName(tag)}: ${why}; repeat later`, {
    details: { tag: tagName(tag) },
  });
}
