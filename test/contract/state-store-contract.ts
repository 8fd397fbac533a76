import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StateChange, StateStore } from '../../src/state/state-store.ts';
import { codeOf } from '../support/store-reading.ts';
import { hasSystemTool } from '../support/system-tool.ts';
import { until } from '../support/until.ts';

/** A place with a store of one adapter. */
interface StatePlace extends AsyncDisposable {
  readonly store: StateStore;
  /** Closes the store and opens it again at the same place. */
  reopen(): Promise<StateStore>;
  /** Keeps the store from renewing any lease for a time. */
  holdStill(ms: number): Promise<void>;
}

/** Opens an adapter for the suite. */
export interface StateHarness {
  readonly name: string;
  /** Programs of the system that it needs. */
  readonly tools?: readonly string[];
  open(): Promise<StatePlace>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value);
const put = (key: string, value: string) => ({ put: key, value: bytes(value) });
const valueOf = async (store: StateStore, key: string) => text((await store.get(key))?.value);
const shownChange = (change: StateChange): string =>
  'put' in change ? `${change.put.key}=${text(change.put.value)}` : `-${change.deleted.key}`;

/** What every adapter of the port StateStore does. */
export function stateStoreContract(harness: StateHarness): void {
  const behaviour = (what: string, run: (place: StatePlace) => Promise<void>): void => {
    test(`${harness.name}: ${what}`, { timeout: 60_000 }, async (t) => {
      if (!(harness.tools ?? []).every((tool) => hasSystemTool(t, tool))) return;
      await using place = await harness.open();
      await run(place);
    });
  };
  transactions(behaviour);
  ranges(behaviour);
  leases(behaviour);
  watches(behaviour);
  lifetimes(behaviour);
}

type Behaviour = (what: string, run: (place: StatePlace) => Promise<void>) => void;

