import assert from 'node:assert/strict';
import type { ObjectStore } from '../../../src/objects/object-store.ts';
import { randomNumbers } from '../content.ts';
import { assertWhole, listAll } from '../store-reading.ts';
import { readWholeChunk, removeChunk, replaceChunk, setChunk } from './chunk-steps.ts';
import { readRange, removeObject, replaceObject, setObject } from './object-steps.ts';
import { attempted, type Draw, Outcomes } from './outcomes.ts';
import { type ChunkThing, hexOf, type ObjectThing, type Thing, thingsOfLane } from './things.ts';

/** How a load is made. */
export interface ModelLoadOptions {
  readonly seed: string;
  /** Pods on one pool and namespace. A lane writes through one of them and reads through any. */
  readonly stores: readonly ObjectStore[];
  readonly lanes?: number;
}

/** A lane: what it works on, one operation after the other. */
interface Lane {
  readonly store: ObjectStore;
  readonly things: readonly Thing[];
  readonly draw: Draw;
}

const LANES = 16;

/**
 * Random operations on a store, each compared with a model in memory: any bytes, heads, lists or rows that the model does not allow end the load with
 * an assertion. Ceph's own tests of its OSDs work this way.
 */
export class ModelLoad {
  readonly outcomes = new Outcomes();
  readonly #stores: readonly ObjectStore[];
  readonly #lanes: readonly Lane[];
  #operations = 0;
  #isStopped = false;

  constructor({ seed, stores, lanes = LANES }: ModelLoadOptions) {
    const [first] = stores;
    assert.ok(first);
    this.#stores = stores;
    this.#lanes = Array.from({ length: lanes }, (_, i) => ({
      store: stores[i % stores.length] ?? first,
      things: thingsOfLane(seed, i),
      draw: randomNumbers(`${seed}/${i}`),
    }));
  }

  /** Operations that have ended. */
  get operations(): number {
    return this.#operations;
  }

  /** Works until `stop`, or until the first divergence, with which it rejects. */
  async run(): Promise<void> {
    this.#isStopped = false;
    await Promise.all(
      this.#lanes.map(async (lane) => {
        try {
          while (!this.#isStopped) await this.#step(lane);
        } finally {
          this.#isStopped = true;
        }
      }),
    );
  }

  /** Lets the running operations end, then the load. */
  stop(): void {
    this.#isStopped = true;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Reads everything through every pod, byte by byte, from a cluster that is well again: nothing may go without an answer now. */
  async check(): Promise<void> {
    const before = new Map(this.outcomes.failed);
    for (const store of this.#stores) {
      for (const thing of this.#lanes.flatMap(({ things }) => things)) {
        if ('variants' in thing) await readWholeChunk(store, thing, this.outcomes);
        else await this.#checkObject(store, thing);
      }
      await this.#list(store, 1000);
    }
    assert.deepEqual(this.outcomes.failed, before, 'a cluster that is well answers');
  }

  /** Makes every outcome certain by writes that are answered: removes what may stand. */
  async removeAll(): Promise<void> {
    for (const { store, things } of this.#lanes) {
      for (const { slot, ...thing } of things)
        while (slot.someHead !== undefined) {
          if ('variants' in thing) await removeChunk(store, { slot, ...thing }, () => 1, this.outcomes);
          else await removeObject(store, { slot, ...thing }, this.outcomes);
        }
    }
  }

  async #checkObject(store: ObjectStore, { slot, object }: ObjectThing): Promise<void> {
    const head = await store.getHead(object.id);
    slot.seen(head === undefined ? undefined : hexOf(head));
    if (head !== undefined) await assertWhole(store, object);
  }

  async #step({ store, things, draw }: Lane): Promise<void> {
    const thing = things[draw(things.length)];
    const reader = this.#stores[draw(this.#stores.length)];
    assert.ok(thing !== undefined && reader !== undefined);
    if (draw(400) === 0) await this.#list(reader, 1 + draw(50));
    else if ('variants' in thing) await this.#stepChunk(store, reader, thing, draw);
    else await this.#stepObject(store, reader, thing, draw);
    this.#operations++;
  }

  async #stepChunk(store: ObjectStore, reader: ObjectStore, thing: ChunkThing, draw: Draw): Promise<void> {
    const dice = draw(10);
    if (dice < 3) await setChunk(store, thing, draw, this.outcomes);
    else if (dice < 4) await replaceChunk(store, thing, draw, this.outcomes);
    else if (dice < 6) await removeChunk(store, thing, draw, this.outcomes);
    else await readWholeChunk(reader, thing, this.outcomes);
  }

  async #stepObject(store: ObjectStore, reader: ObjectStore, thing: ObjectThing, draw: Draw): Promise<void> {
    const dice = draw(10);
    if (dice < 2) await setObject(store, thing, this.outcomes);
    else if (dice < 3) await replaceObject(store, thing, this.outcomes);
    else if (dice < 5) await removeObject(store, thing, this.outcomes);
    else await readRange(reader, thing, draw, this.outcomes);
  }

  /** What stands all the time is listed once, what is absent all the time is not, and nothing unknown is. */
  async #list(store: ObjectStore, limit: number): Promise<void> {
    const all = this.#lanes.flatMap(({ things }) => things);
    for (const what of ['chunks', 'objects'] as const) {
      const listed = all.filter((thing) => 'variants' in thing === (what === 'chunks'));
      const decided = listed.map(({ slot }) => (slot.isDecided ? slot.writes : undefined));
      const entries = await attempted(this.outcomes, 'list', listAll(store, what, limit));
      if (entries === undefined) continue;
      const heads = new Map(entries.map(({ id, head }) => [hexOf(id), hexOf(head)]));
      assert.equal(heads.size, entries.length, `${what}: nothing is listed twice`);
      for (const [i, thing] of listed.entries()) {
        const { slot } = thing;
        const id = hexOf('variants' in thing ? (thing.variants[0]?.id ?? new Uint8Array()) : thing.object.id);
        const found = heads.get(id);
        heads.delete(id);
        if (decided[i] !== slot.writes) continue;
        assert.ok(slot.isCertain(found), `${slot.name}: ${found ?? 'nothing'} is listed`);
      }
      assert.deepEqual([...heads.keys()], [], `${what}: nothing unknown is listed`);
    }
  }
}
