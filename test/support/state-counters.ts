import assert from 'node:assert/strict';
import { isProvenderError } from '../../src/content/provender-error.ts';
import type { StateStore } from '../../src/state/state-store.ts';

const encode = (n: number): Uint8Array => new TextEncoder().encode(String(n));
const decode = (value: Uint8Array | undefined): number =>
  Number(new TextDecoder().decode(value ?? new Uint8Array()));

/** What a load has been answered. */
export interface CountersSoFar {
  /** Acknowledged increments. */
  readonly acknowledged: number;
  /** Of calls that failed. */
  readonly codes: ReadonlyMap<string, number>;
  /** Longest time between two acknowledged increments of all lanes, in ms. */
  readonly longestGapMs: number;
}

/** Counters that are raised by compare and set, one by each lane, until the load is stopped. Each value leaves a mark of its own. */
export class StateCounters {
  readonly #store: StateStore;
  readonly #acknowledged: number[];
  readonly #codes = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #lanes: Promise<unknown>;
  #lastAt = performance.now();
  #longestGapMs = 0;

  constructor(store: StateStore, lanes: number) {
    this.#store = store;
    this.#acknowledged = Array.from({ length: lanes }, () => 0);
    this.#lanes = Promise.all(this.#acknowledged.map((_, lane) => this.#run(lane)));
  }

  get soFar(): CountersSoFar {
    const acknowledged = this.#acknowledged.reduce((sum, n) => sum + n, 0);
    return { acknowledged, codes: this.#codes, longestGapMs: this.#longestGapMs };
  }

  /** Begins to measure gaps anew. */
  resetGap(): void {
    this.#longestGapMs = 0;
    this.#lastAt = performance.now();
  }

  /** Ends the load, then checks it: all that was acknowledged is there, and nothing is there twice or out of order. */
  async check(): Promise<void> {
    this.#stop.abort();
    await this.#lanes;
    for (const [lane, acknowledged] of this.#acknowledged.entries()) {
      const value = decode((await this.#store.get(`n/${lane}`))?.value);
      assert.ok(value >= acknowledged, `lane ${lane}: ${value} is there, ${acknowledged} were acknowledged`);
      const marks: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await this.#store.range(`m/${lane}/`, cursor === undefined ? {} : { cursor });
        marks.push(...page.records.map((record) => decode(record.value)));
        cursor = page.next;
      } while (cursor !== undefined);
      assert.deepEqual(
        marks.toSorted((a, b) => a - b),
        Array.from({ length: value }, (_, i) => i + 1),
      );
    }
  }

  async #run(lane: number): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        const record = await this.#store.get(`n/${lane}`);
        const next = decode(record?.value) + 1;
        const value = encode(next);
        const { succeeded } = await this.#store.txn({
          compare: [{ key: `n/${lane}`, modRevision: record?.modRevision ?? 0n }],
          then: [
            { put: `n/${lane}`, value },
            { put: `m/${lane}/${next}`, value },
          ],
        });
        if (succeeded) this.#acknowledge(lane, next);
      } catch (error) {
        if (!isProvenderError(error)) throw error;
        this.#codes.set(error.code, (this.#codes.get(error.code) ?? 0) + 1);
        // an endpoint that is away refuses at once
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  #acknowledge(lane: number, value: number): void {
    this.#acknowledged[lane] = value;
    const now = performance.now();
    this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastAt);
    this.#lastAt = now;
  }
}
