import assert from 'node:assert/strict';
import { objectIdHex } from '../../src/content/object-id.ts';
import { isProvenderError } from '../../src/content/provender-error.ts';
import type { ProvenderClient } from '../../src/rpc/client/index.ts';
import { randomNumbers } from './content.ts';
import {
  type LoadObject,
  makeChunk,
  makeCollection,
  makeFile,
  readParts,
  removeObject,
  setObject,
} from './load-objects.ts';

/** An object that was set at least once; `state` is what its user knows. */
interface Known extends LoadObject {
  state: 'acknowledged' | 'uncertain' | 'removed';
}

/** Errors that a killed node or one that goes away causes; anything else is a finding. */
const LOST = [
  'PROVENDER_UNAVAILABLE',
  'PROVENDER_AMBIGUOUS',
  'PROVENDER_CLOSED',
  'PROVENDER_CANCELLED',
  'PROVENDER_TIMEOUT',
];
const MAX_HELD = 60;

/** Sets, gets and removes at random, and remembers what the node has acknowledged. */
export class MixedLoad {
  readonly #seed: string;
  readonly #objects: Known[] = [];
  #made = 0;
  acknowledgedSets = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** Runs `workers` loops until the node is gone; each has its own objects, so that no two calls meet on one. */
  async run(client: ProvenderClient, workers: number): Promise<void> {
    const own = Array.from({ length: workers }, () => new Set<Known>());
    for (const object of this.#objects) own[this.#objects.indexOf(object) % workers]?.add(object);
    await Promise.all(
      own.map((objects, i) => this.#loop(client, objects, randomNumbers(`${this.#seed}/${this.#made}/${i}`))),
    );
  }

  /** Compares all that a restarted node holds with what was acknowledged; settles what was uncertain. @returns bytes and counts of it */
  async check(client: ProvenderClient): Promise<void> {
    for (const object of this.#objects) {
      const isThere = await this.#readsBack(client, object);
      const { id, state } = object;
      if (state === 'acknowledged') assert.ok(isThere, `${objectIdHex(id)} was acknowledged and is gone`);
      if (state === 'removed') assert.ok(!isThere, `${objectIdHex(id)} was removed and is back`);
      object.state = isThere ? 'acknowledged' : 'removed';
    }
  }

  /** Ids of what must be held after `check`, sorted. */
  heldIds(): string[] {
    return this.#objects
      .filter(({ state }) => state === 'acknowledged')
      .map(({ id }) => objectIdHex(id))
      .toSorted();
  }

  async #loop(client: ProvenderClient, own: Set<Known>, random: (end: number) => number): Promise<void> {
    try {
      for (;;) await this.#step(client, own, random);
    } catch (error) {
      if (!isProvenderError(error) || !LOST.includes(error.code)) throw error;
    }
  }

  async #step(client: ProvenderClient, own: Set<Known>, random: (end: number) => number): Promise<void> {
    const held = [...own].filter(({ state }) => state === 'acknowledged');
    const victim = held[random(Math.max(1, held.length))];
    const dice = random(10);
    if (victim !== undefined && (dice < 2 || held.length > MAX_HELD / 4))
      return await this.#remove(client, victim);
    if (victim !== undefined && dice < 5) {
      assert.ok(await this.#readsBack(client, victim), `${objectIdHex(victim.id)} vanished`);
      return;
    }
    // now and then what is held already, or was removed: both are sets like others
    const again = [...own][random(Math.max(1, own.size))];
    const object = again !== undefined && dice === 9 ? again : this.#make(random);
    own.add(object);
    await this.#set(client, object);
  }

  #make(random: (end: number) => number): Known {
    const seed = `${this.#seed}/object-${this.#made++}`;
    const make = [makeChunk, makeCollection, makeFile][random(3)] ?? makeChunk;
    const object: Known = { ...make(seed, random), state: 'uncertain' };
    this.#objects.push(object);
    return object;
  }

  async #set(client: ProvenderClient, object: Known): Promise<void> {
    if (object.state === 'removed') object.state = 'uncertain';
    const { stat } = await setObject(client, object);
    assert.equal(objectIdHex(stat.id), objectIdHex(object.id));
    object.state = 'acknowledged';
    this.acknowledgedSets++;
  }

  async #remove(client: ProvenderClient, object: Known): Promise<void> {
    object.state = 'uncertain';
    await removeObject(client, object);
    object.state = 'removed';
  }

  /** Whether the object is there; fails when it is there and not byte for byte. */
  async #readsBack(client: ProvenderClient, { id, kind, parts }: Known): Promise<boolean> {
    try {
      const found = await readParts(client, { id, kind });
      assert.equal(found.length, parts.length, objectIdHex(id));
      found.forEach((part, i) =>
        assert.equal(Buffer.compare(part, parts[i] ?? new Uint8Array()), 0, objectIdHex(id)),
      );
      return true;
    } catch (error) {
      if (isProvenderError(error, 'PROVENDER_NOT_FOUND')) return false;
      throw error;
    }
  }
}