function transactions(behaviour: Behaviour): void {
  behaviour(
    'a record keeps its first revision and gets a new last one with each write',
    async ({ store }) => {
      const first = await store.txn({ then: [put('a', '1')] });
      const second = await store.txn({ then: [put('a', '2')] });
      assert.ok(second.revision > first.revision);
      const record = await store.get('a');
      assert.deepEqual(record, {
        key: 'a',
        value: bytes('2'),
        createRevision: first.revision,
        modRevision: second.revision,
      });
      await store.txn({ then: [{ delete: 'a' }] });
      assert.equal(await store.get('a'), undefined);
      const again = await store.txn({ then: [put('a', '3')] });
      assert.equal((await store.get('a'))?.createRevision, again.revision);
    },
  );

  behaviour('each kind of condition chooses between then and else', async ({ store }) => {
    const { revision } = await store.txn({ then: [put('a', '1')] });
    const cases = [
      [{ key: 'a', createRevision: revision }, true],
      [{ key: 'a', createRevision: revision + 1n }, false],
      [{ key: 'a', createRevision: 0n }, false],
      [{ key: 'b', createRevision: 0n }, true],
      [{ key: 'a', modRevision: revision }, true],
      [{ key: 'b', modRevision: 0n }, true],
      [{ key: 'b', modRevision: revision }, false],
      [{ key: 'a', value: bytes('1') }, true],
      [{ key: 'a', value: bytes('12') }, false],
      [{ key: 'b', value: bytes('') }, false],
    ] as const;
    for (const [condition, holds] of cases) {
      const result = await store.txn({ compare: [condition], then: [{ get: 'a' }], else: [{ get: 'b' }] });
      assert.equal(result.succeeded, holds);
      assert.equal(text(result.records[0]?.value), holds ? '1' : undefined);
      assert.equal(result.revision, revision, 'nothing was written');
    }
    const both = await store.txn({
      compare: [
        { key: 'a', value: bytes('1') },
        { key: 'b', value: bytes('1') },
      ],
      then: [put('c', 'then')],
      else: [put('c', 'else')],
    });
    assert.equal(both.succeeded, false);
    assert.equal(await valueOf(store, 'c'), 'else');
  });

  behaviour('gets see the steps before them, and all steps have one revision', async ({ store }) => {
    const result = await store.txn({ then: [{ get: 'a' }, put('a', '1'), { get: 'a' }, put('b', '2')] });
    assert.deepEqual(
      result.records.map((record) => text(record?.value)),
      [undefined, '1'],
    );
    assert.equal((await store.get('a'))?.modRevision, result.revision);
    assert.equal((await store.get('b'))?.modRevision, result.revision);
  });

  behaviour('50 increments at once by compare and set lose none', async ({ store }) => {
    await store.txn({ then: [put('n', '0')] });
    const increment = async (): Promise<void> => {
      for (;;) {
        const record = await store.get('n');
        assert.ok(record);
        const next = String(Number(text(record.value)) + 1);
        const compare = [{ key: 'n', modRevision: record.modRevision }];
        if ((await store.txn({ compare, then: [put('n', next)] })).succeeded) return;
      }
    };
    await Promise.all(Array.from({ length: 50 }, increment));
    assert.equal(await valueOf(store, 'n'), '50');
  });

  behaviour('limits are told and nothing is written', async ({ store }) => {
    const wrong = [
      { then: [put('', '1')] },
      { then: [put('k'.repeat(513), '1')] },
      { then: [put('é', '1')] },
      { then: [put('a\n', '1')] },
      { then: [{ put: 'a', value: new Uint8Array(2 ** 20 + 1) }] },
      { then: [put('a', '1'), put('a', '2')] },
      { then: [put('a', '1'), { delete: 'a' }] },
      { then: Array.from({ length: 129 }, (_, i) => put(`k${i}`, '')) },
      { compare: [{ key: 'a', modRevision: -1n }] },
    ];
    for (const txn of wrong) assert.equal(await codeOf(store.txn(txn)), 'PROVENDER_INVALID');
    assert.equal(await codeOf(store.get('')), 'PROVENDER_INVALID');
    assert.equal(await codeOf(store.range('', { limit: 1001 })), 'PROVENDER_INVALID');
    assert.equal(await codeOf(store.range('', { limit: 0 })), 'PROVENDER_INVALID');
    assert.equal(await codeOf(store.grantLease(999)), 'PROVENDER_INVALID');
    assert.deepEqual((await store.range('')).records, []);
    await store.txn({ then: [{ put: 'k'.repeat(512), value: new Uint8Array(2 ** 20) }] });
    assert.equal((await store.get('k'.repeat(512)))?.value.length, 2 ** 20);
  });

  behaviour('bytes belong to whoever has them', async ({ store }) => {
    const mine = bytes('abc');
    const written = store.txn({ then: [{ put: 'a', value: mine }] });
    mine.fill(0);
    await written;
    (await store.get('a'))?.value.fill(0);
    assert.equal(await valueOf(store, 'a'), 'abc');
  });

  behaviour('a call whose signal has aborted does nothing', async ({ store }) => {
    const signal = AbortSignal.abort();
    assert.equal(await codeOf(store.txn({ then: [put('a', '1')] }, { signal })), 'PROVENDER_CANCELLED');
    assert.equal(await codeOf(store.get('a', { signal })), 'PROVENDER_CANCELLED');
    assert.equal(await store.get('a'), undefined);
  });
}

