import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ProvenderError } from '../../src/content/provender-error.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import { ModelLoad } from '../support/store-model/load.ts';
import { until } from '../support/until.ts';

// What test/ceph/random-operations-agree-with-a-model.test.ts finds nothing with: here it has something to find.

const OPERATIONS = 3000;
const EVERY = 40;

/** A store in memory with other methods in the place of some. Its reads give way to timers, as those of a real one do. */
function storeWith(defects: (store: MemoryObjectStore) => Partial<ObjectStore>): ObjectStore {
  const store = new MemoryObjectStore();
  const slow: Partial<ObjectStore> = {
    getHead: async (id) => {
      await turn();
      return store.getHead(id);
    },
  };
  const methods: Readonly<Record<string, unknown>> = { ...slow, ...defects(store) };
  return new Proxy<ObjectStore>(store, {
    get(target, name) {
      if (typeof name === 'string' && name in methods) return methods[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** True once in a while. */
function now(): () => boolean {
  let calls = 0;
  return () => ++calls % EVERY === 0;
}

/** Runs a load until it has done enough, or found something. */
async function run(store: ObjectStore): Promise<ModelLoad> {
  const load = new ModelLoad({ seed: 'defects', stores: [store], lanes: 8 });
  const running = load.run();
  running.catch(() => undefined); // awaited below
  await until('enough operations', () => load.operations >= OPERATIONS || load.isStopped);
  load.stop();
  await running;
  await load.check();
  return load;
}

const DEFECTS: Readonly<Record<string, (store: MemoryObjectStore) => Partial<ObjectStore>>> = {
  'a set that is acknowledged and not done': (store) => {
    const isNow = now();
    return {
      setChunk: async (chunk) => (isNow() ? { held: false, head: chunk.head } : store.setChunk(chunk)),
    };
  },
  'a removal that is acknowledged and not done': (store) => {
    const isNow = now();
    return { remove: async (id, seen) => isNow() || store.remove(id, seen) };
  },
  'a removal without its guard': (store) => ({
    removeChunk: async (id, seen) => {
      const [chunk] = await store.getChunks([id]);
      const head = chunk !== undefined && 'head' in chunk ? chunk.head : seen;
      return store.removeChunk(id, head);
    },
  }),
  'a wrong byte': (store) => {
    const isNow = now();
    return {
      readStripe: async (...call) => {
        const parts = await store.readStripe(...call);
        return isNow() ? parts?.map((part) => part.map((byte) => byte ^ 1)) : parts;
      },
    };
  },
  'a head whose data was deleted': (store) => {
    const isNow = now();
    return { readStripe: async (...call) => (isNow() ? undefined : store.readStripe(...call)) };
  },
  'an entry that is not listed': (store) => ({
    list: async (what, page) => (await store.list(what, page)).filter(({ id }) => (id[0] ?? 0) % 8 !== 0),
  }),
  'a write that failed for good and is done': (store) => {
    const isNow = now();
    return {
      publish: async (id, head) => {
        const result = await store.publish(id, head);
        if (isNow()) throw new ProvenderError('PROVENDER_CONFLICT', 'not done');
        return result;
      },
    };
  },
};

test('a store that is right agrees with the model', async () => {
  const load = await run(storeWith(() => ({})));
  assert.deepEqual(load.outcomes.failed, new Map());
  assert.ok(load.outcomes.answered >= OPERATIONS);
});

test('writes without an answer may have happened or not, and the model takes both', async () => {
  const isNow = now();
  const lost = (): never => {
    throw new ProvenderError('PROVENDER_AMBIGUOUS', 'no answer');
  };
  const load = await run(
    storeWith((store) => ({
      setChunk: async (chunk) => (isNow() ? lost() : store.setChunk(chunk)),
      removeChunk: async (id, seen) => {
        const done = await store.removeChunk(id, seen);
        return isNow() ? lost() : done;
      },
      remove: async (id, seen) => {
        const done = await store.remove(id, seen);
        return isNow() ? lost() : done;
      },
    })),
  );
  assert.notEqual(load.outcomes.failed.size, 0);
});

for (const [name, defects] of Object.entries(DEFECTS))
  test(`the model sees ${name}`, async () => {
    await assert.rejects(run(storeWith(defects)), { name: /^(?:Assertion|Provender)Error/ });
  });
