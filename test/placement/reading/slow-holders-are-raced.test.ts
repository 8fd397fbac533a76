import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testBytes } from '../../proof/reference-tree.ts';
import { openReading } from '../../support/placed-reading.ts';

const MIB = 2 ** 20;
const CONTENT = testBytes(17 * MIB + 55);

for (const profile of [0, 2]) {
  test(`a holder that never begins is raced by another one and not blamed, profile ${profile}`, async () => {
    const { held, reader, read, clock } = openReading(CONTENT, [{ hangsAfter: 0 }, {}], { profile });
    assert.ok((await read()).equals(CONTENT));
    assert.equal(held.hedges[0], '0 by 1');
    assert.deepEqual(held.left, []);
    assert.equal(held.running, 0, 'the loser was cancelled');
    assert.ok(clock.now() <= 4000, `${clock.now()} ms`);
    assert.deepEqual(reader.inUse, { readings: 0, buffers: 0 });
  });

  test(`a holder that stops in the middle is raced after the time that windows take, profile ${profile}`, async () => {
    const scripts = [{ hangsAfter: 9 * MIB, delayMs: 1 }, { delayMs: 1 }];
    const { held, reader, read, clock } = openReading(CONTENT, scripts, { profile });
    assert.ok((await read()).equals(CONTENT));
    assert.deepEqual(held.left, []);
    assert.ok(
      clock.now() < 1000,
      `${clock.now()} ms: what was learned is less than the 2 s of the beginning`,
    );
    assert.deepEqual(reader.inUse, { readings: 0, buffers: 0 });
  });
}

test('who was fast is asked first the next time', async () => {
  const { held, read } = openReading(CONTENT, [{ hangsAfter: 0 }, { delayMs: 10 }, { delayMs: 500 }], {
    profile: 2,
  });
  await read();
  const before = held.reads.length;
  await read();
  assert.deepEqual(
    held.reads.slice(before).map(({ holder }) => holder),
    [1],
  );
});

test('who failed is asked last by other readings for a minute, and then like the others', async () => {
  const { held, read, clock } = openReading(CONTENT, [{ isDead: true }, { delayMs: 5 }], { profile: 2 });
  await read();
  assert.deepEqual(held.left, ['0 unavailable']);
  held.become(0, {});
  held.become(1, { delayMs: 5, flips: 3 });
  await read();
  assert.deepEqual(
    held.left,
    ['0 unavailable', '1 bytes'],
    'the second was asked first, the first is good again',
  );
  await clock.advance(61_000);
  await read();
  assert.equal(held.reads.at(-1)?.holder, 0);
});

test('a slow holder is waited for when there is no other one', async () => {
  const { held, read, clock } = openReading(CONTENT, [{ delayMs: 300 }], { profile: 2 });
  assert.ok((await read()).equals(CONTENT));
  assert.deepEqual([held.left, held.hedges], [[], []]);
  assert.ok(clock.now() > 30_000);
});

test('a racer that lies is left, and the slow one is still good for the answer', async () => {
  const { held, read } = openReading(CONTENT, [{ delayMs: 300 }, { flips: 1 }], { profile: 2 });
  assert.ok((await read()).equals(CONTENT));
  assert.deepEqual(held.left, ['1 bytes']);
});

test('when the first dies while it is raced, the racer goes on alone and is raced itself', async () => {
  const content = CONTENT.subarray(0, 3 * MIB);
  const { held, read, clock } = openReading(content, [{ hangsAfter: 0 }, { hangsAfter: 0 }, {}]);
  const killed = clock.sleep(2500).then(() => held.become(0, { isDead: true }));
  assert.ok((await read()).equals(content));
  await killed;
  assert.deepEqual(held.hedges, ['0 by 1', '1 by 2']);
  assert.deepEqual(held.left, ['0 unavailable']);
});

test('windows of a plain file come from several holders at once; of an encoded file a segment comes from one', async () => {
  const scripts = Array.from({ length: 4 }, () => ({ delayMs: 5 }));
  const plain = openReading(CONTENT, scripts);
  await plain.read();
  assert.ok(new Set(plain.held.reads.map(({ holder }) => holder)).size >= 3);
  assert.ok(plain.held.mostRunning >= 3);
  const encoded = openReading(CONTENT, scripts, { profile: 2 });
  await encoded.read();
  assert.deepEqual(
    encoded.held.reads.map(({ offset, length }) => ({ offset, length })),
    [{ offset: 0, length: CONTENT.length }],
  );
});

test('segments of a long encoded file are read from different holders, the next one while the last is given', async () => {
  const long = testBytes(130 * MIB);
  const scripts = [{ piece: MIB }, { piece: MIB }];
  const { held, read } = openReading(long, scripts, { profile: 2 });
  const range = { offset: 100 * MIB + 1, length: 29 * MIB };
  assert.ok((await read(range)).equals(long.subarray(range.offset, range.offset + range.length)));
  assert.deepEqual(
    held.reads.map(({ offset, length }) => [offset / MIB, length]),
    [
      [100, 28 * MIB],
      [128, MIB + 4096],
    ],
  );
  assert.deepEqual(
    held.reads.map(({ holder }) => holder).toSorted((a, b) => a - b),
    [0, 1],
  );
});
