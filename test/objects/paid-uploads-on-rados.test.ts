import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RadosPool } from '../../src/objects/rados/client/rados-pool.ts';
import { RadosStore, type RadosStoreOptions } from '../../src/objects/rados/rados-store.ts';
import { tagName } from '../../src/objects/tag.ts';
import { paidUploads } from '../contract/object-store/paid.ts';
import { MemoryRados } from '../support/memory-rados.ts';
import { MemoryMarks, operationOf } from '../support/payment-marks.ts';
import { TEST_OWNER } from '../support/rados-pod.ts';
import { makeCollection, makeFile, preparePaid, stageObject } from '../support/store-objects.ts';
import { assertGone, assertWhole, codeOf } from '../support/store-reading.ts';
import { until } from '../support/until.ts';

// The writer's half of paid uploads against a cluster in memory; the contract suite runs on Ceph too, and bad luck is tested there only.

const OBJECT = makeCollection('paid', 70);
const OPERATION = operationOf(1);
const LONG_MS = 60_000;

function openStore(rados: MemoryRados, options: Partial<RadosStoreOptions> = {}): Promise<RadosStore> {
  return RadosStore.open({
    ...TEST_OWNER,
    connect: rados.connect,
    pool: 'p',
    namespace: 'ns',
    limitBytes: 2 ** 30,
    podName: 'pod',
    beatMs: 100,
    deadMs: LONG_MS,
    removalDelayMs: 20,
    lookMs: 100,
    ...options,
  });
}

/** Opens a store whose predecessors are taken for dead soon. */
function openSweeper(rados: MemoryRados, options: Partial<RadosStoreOptions> = {}): Promise<RadosStore> {
  return openStore(rados, { deadMs: 300, ...options });
}

async function dataPool(rados: MemoryRados): Promise<RadosPool> {
  return (await rados.connect()).pool('p', { namespace: 'ns.data' });
}

const isAbsent = (rados: MemoryRados): boolean => rados.names('ns.data').length === 0;

paidUploads({
  name: 'rados in memory',
  durable: true,
  exactUsage: false,
  async open(options = {}) {
    const rados = new MemoryRados();
    let store = await openSweeper(rados, options);
    return {
      store,
      async reopen() {
        await store.close();
        store = await openSweeper(rados, options);
        return store;
      },
      [Symbol.asyncDispose]: () => store.close(),
    };
  },
});

test('stripe 0 carries id and payment from its first byte on', async () => {
  const rados = new MemoryRados();
  await using store = await openStore(rados);
  const tag = await stageObject(store, OBJECT, { id: OBJECT.id, operation: OPERATION });
  const attributes = await (await dataPool(rados)).getXattrs(`${tagName(tag)}/000000`);
  assert.deepEqual([...attributes.keys()].toSorted(), ['id', 'op']);
  assert.deepEqual(new Uint8Array(attributes.get('op') ?? []), OPERATION);
});

test('a session that the catalog refuses is refused before its payment, though it could still stage', async () => {
  const rados = new MemoryRados();
  let address = '';
  const onStep = (step: string): void => {
    if (step === 'publish: data') rados.block(address, 'ns');
  };
  const events = { sessionOpened: (event: { address: string }) => void (address = event.address) };
  await using store = await openStore(rados, { events, onStep, beatMs: LONG_MS });
  const file = makeFile('fenced', 4096); // its id is known and it has no rows: nothing is left but the check
  const tag = await stageObject(store, file, { id: file.id, operation: OPERATION });
  assert.equal(await codeOf(store.prepare(file.id, file.head(tag))), 'PROVENDER_UNAVAILABLE');
});

test('what nobody can decide about is left with its session, and is settled once that was swept', async () => {
  const rados = new MemoryRados();
  const first = await openStore(rados);
  const prepared = await preparePaid(first, OBJECT, OPERATION);
  const free = await stageObject(first, makeCollection('free', 3));
  await first.close();
  const left = rados.names('ns.data');
  assert.ok(left.length > 0 && left.every((name) => !name.startsWith(tagName(free))), 'what is free went');

  const marks = new MemoryMarks();
  await marks.pay(OPERATION, prepared);
  {
    await using early = await openStore(rados, { marks });
    const settled = early.settle(OBJECT.id, prepared.head, 'publish');
    assert.equal(await codeOf(settled), 'PROVENDER_UNAVAILABLE', 'the mark has to stay until the sweep');
    assert.equal(await early.getHead(OBJECT.id), undefined);
  }
  await using store = await openSweeper(rados, { marks });
  await until('the sweep has published it', async () => {
    await store.settle(OBJECT.id, prepared.head, 'publish');
    return true;
  });
  await assertWhole(store, OBJECT);
});

test('a publish whose answer is lost is settled once, when it is known', async () => {
  const rados = new MemoryRados();
  await using store = await openStore(rados, { settleMs: 0 });
  const { head } = await preparePaid(store, OBJECT, OPERATION);
  rados.isLost = (key) => key.startsWith('k/');
  assert.equal(await codeOf(store.publish(OBJECT.id, head)), 'PROVENDER_AMBIGUOUS');
  assert.equal(await codeOf(store.settle(OBJECT.id, head, 'publish')), 'PROVENDER_UNAVAILABLE');
  rados.isLost = () => false;
  await until('it is known', async () => {
    await store.settle(OBJECT.id, head, 'publish');
    return true;
  });
  await store.settle(OBJECT.id, head, 'publish');
  await assertWhole(store, OBJECT);
  assert.equal(store.usage().collections, 1);
});

test('without marks the sweep keeps it and says so, and with them the next one drops what is unpaid', async () => {
  const rados = new MemoryRados();
  const first = await openStore(rados);
  const { tag } = await preparePaid(first, OBJECT, OPERATION);
  await first.close();
  const reported: string[] = [];
  {
    const events = { paidDataKept: (event: { tag: string }) => void reported.push(event.tag) };
    await using store = await openSweeper(rados, { events });
    await until('the report', () => reported.length > 0);
    assert.equal(reported[0], tagName(tag));
    assert.equal(await store.getHead(OBJECT.id), undefined);
  }
  assert.ok(!isAbsent(rados));
  await using store = await openSweeper(rados, { marks: new MemoryMarks() });
  await until('the sweep', () => isAbsent(rados));
  await assertGone(store, OBJECT, tag);
});
