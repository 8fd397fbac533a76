import { ProvenderError } from '../../content/provender-error.ts';
import type { StateChange, StateRecord } from '../state-store.ts';

/** How much of the past is kept in memory; what comes first counts. */
const MAX_ENTRIES = 10_000;
const MAX_BYTES = 16 * 2 ** 20;
/** What an entry costs beside its values, about. */
const CHANGE_BYTES = 200;

/** One transaction of the past: by key the record, `undefined` when it was deleted. */
export interface HistoryEntry {
  readonly revision: bigint;
  readonly records: ReadonlyMap<string, StateRecord | undefined>;
}

/** The last transactions, in memory. Watchers read it, each at its own pace; who falls behind its end is told so. */
export class WatchHistory {
  readonly #entries: HistoryEntry[] = [];
  readonly #limits: { readonly entries: number; readonly bytes: number };
  #bytes = 0;
  /** Revision of the first entry, or of the one to come. */
  #first: bigint;
  #ended = false;
  #failure: ProvenderError | undefined;
  readonly #waiting = new Set<() => void>();

  /** @param next - the revision of the next transaction */
  constructor(next: bigint, limits: { readonly entries?: number; readonly bytes?: number } = {}) {
    this.#first = next;
    this.#limits = { entries: limits.entries ?? MAX_ENTRIES, bytes: limits.bytes ?? MAX_BYTES };
  }

  /** Adds the next transaction; entries have revisions without gaps. */
  append(entry: HistoryEntry): void {
    this.#entries.push(entry);
    this.#bytes += sizeOf(entry);
    while (this.#entries.length > this.#limits.entries || this.#bytes > this.#limits.bytes) {
      const gone = this.#entries.shift();
      if (gone === undefined) break;
      this.#bytes -= sizeOf(gone);
      this.#first++;
    }
    this.#wake();
  }

  /** Ends every watch. @param failure - what they throw; they end quietly without it */
  end(failure?: ProvenderError): void {
    this.#ended = true;
    this.#failure ??= failure;
    this.#wake();
  }

  /** Changes below a prefix, a batch for each transaction from `from` on. @throws ProvenderError `PROVENDER_CONFLICT` when that is gone */
  async *watch(prefix: string, from: bigint, signal?: AbortSignal): AsyncGenerator<readonly StateChange[]> {
    for (let next = from; signal?.aborted !== true; ) {
      if (this.#failure !== undefined) throw this.#failure;
      const entry = this.#entryAt(next);
      if (entry === undefined) {
        if (this.#ended) return;
        await this.#news(signal);
        continue;
      }
      next++;
      const changes = changesBelow(prefix, entry);
      if (changes.length > 0) yield changes;
    }
  }

  #entryAt(revision: bigint): HistoryEntry | undefined {
    if (revision < this.#first)
      throw new ProvenderError(
        'PROVENDER_CONFLICT',
        `state history from revision ${revision} is gone, kept from ${this.#first}: read the records, then watch from their revision`,
      );
    return this.#entries[Number(revision - this.#first)];
  }

  #news(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal?.addEventListener('abort', wake);
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}

function sizeOf({ records }: HistoryEntry): number {
  let bytes = 0;
  for (const record of records.values()) bytes += CHANGE_BYTES + (record?.value.length ?? 0);
  return bytes;
}

function changesBelow(prefix: string, { revision, records }: HistoryEntry): StateChange[] {
  const changes: StateChange[] = [];
  for (const [key, record] of records) {
    if (!key.startsWith(prefix)) continue;
    if (record === undefined) changes.push({ deleted: { key, modRevision: revision } });
    else changes.push({ put: { ...record, value: record.value.slice() } });
  }
  return changes;
}
