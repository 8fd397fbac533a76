import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { layerNeeds, neighbours } from '../../src/proof/read-set.ts';
import { availableKernels } from '../../src/proof/kernels.ts';
import { BLOCK, decodePart, encodedSegment } from './encoded-segments.ts';

const FULL = 2 ** 15;
const [twin] = availableKernels().slice(-1);

test('damage outside of what a block needs leaves the block as it is, damage inside changes it', () => {
  const target = fc.tuple(fc.constantFrom(1, 2), fc.constantFrom(2, 33, 64), fc.nat());
  fc.assert(
    fc.property(target, ([pass, count, number]) => {
      const block = number % count;
      const { id, plain, encoded } = encodedSegment(pass, count);
      const { before, parents } = neighbours(pass, count, block);
      const needed = new Set([block, ...parents, ...(before === undefined ? [] : [before.block])]);
      const decoded = (bytes: Uint8Array): Uint8Array => {
        const out = new Uint8Array(BLOCK);
        if (twin !== undefined)
          decodePart(twin, pass, { id, bytes, blocks: { first: block, end: block + 1 } }, out);
        return out;
      };
      const others = encoded.slice();
      for (let i = 0; i < count; i++) if (!needed.has(i)) others.fill(0, i * BLOCK, (i + 1) * BLOCK);
      assert.deepEqual(decoded(others), plain.subarray(block * BLOCK, (block + 1) * BLOCK));
      for (const one of needed) {
        const damaged = encoded.slice();
        damaged.fill(0, one * BLOCK, (one + 1) * BLOCK);
        assert.notDeepEqual(decoded(damaged), plain.subarray(block * BLOCK, (block + 1) * BLOCK));
      }
    }),
    { numRuns: 25 },
  );
});

test('the first block of a pass needs itself only, and the label before a block lies at its edge', () => {
  assert.deepEqual(neighbours(1, 5, 0), { place: 0, parents: [] });
  assert.deepEqual(neighbours(2, 5, 4), { place: 0, parents: [] });
  assert.deepEqual(neighbours(1, 5, 3).before, { block: 2, word: 127 });
  assert.deepEqual(neighbours(2, 5, 3).before, { block: 4, word: 0 });
  assert.deepEqual(neighbours(1, 5, 1).parents, [0, 0, 0, 0, 0, 0]);
  assert.deepEqual(neighbours(2, 5, 3).parents, [4, 4, 4, 4, 4, 4]);
});

test('a block needs at most 8 blocks of profile 1 and 63 of profile 2, all of its own segment', () => {
  const most = [0, 0];
  const blocks = FULL + 1000;
  for (let block = 0; block < blocks; block += 97) {
    for (const passes of [1, 2]) {
      const layers = layerNeeds({ from: 0, passes, blocks }, [block]);
      assert.equal(layers.length, passes + 1);
      assert.deepEqual(layers[0], [block]);
      const read = layers.at(-1) ?? [];
      most[passes - 1] = Math.max(most[passes - 1] ?? 0, read.length);
      const isLast = block >= FULL;
      assert.ok(read.every((one) => one >= FULL === isLast && one < blocks));
      assert.deepEqual(
        read,
        [...new Set(read)].sort((a, b) => a - b),
        'ascending, each once',
      );
    }
  }
  assert.ok((most[0] ?? 0) === 8 && (most[1] ?? 0) <= 63 && (most[1] ?? 0) > 50, most.join());
});

test('several blocks need what each of them needs', () => {
  const wanted = [700, 3, 699, 3];
  const each = wanted.map((block) => layerNeeds({ from: 0, passes: 2, blocks: 1000 }, [block]));
  const together = layerNeeds({ from: 0, passes: 2, blocks: 1000 }, wanted);
  for (const layer of [0, 1, 2]) {
    const union = new Set(each.flatMap((needs) => needs[layer] ?? []));
    assert.deepEqual(
      together[layer],
      [...union].sort((a, b) => a - b),
    );
  }
  assert.deepEqual(layerNeeds({ from: 0, passes: 2, blocks: 1000 }, []), [[], [], []]);
  assert.deepEqual(layerNeeds({ from: 0, passes: 0, blocks: 1000 }, [5, 1]), [[1, 5]]);
});
