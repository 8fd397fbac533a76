import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { observedStore } from '../../src/node/observed-store.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { deferred } from '../support/deferred.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

async function valueOf(metrics: Metrics, line: string): Promise<number> {
  const { text } = await metrics.page();
  const found = text.split('\n').find((candidate) => candidate.startsWith(`${line} `));
  return found === undefined ? 0 : Number(found.slice(line.length + 1));
}

test('an operation is in flight until it ends, then counted with its code and its time', async () => {
  const metrics = new Metrics();
  const inner = new MemoryObjectStore();
  const store = observedStore(inner, metrics.store);
  const gate = deferred();
  const stage = inner.stage.bind(inner);
  inner.stage = async () => {
    await gate.promise;
    return await stage();
  };
  const running = store.stage();
  assert.equal(await valueOf(metrics, 'provender_store_operations_in_flight{operation="stage"}'), 1);
  gate.resolve();
  const tag = await running;
  assert.equal(await valueOf(metrics, 'provender_store_operations_in_flight{operation="stage"}'), 0);
  await store.writeStripe(tag, 0, new Uint8Array(8));
  await store.discard(tag);
  for (const operation of ['stage', 'writeStripe', 'discard']) {
    const labels = `{operation="${operation}",code="OK"}`;
    assert.equal(await valueOf(metrics, `provender_store_operations_total${labels}`), 1, operation);
    const count = `provender_store_operation_duration_seconds_count{operation="${operation}"}`;
    assert.equal(await valueOf(metrics, count), 1, operation);
  }
});

test('a failure keeps its error and is counted by its code; what is no ProvenderError counts as internal', async () => {
  const metrics = new Metrics();
  const inner = new MemoryObjectStore();
  const ambiguous = new ProvenderError('PROVENDER_AMBIGUOUS', 'not answered in time');
  inner.stage = () => Promise.reject(ambiguous);
  inner.quarantined = () => Promise.reject(new TypeError('a bug'));
  const store = observedStore(inner, metrics.store);
  await assert.rejects(store.stage(), ambiguous);
  await assert.rejects(store.quarantined(), TypeError);
  const counted = (operation: string, code: string) =>
    valueOf(metrics, `provender_store_operations_total{operation="${operation}",code="${code}"}`);
  assert.equal(await counted('stage', 'PROVENDER_AMBIGUOUS'), 1);
  assert.equal(await counted('quarantined', 'PROVENDER_INTERNAL'), 1);
});

test('nothing of the port is left out', async () => {
  const inner = new MemoryObjectStore();
  const store = observedStore(inner, new Metrics().store);
  const methods = Object.getOwnPropertyNames(MemoryObjectStore.prototype).filter(
    (name) => name !== 'constructor' && !name.startsWith('#'),
  );
  assert.deepEqual(
    methods.filter((name) => !(name in store)),
    [],
  );
  assert.equal(store.adapter, inner.adapter);
  await store.close();
});
