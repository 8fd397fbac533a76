import assert from 'node:assert/strict';
import type { StateCompare, StateStep, StateTxn, StateTxnResult } from '../../src/state/state-store.ts';

/** A transaction and its answer. */
export interface Answered {
  readonly txn: StateTxn;
  readonly result: StateTxnResult;
}

interface Kept {
  readonly value: string;
  readonly createRevision: bigint;
  readonly modRevision: bigint;
}

/**
 * Runs transactions again, one after the other in the order of their revisions, on a plain map, and fails where an answer differs. Of one revision
 * those that wrote come first: the others saw what they left, or looked at other keys. Who deletes has to put something as well.
 *
 * @returns the records at the end, by key
 */
export function replay(answered: readonly Answered[]): ReadonlyMap<string, Kept> {
  const store = new Map<string, Kept>();
  const order = answered.toSorted(
    (a, b) => Number(a.result.revision - b.result.revision) || Number(writes(b)) - Number(writes(a)),
  );
  for (const { txn, result } of order) {
    const succeeded = (txn.compare ?? []).every((one) => holds(one, store));
    assert.equal(result.succeeded, succeeded, `conditions at revision ${result.revision}`);
    const steps = (succeeded ? txn.then : txn.else) ?? [];
    assert.deepEqual(
      result.records.map((one) => one && { ...one, value: Buffer.from(one.value).toString() }),
      run(steps, store, result.revision),
      `records at revision ${result.revision}`,
    );
  }
  return store;
}

function writes({ txn, result }: Answered): boolean {
  return ((result.succeeded ? txn.then : txn.else) ?? []).some((step) => 'put' in step);
}

function holds(one: StateCompare, store: ReadonlyMap<string, Kept>): boolean {
  const found = store.get(one.key);
  if ('value' in one) return found !== undefined && found.value === Buffer.from(one.value).toString();
  if ('createRevision' in one) return (found?.createRevision ?? 0n) === one.createRevision;
  return (found?.modRevision ?? 0n) === one.modRevision;
}

function run(steps: readonly StateStep[], store: Map<string, Kept>, revision: bigint): unknown[] {
  const records: unknown[] = [];
  for (const step of steps) {
    if ('get' in step) {
      const found = store.get(step.get);
      records.push(found && { key: step.get, ...found });
    } else if ('delete' in step) {
      store.delete(step.delete);
    } else {
      const createRevision = store.get(step.put)?.createRevision ?? revision;
      store.set(step.put, {
        value: Buffer.from(step.value).toString(),
        createRevision,
        modRevision: revision,
      });
    }
  }
  return records;
}
