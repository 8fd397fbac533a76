import { HASH_SIZE } from '../../content/geometry.ts';
import { OBJECT_KIND, type ObjectId, objectIdHex, parseObjectId } from '../../content/object-id.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import { kindInHead } from '../../objects/head.ts';
import type { CatalogEntry, StoreUsage } from '../../objects/object-store.ts';
import { BATCH_CHUNKS } from '../reading/chunk-finder.ts';
import { stripeRootsBytes } from '../../objects/stripe.ts';
import { type HeldObject, stripedObject } from '../held-object.ts';
import { ChangedMeanwhile, type CheckParts } from './check-parts.ts';
import { ChunkCheck } from './chunk-check.ts';
import { ObjectCheck } from './object-check.ts';
import type { RoundPosition } from './round-position.ts';
import type { ScrubCounts, ScrubDamage, ScrubEvents } from './scrub.ts';
import { standingHead } from './standing-head.ts';
import { addUsage, isSameUsage, NO_USAGE, usageDifference, usageOfHead } from './usage-count.ts';

/** Entries of a page of files and collections. */
const OBJECTS_PAGE = 100;
/** Times that an object is begun anew because another one took its place. */
const ATTEMPTS = 4;
/** Times that an object which cannot be checked is tried. */
const TRIES = 3;
/** Damage that is listed; the rest is in the log and in quarantine. */
const LISTED_DAMAGE = 100;

/** What a round works with besides its checks. */
export interface RoundParts extends CheckParts {
  readonly events: ScrubEvents;
  /** Called after each piece of work that need not be done again: the position is one to save. */
  readonly onProgress: () => Promise<void>;
  /** Waits until what is being set now is done, very likely. */
  readonly settle: () => Promise<void>;
  /** Whether `usage` of the store counts exactly what the listings name. */
  readonly hasExactUsage: boolean;
}

/** A position at which a round begins. */
export function firstPosition(
  start: Pick<RoundPosition, 'startedUnixMs' | 'isDeep' | 'usage'> & { bytesPerSecond?: number },
): RoundPosition {
  const counts = { chunks: 0, files: 0, collections: 0, checkedBytes: 0, damaged: 0 };
  return { ...start, phase: 'objects', counts, counted: NO_USAGE, unreadable: 0, isQuiet: true, damage: [] };
}

/**
 * Walks through all that a store holds, in the order of its listings: files and collections, lone chunks, then the usage.
 * After a failure `run` goes on where it was.
 */
export class ScrubRound {
  readonly #parts: RoundParts;
  #position: RoundPosition;
  /** Token of what failed last, and how often. */
  #failed: { readonly place: string; readonly count: number } | undefined;

  constructor(position: RoundPosition, parts: RoundParts) {
    this.#position = position;
    this.#parts = parts;
    this.#watchUsage();
  }

  /** Where it is now. */
  get position(): RoundPosition {
    return this.#position;
  }

  /** Adds damage to what the round found. */
  found(damage: ScrubDamage): void {
    const list = [...this.#position.damage, damage].slice(-LISTED_DAMAGE);
    const { counts } = this.#position;
    this.#position = { ...this.#position, damage: list, counts: { ...counts, damaged: counts.damaged + 1 } };
  }

  /**
   * Runs to the end.
   * @returns counted minus what the store says; `undefined` when that cannot be compared
   * @throws what the store throws; the reason when the round is ended
   */
  async run(): Promise<StoreUsage | undefined> {
    if (this.#position.phase === 'objects') {
      await this.#walk('objects', OBJECTS_PAGE, (page) => this.#checkObjects(page));
      this.#enter('chunks');
    }
    if (this.#position.phase === 'chunks') {
      await this.#walk('chunks', BATCH_CHUNKS, (page) => this.#checkChunks(page));
      this.#enter('count');
    }
    const { unreadable, isQuiet, counted } = this.#position;
    if (!this.#parts.hasExactUsage || unreadable > 0) return undefined;
    const { store, turn, settle } = this.#parts;
    if (isQuiet && isSameUsage(counted, store.usage())) return NO_USAGE;
    return await usageDifference(store, { turn: () => turn(0), settle });
  }

  async #walk(
    what: 'objects' | 'chunks',
    limit: number,
    check: (page: readonly CatalogEntry[]) => Promise<void>,
  ): Promise<void> {
    for (;;) {
      await this.#parts.turn(0);
      const { after } = this.#position;
      let page: readonly CatalogEntry[];
      try {
        page = await this.#parts.store.list(what, { limit, ...(after && { after: fromHex(after) }) });
      } catch (error) {
        if (!isProvenderError(error, 'PROVENDER_CORRUPT')) throw error;
        return await this.#unlistable(what, error.message);
      }
      await check(page);
      if (page.length < limit) return;
    }
  }

  /** What lies behind a part of the catalog that cannot be read is not reached. */
  async #unlistable(what: 'objects' | 'chunks', message: string): Promise<void> {
    const { after, unreadable } = this.#position;
    const behind = after === undefined ? 'from its start' : `behind ${after}`;
    const reason = `the list of ${what} cannot be read ${behind}: ${message}`;
    const key = what === 'objects' ? 'h' : 'c';
    await this.#parts.findings.report({ kind: 'catalog', key, object: NO_OBJECT, reason });
    this.#position = { ...this.#position, unreadable: unreadable + 1 };
  }

