import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  compareClaims,
  drawOf,
  isSelected,
  type LotteryOdds,
  type RankedClaim,
} from '../../src/vrf/lottery.ts';

const TOP = 2n ** 256n;

/** A ticket that draws `u`; what follows the first 32 bytes of β does not count. */
function outputOf(u: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(u.toString(16).padStart(64, '0') + 'ff'.repeat(32), 'hex'));
}

function oddsOf(odds: Partial<LotteryOdds>): LotteryOdds {
  return { tauNumerator: 32_500n, attempt: 0, totalWeight: 1000n, ...odds };
}

test('a draw at the threshold loses and the one below it wins', () => {
  // u / 2^256 < 32.5 * 2 / 1000 with w = 2 of W = 1000: the threshold is a whole number when 2^256 * 65 is divided by 1000 with no rest
  const odds = oddsOf({ totalWeight: 65n * 1000n });
  const threshold = TOP / 1000n;
  assert.equal(
    isSelected({ output: outputOf(threshold), weight: 2n }, odds),
    true,
    'the rest of the division',
  );
  assert.equal(isSelected({ output: outputOf(threshold + 1n), weight: 2n }, odds), false);
  const exact = oddsOf({ tauNumerator: 1000n, totalWeight: 4n });
  assert.equal(isSelected({ output: outputOf(TOP / 4n), weight: 1n }, exact), false);
  assert.equal(isSelected({ output: outputOf(TOP / 4n - 1n), weight: 1n }, exact), true);
});

test('no weight never wins; all of the weight, and more than one place on average, always does', () => {
  assert.equal(isSelected({ output: outputOf(0n), weight: 0n }, oddsOf({})), false);
  for (const totalWeight of [1n, 2n ** 63n - 1n, 2n ** 64n - 1n])
    assert.equal(
      isSelected({ output: outputOf(TOP - 1n), weight: totalWeight }, oddsOf({ totalWeight })),
      true,
    );
});

test('an attempt wins wherever the one before it does, with twice the chance', () => {
  const weight = 3n;
  for (let attempt = 1; attempt <= 3; attempt++) {
    const [before, now] = [oddsOf({ attempt: attempt - 1 }), oddsOf({ attempt })];
    const limit = (TOP * 32_500n * weight * 2n ** BigInt(attempt)) / (1000n * 1000n);
    assert.equal(isSelected({ output: outputOf(limit), weight }, now), true);
    assert.equal(isSelected({ output: outputOf(limit), weight }, before), false);
    assert.equal(isSelected({ output: outputOf(limit + 1n), weight }, now), false);
  }
});

test('the number of winners is what tau says, in proportion to the weights', () => {
  const weights = Array.from({ length: 240 }, (_, i) => 2n ** BigInt(i % 4)); // 1, 2, 4, 8
  const totalWeight = weights.reduce((sum, weight) => sum + weight, 0n);
  const odds = oddsOf({ totalWeight });
  const objects = 1500;
  let winners = 0;
  const byWeight = new Map<bigint, number>();
  for (let object = 0; object < objects; object++) {
    for (const [node, weight] of weights.entries()) {
      const output = createHash('sha512').update(`lottery ${object} ${node}`).digest();
      if (!isSelected({ output, weight }, odds)) continue;
      winners++;
      byWeight.set(weight, (byWeight.get(weight) ?? 0) + 1);
    }
  }
  const within = (found: number, mean: number): void =>
    assert.ok(Math.abs(found - mean) < 4 * Math.sqrt(mean), `${found}, expected ${mean}`);
  within(winners, 32.5 * objects);
  for (const [weight, found] of byWeight) within(found, (32.5 * objects * Number(weight)) / 15);
});

const claims = fc
  .array(fc.record({ u: fc.bigInt(0n, TOP - 1n), weight: fc.bigInt(1n, 2n ** 64n - 1n) }), {
    minLength: 2,
    maxLength: 12,
  })
  .map((drawn) =>
    drawn.map(
      ({ u, weight }, i): RankedClaim => ({
        output: outputOf(u),
        weight,
        storerKey: new Uint8Array(32).fill(i),
      }),
    ),
  );

test('claims are ranked by draw over weight, in whatever order they come', () => {
  fc.assert(
    fc.property(claims, fc.infiniteStream(fc.nat()), (given, random) => {
      const ranked = given.toSorted(compareClaims);
      const shuffled = given
        .map((claim) => ({ claim, at: random.next().value }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ claim }) => claim);
      assert.deepEqual(shuffled.toSorted(compareClaims), ranked);
      for (const [i, claim] of ranked.slice(1).entries()) {
        const before = ranked[i];
        assert.ok(before && drawOf(before.output) * claim.weight <= drawOf(claim.output) * before.weight);
      }
    }),
  );
});

test('equal scores are ranked by their keys', () => {
  const twin = (key: number, factor: bigint): RankedClaim => ({
    output: outputOf(7n * factor),
    weight: factor,
    storerKey: new Uint8Array(32).fill(key),
  });
  assert.ok(compareClaims(twin(1, 5n), twin(2, 9n)) < 0);
  assert.ok(compareClaims(twin(2, 9n), twin(1, 5n)) > 0);
  assert.equal(compareClaims(twin(3, 4n), twin(3, 4n)), 0);
});
