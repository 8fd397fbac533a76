import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testBytes } from '../../proof/reference-tree.ts';
import { openReading } from '../../support/placed-reading.ts';
import type { HolderScript } from '../../support/scripted-holders.ts';

const MIB = 2 ** 20;
const CONTENT = testBytes(9 * MIB + 4321);
const HONEST: HolderScript = {};

/** Every way to be of no use, and the word that a reading has for it. */
const USELESS: readonly (readonly [string, HolderScript, string])[] = [
  ['dead at once', { isDead: true }, 'unavailable'],
  ['without the file', { isEmpty: true }, 'missing'],
  ['dying in the middle', { diesAfter: 5 * MIB }, 'unavailable'],
  ['dying within the first window', { diesAfter: 300_000 }, 'unavailable'],
  ['flipping a byte of the first block', { flips: 0 }, 'bytes'],
  ['flipping a byte of the second stripe', { flips: 5 * MIB }, 'bytes'],
  ['flipping the last byte', { flips: CONTENT.length - 1 }, 'bytes'],
  ['ending early', { endsAfter: 3 * MIB }, 'short'],
  ['sending nothing', { endsAfter: 0 }, 'short'],
  ['sending more', { more: 1 }, 'long'],
  ['lying of the roots', { liesOf: 'stripes' }, 'roots'],
  ['giving half a root less', { rootsOff: -16 }, 'short'],
  ['giving a root more', { rootsOff: 32 }, 'long'],
];

for (const profile of [0, 2])
  for (const [name, script, fault] of USELESS)
    test(`a holder ${name} is left by name, and the next one goes on, profile ${profile}`, async () => {
      const { held, reader, read } = openReading(CONTENT, [script, HONEST], { profile });
      assert.ok((await read()).equals(CONTENT));
      // the first one is asked for roots, and for bytes where those were right; a file that is cut in runs may not reach the fault
      assert.ok(
        held.left.every((left) => left === `0 ${fault}`),
        held.left.join(),
      );
      assert.ok(held.left.length === 1 || (profile === 0 && held.left.length === 0));
      assert.deepEqual(reader.inUse, { readings: 0, buffers: 0 });
      assert.equal(held.running, 0);
    });

for (const profile of [0, 2])
  for (const dead of [0, 1, 3, 7])
    test(`${dead} of 8 holders are dead, profile ${profile}`, async () => {
      const scripts = Array.from({ length: 8 }, (_, i) => (i < dead ? { isDead: true } : HONEST));
      const { held, read } = openReading(CONTENT, scripts, { profile });
      assert.ok((await read()).equals(CONTENT));
      assert.ok(held.left.length <= dead);
    });

test('seven holders with a different fault each and one honest one give the file', async () => {
  const scripts = USELESS.slice(0, 7).map(([, script]) => script);
  for (const profile of [0, 2]) {
    const { read } = openReading(CONTENT, [...scripts, HONEST], { profile });
    assert.ok((await read()).equals(CONTENT));
  }
});

test('a liar of block roots is found where a range begins inside a stripe', async () => {
  const { held, read } = openReading(CONTENT, [{ liesOf: 'blocks' }, HONEST]);
  const range = { offset: 5000, length: 10_000 };
  assert.ok((await read(range)).equals(CONTENT.subarray(5000, 15_000)));
  assert.deepEqual(held.left, ['0 roots']);
});

test('a flipped byte in a part of a stripe is told with its block', async () => {
  const { held, read } = openReading(CONTENT, [{ flips: 4 * MIB + 9000 }, HONEST]);
  const range = { offset: 4 * MIB + 8000, length: 10_000 };
  assert.ok((await read(range)).equals(CONTENT.subarray(range.offset, range.offset + range.length)));
  assert.deepEqual(held.left, ['0 bytes']);
  assert.match(held.details[0] ?? '', /block 1026 /);
});

test('when no holder is left, each is named with its reason', async () => {
  const { held, reader, read } = openReading(CONTENT, [{ isDead: true }, { flips: 9 }, { isEmpty: true }]);
  await assert.rejects(read(), (error: { code: string; message: string }) => {
    assert.equal(error.code, 'PROVENDER_UNAVAILABLE');
    assert.match(error.message, /0101010101010101 at 10\.0\.0\.0:7411: it does not answer: nobody answers/);
    assert.match(
      error.message,
      /0202020202020202 at 10\.0\.0\.1:7411: its bytes do not fit their root: stripe 0 /,
    );
    assert.match(error.message, /0303030303030303 at 10\.0\.0\.2:7411: it does not hold the file/);
    return true;
  });
  assert.equal(held.left.length, 3);
  assert.deepEqual(reader.inUse, { readings: 0, buffers: 0 });
});

test('a file without holders is unavailable, not empty', async () => {
  const { read } = openReading(CONTENT, []);
  await assert.rejects(read(), { code: 'PROVENDER_UNAVAILABLE' });
});

test('what was good before the last holder failed is given, and then the failure', async () => {
  const { held, reader, clock } = openReading(CONTENT, [{ diesAfter: 5 * MIB }], { profile: 2 });
  const { data } = await clock.drive(reader.open(held.file, {}));
  let bytes = 0;
  await assert.rejects(
    clock.drive(
      (async () => {
        for await (const piece of data) {
          assert.ok(Buffer.from(piece).equals(CONTENT.subarray(bytes, bytes + piece.length)));
          bytes += piece.length;
        }
      })(),
    ),
    { code: 'PROVENDER_UNAVAILABLE' },
  );
  assert.equal(bytes, 4 * MIB);
  assert.deepEqual(reader.inUse, { readings: 0, buffers: 0 });
});