  async #checkObjects(page: readonly CatalogEntry[]): Promise<void> {
    for (const entry of page) {
      await this.#orSkipped(entry.token, () => this.#checkObject(entry));
      const { within: _, ...position } = this.#position;
      this.#position = { ...position, after: toHex(entry.token) };
      await this.#progress();
    }
  }

  async #checkObject({ id, head }: CatalogEntry): Promise<void> {
    const { store, heads, findings } = this.#parts;
    let bytes: Uint8Array | undefined = head;
    for (let attempt = 0; attempt < ATTEMPTS && bytes !== undefined; attempt++) {
      const object: HeldObject | string = await heads.check(id, bytes, OBJECT_HEAD);
      try {
        if (typeof object !== 'string') return await this.#checkStriped(object);
      } catch (error) {
        if (!(error instanceof ChangedMeanwhile)) throw error;
      }
      const now: Uint8Array | undefined = await standingHead(store, id, bytes);
      if (now === bytes && typeof object === 'string') {
        const key = `h/${objectIdHex(id)}`;
        await findings.report({ kind: 'head', key, object: id, reason: object });
        return this.#countUnreadable(bytes);
      }
      bytes = now;
    }
  }

  async #checkStriped(object: HeldObject): Promise<void> {
    const [id, tag] = [objectIdHex(object.id), toHex(object.head.tag)];
    const { within } = this.#position;
    const from = within?.id === id && within.tag === tag ? within.stripe : 0;
    await new ObjectCheck(object, this.#parts).run(from, async (stripe, bytes) => {
      this.#position = { ...this.#position, within: { id, tag, stripe } };
      this.#checked({ checkedBytes: bytes });
      await this.#progress();
    });
    const kind = object.head.statement.kind === OBJECT_KIND.file ? 'file' : 'collection';
    const { counted } = this.#position;
    const usage = usageOfHead({ id: object.id, head: object.headBytes });
    this.#position = { ...this.#position, counted: addUsage(counted, usage) };
    const checkedBytes = stripeRootsBytes(stripedObject(object)) + object.headBytes.length;
    this.#checked({ checkedBytes, ...(kind === 'file' ? { files: 1 } : { collections: 1 }) });
    this.#parts.events.checked(kind, 1);
  }

  #countUnreadable(head: Uint8Array): void {
    this.#position = { ...this.#position, unreadable: this.#position.unreadable + 1 };
    const isFile = kindInHead(head) === OBJECT_KIND.file;
    this.#checked(isFile ? { files: 1 } : { collections: 1 });
  }

  async #checkChunks(page: readonly CatalogEntry[]): Promise<void> {
    const last = page.at(-1);
    if (last === undefined) return;
    const check = new ChunkCheck(this.#parts);
    const seen = await this.#orSkipped(last.token, () => check.check(page.map(({ id }) => id)));
    const { counted, unreadable } = this.#position;
    const { storedBytes, count } = seen ?? { storedBytes: 0, count: 0 };
    const usage = { ...NO_USAGE, storedBytes, chunks: count };
    this.#position = {
      ...this.#position,
      after: toHex(last.token),
      counted: addUsage(counted, usage),
      unreadable: unreadable + (seen?.unreadable ?? 0),
    };
    this.#checked({ chunks: count, checkedBytes: storedBytes });
    this.#parts.events.checked('chunk', count);
    await this.#progress();
  }

  /** What fails again and again, and not because the store is away, is left out: it shall not keep the round from all that comes after it. */
  async #orSkipped<T>(token: Uint8Array, check: () => Promise<T>): Promise<T | undefined> {
    const place = toHex(token);
    try {
      return await check();
    } catch (error) {
      if (this.#parts.signal.aborted || (isProvenderError(error) && error.retryable)) throw error;
      this.#failed = { place, count: this.#failed?.place === place ? this.#failed.count + 1 : 1 };
      if (this.#failed.count < TRIES) throw error;
      this.#parts.events.failed({ error, retryMs: 0 });
      this.#position = { ...this.#position, unreadable: this.#position.unreadable + 1 };
      return undefined;
    }
  }

  #checked(more: Partial<ScrubCounts>): void {
    const counts = { ...this.#position.counts };
    counts.chunks += more.chunks ?? 0;
    counts.files += more.files ?? 0;
    counts.collections += more.collections ?? 0;
    counts.checkedBytes += more.checkedBytes ?? 0;
    this.#position = { ...this.#position, counts };
    if (more.checkedBytes !== undefined) this.#parts.events.checked('bytes', more.checkedBytes);
  }

  async #progress(): Promise<void> {
    this.#watchUsage();
    await this.#parts.onProgress();
  }

  /** Whoever sets or removes while a round runs makes what it counts another thing than what the store says. */
  #watchUsage(): void {
    const usage = this.#parts.store.usage();
    const isQuiet = this.#position.isQuiet && isSameUsage(usage, this.#position.usage);
    this.#position = { ...this.#position, usage, isQuiet };
  }

  #enter(phase: RoundPosition['phase']): void {
    const { after: _, ...position } = this.#position;
    this.#position = { ...position, phase };
  }
}

const OBJECT_HEAD = { place: 'objects', isSignatureWanted: true } as const;
/** The object of damage that belongs to none. */
const NO_OBJECT: ObjectId = parseObjectId(new Uint8Array(HASH_SIZE));

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}
