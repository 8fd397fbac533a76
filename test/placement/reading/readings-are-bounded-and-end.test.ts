import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProvenderError } from '../../../src/content/provender-error.ts';
import { testBytes } from '../../proof/reference-tree.ts';
import { openReading, type TestReading } from '../../support/placed-reading.ts';
import { until } from '../../support/until.ts';

const MIB = 2 ** 20;
const CONTENT = testBytes(40 * MIB);
const HONEST = [{}, {}, {}];

async function ended({ held, reader }: TestReading): Promise<void> {
  await until('all calls have ended', () => held.running === 0 && reader.inUse.buffers === 0);
  assert.deepEqual(reader.inUse, { readings: 0, buffers: 0 });
}

for (const profile of [0, 2])
  test(`a consumer that does not go on holds some windows and no more, profile ${profile}`, async () => {
    const open = openReading(CONTENT, HONEST, { profile });
    const { held, reader, clock } = open;
    const { data } = await clock.drive(reader.open(held.file, {}));
    assert.equal((await data.next()).done, false);
    await clock.advance(100);
    const [sent, { buffers }] = [held.sent.reduce((sum, bytes) => sum + bytes), reader.inUse];
    assert.ok(buffers <= 4, `${buffers} buffers`);
    assert.ok(sent <= 18 * MIB, `${sent} bytes`);
    await clock.advance(10_000);
    assert.equal(
      held.sent.reduce((sum, bytes) => sum + bytes),
      sent,
      'time changes nothing',
    );
    await data.return?.();
    await ended(open);
    assert.equal((await data.next()).done, true);
  });

test('a stream that its holder ended while nobody read is begun again, and nobody is blamed', async () => {
  const content = CONTENT.subarray(0, 16 * MIB);
  const open = openReading(content, [{ diesAfter: 8 * MIB, piece: 65_536 }], { profile: 2 });
  const { held, reader, clock } = open;
  const { data } = await clock.drive(reader.open(held.file, {}));
  const parts = [Buffer.from((await data.next()).value ?? [])];
  await clock.advance(31_000);
  await clock.drive(
    (async () => {
      for await (const piece of data) parts.push(Buffer.from(piece));
    })(),
  );
  assert.ok(Buffer.concat(parts).equals(content));
  assert.deepEqual(held.left, []);
  assert.deepEqual(
    held.reads.map(({ offset }) => offset),
    [0, 8 * MIB],
  );
  await ended(open);
});

test('an abort ends a reading at every point, with the reason of the signal', async () => {
  const reason = new ProvenderError('PROVENDER_CLOSED', 'the node stops');
  const hangs = [{ hangsAfter: 0 }];
  const before = openReading(CONTENT, hangs);
  await assert.rejects(
    before.reader.open(before.held.file, {}, { signal: AbortSignal.abort(reason) }),
    reason,
  );
  await ended(before);
  for (const script of [{ hangsAfter: 0 }, { hangsAfter: 1000 }]) {
    const open = openReading(CONTENT, [script, script]);
    const controller = new AbortController();
    const opening = open.reader.open(open.held.file, {}, { signal: controller.signal });
    opening.catch(() => undefined);
    await until('a call runs', () => open.held.running > 0);
    controller.abort(reason);
    await assert.rejects(opening, reason);
    await ended(open);
    assert.deepEqual(open.held.left, []);
  }
  const open = openReading(CONTENT, HONEST);
  const controller = new AbortController();
  const { data } = await open.clock.drive(
    open.reader.open(open.held.file, {}, { signal: controller.signal }),
  );
  await data.next();
  controller.abort();
  await assert.rejects(data.next(), { code: 'PROVENDER_CANCELLED' });
  await ended(open);
});

test('a piece stays as it was given after an abort', async () => {
  const open = openReading(CONTENT, HONEST);
  const controller = new AbortController();
  const { data } = await open.clock.drive(
    open.reader.open(open.held.file, {}, { signal: controller.signal }),
  );
  const piece: Uint8Array = (await data.next()).value ?? new Uint8Array();
  controller.abort();
  assert.ok((await open.read({ offset: 20 * MIB })).length > 0);
  assert.ok(Buffer.from(piece).equals(CONTENT.subarray(0, piece.length)));
});

test('a reading that is left in the middle stops its calls', async () => {
  const open = openReading(CONTENT, HONEST);
  const { data } = await open.clock.drive(open.reader.open(open.held.file, {}));
  for await (const piece of data) if (piece.length > 0) break;
  await ended(open);
});

test('more readings than allowed are busy, and one that ends makes room', async () => {
  const open = openReading(CONTENT, HONEST, { maxReadings: 2 });
  const { held, reader, clock } = open;
  const first = await clock.drive(reader.open(held.file, {}));
  await clock.drive(reader.open(held.file, {}));
  await assert.rejects(reader.open(held.file, {}), { code: 'PROVENDER_BUSY' });
  await first.data.return?.();
  const next = await clock.drive(reader.open(held.file, { offset: CONTENT.length - 1 }));
  assert.equal((await next.data.next()).value?.length, 1);
});

test('ranges outside the file are refused, and an empty one asks nobody', async () => {
  const open = openReading(CONTENT, [{ isDead: true }]);
  const { held, reader } = open;
  for (const range of [{ offset: CONTENT.length + 1 }, { offset: 1, length: CONTENT.length }, { offset: -1 }])
    await assert.rejects(reader.open(held.file, range), { code: 'PROVENDER_RANGE' });
  assert.equal((await open.read({ offset: CONTENT.length })).length, 0);
  assert.equal((await open.read({ offset: 5, length: 0 })).length, 0);
  assert.equal((await openReading(new Uint8Array(), [{ isDead: true }]).read()).length, 0);
  await ended(open);
  assert.deepEqual(held.left, []);
});

test('what is not a failure of a holder is nobody else’s', async () => {
  const failure = new ProvenderError('PROVENDER_CLOSED', 'the workers are closed');
  const open = openReading(CONTENT, HONEST, { hasher: { blockRoots: () => Promise.reject(failure) } });
  await assert.rejects(open.read(), failure);
  assert.deepEqual(open.held.left, []);
  await ended(open);
});
