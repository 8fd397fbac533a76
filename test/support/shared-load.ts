import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { objectIdHex } from '../../src/content/object-id.ts';
import { isProvenderError } from '../../src/content/provender-error.ts';
import type { ProvenderClient } from '../../src/rpc/client/index.ts';
import { randomNumbers } from './content.ts';
import { firstUnexplained, type HistoryEntry } from './history.ts';
import {
  type LoadObject,
  makeChunk,
  makeCollection,
  makeFile,
  readParts,
  removeObject,
  setObject,
} from './load-objects.ts';

/** A node that takes part. */
export interface SharedNode {
  readonly name: string;
  readonly client: ProvenderClient;
}

/** An object with all that was done to it. */
interface Shared extends LoadObject {
  readonly history: HistoryEntry[];
}

/** Errors after which a write may have happened. */
const UNKNOWN = ['PROVENDER_UNAVAILABLE', 'PROVENDER_AMBIGUOUS', 'PROVENDER_CLOSED', 'PROVENDER_CANCELLED'];
/** Errors after which nothing has happened, as docs/errors.md says. */
const NOTHING = ['PROVENDER_BUSY', 'PROVENDER_CONFLICT', 'PROVENDER_TIMEOUT'];
const OBJECTS = 36;
/** So that a node which refuses at once is not asked a thousand times. */
const PAUSE_MS = 100;

/** Several clients set, read and remove the same objects through several nodes, and every answer is written down. */
export class SharedLoad {
  readonly #seed: string;
  readonly #objects: readonly Shared[];
  readonly #answered = new Map<string, number>();
  readonly failures = new Map<string, number>();
  #isStopped = false;

  constructor(seed: string) {
    this.#seed = seed;
    const random = randomNumbers(`${seed}/objects`);
    const makers = [makeChunk, makeCollection, makeFile];
    this.#objects = Array.from({ length: OBJECTS }, (_, i) => {
      const make = makers[i % makers.length] ?? makeChunk;
      return { ...make(`${seed}/${i}`, random), history: [] };
    });
  }

  /** Calls that a node has answered. */
  answeredBy(name: string): number {
    return this.#answered.get(name) ?? 0;
  }

  /** Calls in all histories. */
  get calls(): number {
    return this.#objects.reduce((sum, { history }) => sum + history.length, 0);
  }

  /** Works through one node until it has ended, or until `stop`. */
  async run(node: SharedNode, workers: number, hasEnded: () => boolean): Promise<void> {
    const loop = async (worker: number): Promise<void> => {
      const draw = randomNumbers(`${this.#seed}/${node.name}/${worker}`);
      while (!this.#isStopped && !hasEnded()) await this.#step(node, draw);
    };
    await Promise.all(Array.from({ length: workers }, (_, i) => loop(i)));
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Reads every object through a node; what it finds becomes part of the histories. @returns ids of what is there, in hex, sorted */
  async readAll(node: SharedNode): Promise<string[]> {
    const there: string[] = [];
    for (const object of this.#objects) {
      const before = object.history.length;
      await this.#read(node, object);
      const told = object.history[before]?.told;
      assert.ok(told === 'found' || told === 'absent', `${node.name} says what it has`);
      if (told === 'found') there.push(objectIdHex(object.id));
    }
    return there.toSorted();
  }

  /** Fails unless every history can be explained. */
  checkHistories(): void {
    for (const { id, history } of this.#objects) {
      const wrong = firstUnexplained(history);
      if (wrong === undefined) continue;
      const lines = history.toSorted((a, b) => a.startedMs - b.startedMs).map(lineOf);
      assert.fail(
        `${objectIdHex(id)}: no order of the calls explains\n${lineOf(wrong)}\namong\n${lines.join('\n')}`,
      );
    }
  }

  async #step(node: SharedNode, draw: (end: number) => number): Promise<void> {
    const object = this.#objects[draw(this.#objects.length)];
    assert.ok(object);
    const dice = draw(10);
    if (dice < 4) await this.#set(node, object);
    else if (dice < 6) await this.#remove(node, object);
    else await this.#read(node, object);
  }

  #set(node: SharedNode, object: Shared): Promise<void> {
    return this.#note(node, object, 'maybe set', async () =>
      (await setObject(node.client, object)).held ? 'held' : 'made',
    );
  }

  #remove(node: SharedNode, object: Shared): Promise<void> {
    return this.#note(node, object, 'maybe removed', async () => {
      await removeObject(node.client, object);
      return 'removed';
    });
  }

  #read(node: SharedNode, object: Shared): Promise<void> {
    return this.#note(node, object, undefined, async () => {
      const parts = await readParts(node.client, object);
      assert.equal(parts.length, object.parts.length, objectIdHex(object.id));
      for (const [i, part] of parts.entries())
        assert.equal(
          Buffer.compare(part, object.parts[i] ?? new Uint8Array()),
          0,
          `bytes of ${objectIdHex(object.id)}`,
        );
      return 'found';
    });
  }

  /** @param maybe - what a call without an answer may have done; `undefined` for a read */
  async #note(
    { name }: SharedNode,
    { history }: Shared,
    maybe: 'maybe set' | 'maybe removed' | undefined,
    call: () => Promise<HistoryEntry['told']>,
  ): Promise<void> {
    const startedMs = performance.now();
    const note = (told: HistoryEntry['told']): void => {
      history.push({ startedMs, endedMs: performance.now(), told, by: name });
    };
    try {
      note(await call());
    } catch (error) {
      if (!isProvenderError(error)) throw error;
      if (error.code === 'PROVENDER_NOT_FOUND') note('absent');
      else await this.#failed(error.code, error, () => maybe && note(maybe));
      if (error.code !== 'PROVENDER_NOT_FOUND') return;
    }
    this.#answered.set(name, this.answeredBy(name) + 1);
  }

  async #failed(code: string, error: Error, noteMaybe: () => void): Promise<void> {
    if (UNKNOWN.includes(code)) noteMaybe();
    else if (!NOTHING.includes(code)) throw error;
    this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
    await wait(PAUSE_MS);
  }
}

function lineOf({ startedMs, endedMs, told, by }: HistoryEntry): string {
  return `${startedMs.toFixed(1)} to ${endedMs.toFixed(1)} ${by}: ${told}`;
}
