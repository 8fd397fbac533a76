import { type ObjectId, objectIdHex, type ObjectKind } from '../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../content/provender-error.ts';
import { checkedHead } from '../objects/head.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { DamageReports } from './damage-reports.ts';
import type { HeldObject } from './held-object.ts';
import { idKey } from './id-key.ts';

/** Decoded heads that are kept, about 2 KiB each. */
const KEPT_HEADS = 2048;

/** Reads heads and checks that they belong to the id they were found under. */
export class Heads {
  readonly #store: ObjectStore;
  readonly #damage: DamageReports;
  readonly #kept = new Map<string, HeldObject>();

  constructor(store: ObjectStore, damage: DamageReports) {
    this.#store = store;
    this.#damage = damage;
  }

  /**
   * Reads a head's bytes. A decoded head is kept and used again while the bytes are exactly the same.
   * @throws ProvenderError `PROVENDER_CORRUPT`, marked in quarantine, when they are no head of this id
   */
  async decode(id: ObjectId, bytes: Uint8Array): Promise<HeldObject> {
    try {
      return this.#decode(id, bytes);
    } catch (error) {
      throw await this.damaged(id, error);
    }
  }

  #decode(id: ObjectId, bytes: Uint8Array): HeldObject {
    const key = idKey(id);
    const kept = this.#kept.get(key);
    if (kept !== undefined && Buffer.compare(kept.headBytes, bytes) === 0) return kept;
    const head = checkedHead(id, bytes);
    const object = { id: head.statement.id, head, headBytes: bytes.slice() };
    this.#keep(key, object);
    return object;
  }

  /** Reports that a head is damaged; gives the error to throw. */
  damaged(id: ObjectId, cause: unknown): Promise<ProvenderError> {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return this.#damage.report({ key: `h/${objectIdHex(id)}`, reason, cause });
  }

  /** Reports that the record of a lone chunk cannot be read; gives the error to throw. */
  unreadable(id: ObjectId, cause: ProvenderError): Promise<ProvenderError> {
    return this.#damage.report({ key: `c/${objectIdHex(id)}`, block: 0, reason: cause.message, cause });
  }

  /**
   * Finds a file or collection.
   * @returns `undefined` when it is not held, or not as this kind
   * @throws ProvenderError `PROVENDER_CORRUPT` when its head is damaged
   */
  async find(id: ObjectId, kind: ObjectKind): Promise<HeldObject | undefined> {
    const bytes = await this.#store.getHead(id);
    if (bytes === undefined) return undefined;
    const object = await this.decode(id, bytes);
    return object.head.statement.kind === kind ? object : undefined;
  }

  /** Finds a lone chunk. @throws ProvenderError `PROVENDER_CORRUPT` when its head is damaged */
  async findChunk(id: ObjectId): Promise<HeldObject | undefined> {
    const [chunk] = await this.#store.getChunks([id]);
    if (isProvenderError(chunk)) throw await this.unreadable(id, chunk);
    return chunk && (await this.decode(id, chunk.head));
  }

  /** Tells whether the head of a file or collection still stands as it was read. */
  async stands(object: HeldObject): Promise<boolean> {
    const now = await this.#store.getHead(object.id);
    return now !== undefined && Buffer.compare(now, object.headBytes) === 0;
  }

  #keep(key: string, object: HeldObject): void {
    this.#kept.delete(key);
    this.#kept.set(key, object);
    if (this.#kept.size <= KEPT_HEADS) return;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
  }
}

/** The error for an id that is not held, `what` naming the kind. */
export function notFound(what: string, id: ObjectId): ProvenderError {
  const hex = objectIdHex(id);
  return new ProvenderError('PROVENDER_NOT_FOUND', `${what} ${hex} is not held here; check the id`, {
    details: { id: hex },
  });
}