function ranges(behaviour: Behaviour): void {
  behaviour('ranges give what has the prefix, in order, page by page', async ({ store }) => {
    const keys = ['a', 'b/', 'b/0', 'b/1', 'b/10', 'b/2', 'b/~', 'b0', 'c'];
    await store.txn({ then: keys.toReversed().map((key) => put(key, key)) });
    const found: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await store.range('b/', { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      assert.ok(page.records.length <= 2);
      found.push(...page.records.map(({ key }) => key));
      cursor = page.next;
      pages++;
    } while (cursor !== undefined);
    assert.deepEqual(found, ['b/', 'b/0', 'b/1', 'b/10', 'b/2', 'b/~']);
    assert.equal(pages, 3);
    assert.deepEqual(
      (await store.range('')).records.map(({ key }) => key),
      keys,
    );
    assert.deepEqual((await store.range('x')).records, []);
  });
}

function leases(behaviour: Behaviour): void {
  behaviour(
    'records of a lease go when it is closed, and a write without it frees them',
    async ({ store }) => {
      const lease = await store.grantLease(5000);
      await store.txn({ then: [{ ...put('a', '1'), lease }, { ...put('b', '1'), lease }, put('c', '1')] });
      await store.txn({ then: [put('b', '2')] });
      await lease.close();
      await lease.close();
      assert.deepEqual(
        (await store.range('')).records.map(({ key }) => key),
        ['b', 'c'],
      );
      assert.equal(lease.lost.aborted, false);
      assert.equal(await codeOf(store.txn({ then: [{ ...put('d', '1'), lease }] })), 'PROVENDER_CONFLICT');
      assert.equal(await store.get('d'), undefined);
    },
  );

  behaviour('a lease that is revoked by its name is lost with its records, once', async ({ store }) => {
    const lease = await store.grantLease(60_000);
    await store.txn({ then: [{ ...put('a', '1'), lease }] });
    await store.revokeLease(lease.name);
    await store.revokeLease(lease.name);
    assert.equal(await store.get('a'), undefined);
    assert.equal(await codeOf(store.txn({ then: [{ ...put('b', '1'), lease }] })), 'PROVENDER_CONFLICT');
  });

  behaviour('a lease that nobody renews is lost with its records', async (place) => {
    const { store } = place;
    const lease = await store.grantLease(1000);
    await store.txn({ then: [{ ...put('a', '1'), lease }] });
    const lost = new Promise((resolve) => lease.lost.addEventListener('abort', resolve));
    await place.holdStill(1500);
    await lost;
    await until('its record is gone', async () => (await store.get('a')) === undefined);
  });

  behaviour('a lease is renewed by itself', async (place) => {
    const { store } = place;
    const lease = await store.grantLease(3000);
    await store.txn({ then: [{ ...put('a', '1'), lease }] });
    for (let i = 0; i < 4; i++) {
      await place.holdStill(500);
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    assert.equal(lease.lost.aborted, false);
    assert.equal(await valueOf(store, 'a'), '1');
    await lease.close();
  });
}

function watches(behaviour: Behaviour): void {
  behaviour('a watch gives a batch for each transaction, from where it began', async ({ store }) => {
    await store.txn({ then: [put('w/old', '0')] });
    const end = new AbortController();
    const watch = store.watch('w/', {}, { signal: end.signal });
    await store.txn({ then: [put('w/a', '1'), put('x', '1'), put('w/b', '1')] });
    await store.txn({ then: [put('x', '2')] });
    await store.txn({ then: [{ delete: 'w/a' }, put('w/b', '2')] });
    const batches: string[][] = [];
    for await (const batch of watch) {
      batches.push(batch.map(shownChange).toSorted());
      if (batches.length === 2) end.abort();
    }
    assert.deepEqual(batches, [
      ['w/a=1', 'w/b=1'],
      ['-w/a', 'w/b=2'],
    ]);
  });

  behaviour('a watch from an old revision gives what was since then', async ({ store }) => {
    const { revision } = await store.txn({ then: [put('a', '1')] });
    await store.txn({ then: [put('a', '2')] });
    const seen: string[] = [];
    for await (const batch of store.watch('a', { fromRevision: revision })) {
      seen.push(...batch.map(shownChange));
      if (seen.length === 2) break;
    }
    assert.deepEqual(seen, ['a=1', 'a=2']);
  });

  behaviour(
    'a watch that waits ends when its signal aborts, and when the store closes',
    async ({ store }) => {
      const end = new AbortController();
      const drain = async (signal?: AbortSignal): Promise<number> => {
        let batches = 0;
        for await (const _ of store.watch('', {}, signal === undefined ? {} : { signal })) batches++;
        return batches;
      };
      const aborted = drain(end.signal);
      const closed = drain();
      setImmediate(() => end.abort());
      assert.equal(await aborted, 0);
      await store.close();
      assert.equal(await closed, 0);
    },
  );
}

function lifetimes(behaviour: Behaviour): void {
  behaviour('a closed store refuses', async ({ store }) => {
    const last = store.txn({ then: [put('a', '1')] });
    await store.close();
    assert.equal((await last).succeeded, true);
    assert.equal(await codeOf(store.get('a')), 'PROVENDER_CLOSED');
    assert.equal(await codeOf(store.txn({})), 'PROVENDER_CLOSED');
    await store.close();
  });

  behaviour('records and revisions outlive a reopening, those of leases do not', async (place) => {
    const lease = await place.store.grantLease(60_000);
    await place.store.txn({ then: [put('a', '1')] });
    const { revision } = await place.store.txn({ then: [put('b', '1'), { ...put('leased', '1'), lease }] });
    const before = await place.store.get('a');
    const again = await place.reopen();
    assert.deepEqual(await again.get('a'), before);
    assert.equal(await again.get('leased'), undefined);
    const next = await again.txn({ then: [put('c', '1')] });
    assert.ok(next.revision > revision);
  });
}
