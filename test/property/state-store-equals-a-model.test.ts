import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LevelStateStore } from '../../src/state/level/level-state-store.ts';
import type { StateCompare, StateRecord, StateStep, StateTxn } from '../../src/state/state-store.ts';
import { openScratch } from '../support/scratch.ts';

const RUNS = process.env['PROVENDER_TEST_LONG'] === '1' ? 300 : 25;

/** The port in a map: transactions one after the other. */
class Model {
  records = new Map<string, StateRecord>();
  revision = 0n;

  txn({ compare = [], then = [], else: otherwise = [] }: StateTxn) {
    const succeeded = compare.every((one) => this.#holds(one));
    const next = new Map(this.records);
    const answers: (StateRecord | undefined)[] = [];
    let changed = false;
    for (const step of succeeded ? then : otherwise) {
      if ('get' in step) answers.push(next.get(step.get));
      else if ('delete' in step) changed = next.delete(step.delete) || changed;
      else {
        const modRevision = this.revision + 1n;
        const createRevision = next.get(step.put)?.createRevision ?? modRevision;
        next.set(step.put, { key: step.put, value: step.value, createRevision, modRevision });
        changed = true;
      }
    }
    this.records = next;
    if (changed) this.revision++;
    return { succeeded, revision: this.revision, records: answers };
  }

  #holds(condition: StateCompare): boolean {
    const found = this.records.get(condition.key);
    if ('value' in condition)
      return found !== undefined && Buffer.compare(found.value, condition.value) === 0;
    return 'modRevision' in condition
      ? (found?.modRevision ?? 0n) === condition.modRevision
      : (found?.createRevision ?? 0n) === condition.createRevision;
  }
}

const key = fc.constantFrom('a', 'a/1', 'a/2', 'b', 'b/1');
const value = fc.uint8Array({ maxLength: 2, max: 1 });
const revision = fc.bigInt({ min: 0n, max: 12n });
const compare = fc.oneof(
  fc.record({ key, value }),
  fc.record({ key, modRevision: revision }),
  fc.record({ key, createRevision: revision }),
);
const step: fc.Arbitrary<StateStep> = fc.oneof(
  fc.record({ put: key, value }),
  fc.record({ delete: key }),
  fc.record({ get: key }),
);
const written = (one: StateStep): unknown =>
  'put' in one ? one.put : 'delete' in one ? one.delete : Symbol('any number of gets');
const branch = fc.uniqueArray(step, { maxLength: 4, selector: written });
const txn = fc.record({ compare: fc.array(compare, { maxLength: 2 }), then: branch, else: branch });
/** Groups of transactions that start at once, some with a reopening behind them. */
const history = fc.array(fc.record({ txns: fc.array(txn, { maxLength: 8 }), reopen: fc.boolean() }), {
  maxLength: 6,
});

test('any transactions, alone or at once, over reopenings, give what a map gives', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (groups) => {
      await using scratch = await openScratch();
      const directory = scratch.at('state');
      const model = new Model();
      let store = await LevelStateStore.open({ directory });
      try {
        for (const { txns, reopen } of groups) {
          const results = await Promise.all(txns.map((one) => store.txn(one)));
          assert.deepEqual(
            results,
            txns.map((one) => model.txn(one)),
          );
          if (!reopen) continue;
          await store.close();
          store = await LevelStateStore.open({ directory });
        }
        const expected = [...model.records.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
        assert.deepEqual((await store.range('')).records, expected);
      } finally {
        await store.close();
      }
    }),
    { numRuns: RUNS },
  );
});
