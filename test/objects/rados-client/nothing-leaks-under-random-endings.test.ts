import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openRadosOnFake, type RadosOnFake, type Watched, watch } from '../../support/rados-on-fake.ts';

const LIMITS = { maxInFlight: 4, maxInFlightBytes: 5000, maxQueued: 5 };
const RUNS = process.env['PROVENDER_TEST_LONG'] === '1' ? 3000 : 200;

/** What may happen next. `which` picks one of those that are there. */
type Event =
  | { readonly do: 'read' | 'write' | 'look' | 'readMany' | 'writeMany'; readonly bytes: number }
  | { readonly do: 'answer' | 'answerTwo' | 'abort'; readonly which: number; readonly rc: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    do: fc.constantFrom('read', 'write', 'look', 'readMany', 'writeMany'),
    bytes: fc.integer({ min: 1, max: 6000 }),
  }),
  fc.record({
    do: fc.constantFrom('answer', 'answerTwo', 'abort'),
    which: fc.nat(100),
    rc: fc.constantFrom(0, -2, -110, -125, -28),
  }),
);

interface RunningCall {
  readonly abort: AbortController;
  readonly call: Watched<unknown>;
  readonly isWrite: boolean;
}

/** What the fake holds, as a plain recount of it. */
function held({ rados }: RadosOnFake): { count: number; aborted: number } {
  let count = 0;
  let aborted = 0;
  for (const operation of rados.inFlight.values()) {
    count += operation.count;
    if (operation.isCancelled) aborted++;
  }
  return { count, aborted };
}

function start(on: RadosOnFake, { bytes, do: verb }: { bytes: number; do: string }): RunningCall {
  const { pool } = on;
  const abort = new AbortController();
  const { signal } = abort;
  const data = new Uint8Array(bytes);
  const calls: Record<string, () => Promise<unknown>> = {
    read: () => pool.read('k', { into: data, signal }),
    look: () => pool.look('k', [{ do: 'read', offset: 0, length: bytes }], { into: data, signal }),
    write: () => pool.writeFull('k', data, { signal }),
    readMany: () =>
      pool.readMany(['a', 'b'], {
        into: new Uint8Array(new SharedArrayBuffer(2 * bytes)),
        stride: bytes,
        signal,
      }),
    writeMany: () =>
      pool.writeMany(
        ['a', 'b', 'c'].map((key) => ({ key, bytes: data })),
        { signal },
      ),
  };
  const call = calls[verb];
  assert.ok(call);
  return { abort, isWrite: verb.startsWith('write'), call: watch(call()) };
}

function answer({ rados }: RadosOnFake, which: number, rc: number): void {
  const ids = [...rados.inFlight.keys()];
  const id = ids[which % ids.length];
  if (id === undefined) return;
  const isLook = rados.inFlight.get(id)?.verb === 'look';
  rados.answer(isLook ? { id, rc: Math.min(rc, 0), extra: [undefined, 0] } : { id, rc });
}

function step(on: RadosOnFake, calls: RunningCall[], happening: Event): void {
  switch (happening.do) {
    case 'answer':
    case 'answerTwo':
      answer(on, happening.which, happening.rc);
      if (happening.do === 'answerTwo') answer(on, happening.which + 1, 0);
      return;
    case 'abort':
      calls[happening.which % Math.max(calls.length, 1)]?.abort.abort();
      return;
    case 'read':
    case 'write':
    case 'look':
    case 'readMany':
    case 'writeMany':
      calls.push(start(on, happening));
  }
}

/** The bounds hold after every step, and what admission counts is what the addon holds. */
function checkBounds(on: RadosOnFake): void {
  const load = on.connection.load();
  const { count } = held(on);
  assert.equal(load.inFlight, count);
  assert.ok(load.queued <= LIMITS.maxQueued);
  if (on.rados.inFlight.size > 1) {
    assert.ok(load.inFlight <= LIMITS.maxInFlight, `${load.inFlight} in flight`);
    assert.ok(load.inFlightBytes <= LIMITS.maxInFlightBytes, `${load.inFlightBytes} bytes`);
  }
  if (load.queued > 0) assert.ok(load.inFlight > 0, 'something waits while nothing runs');
}

test('places and bytes never leak, whatever order answers, aborts and new calls come in', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 80 }), async (events) => {
      const on = await openRadosOnFake({ admission: LIMITS });
      const calls: RunningCall[] = [];
      for (const happening of events) {
        step(on, calls, happening);
        await Promise.resolve();
        checkBounds(on);
      }
      const closed = on.connection.close({ graceMs: 3_600_000 });
      while (on.rados.inFlight.size > 0) on.rados.answerAll();
      for (const { call } of calls) await call.outcome;
      await closed;
      assert.deepEqual(on.connection.load(), { inFlight: 0, inFlightBytes: 0, queued: 0 });
      assert.deepEqual([on.rados.openPools, on.rados.openClusters], [0, 0]);
    }),
    { numRuns: RUNS },
  );
});
