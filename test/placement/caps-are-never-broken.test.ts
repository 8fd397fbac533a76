import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { rankClaims, type RankedStorer } from '../../src/placement/ranking.ts';
import { drawOf } from '../../src/vrf/lottery.ts';

function storerOf(
  i: number,
  { weight, operator, region }: { weight: bigint; operator: number; region: number },
): RankedStorer {
  return {
    storerKey: createHash('sha256').update(`storer ${i}`).digest(),
    output: createHash('sha512').update(`draw ${i}`).digest(),
    weight,
    operatorId: new Uint8Array(32).fill(operator),
    region,
  };
}

const anyClaims = fc
  .array(fc.record({ weight: fc.bigInt(1n, 2n ** 64n - 1n), operator: fc.nat(20), region: fc.nat(3) }), {
    maxLength: 40,
  })
  .chain((drawn) => fc.nat().map((salt) => drawn.map((one, i) => storerOf(i + 100 * (salt % 1000), one))));

/** The rule of the spec once more, in fractions that are compared by cross products. */
function plainRanks(
  claims: readonly RankedStorer[],
  { replicas, regionCap }: { replicas: number; regionCap: boolean },
): string[] {
  const left = [...claims];
  const [taken, told]: [RankedStorer[], string[]] = [[], []];
  while (left.length > 0) {
    let best = 0;
    for (let i = 1; i < left.length; i++) {
      const [one, other] = [left[i], left[best]];
      if (one && other && drawOf(one.output) * other.weight < drawOf(other.output) * one.weight) best = i;
    }
    const [claim] = left.splice(best, 1);
    if (claim === undefined) break;
    const name = Buffer.from(claim.storerKey).toString('hex');
    const inRegion = taken.filter(({ region }) => region === claim.region).length;
    if (taken.some(({ operatorId }) => Buffer.compare(operatorId, claim.operatorId) === 0))
      told.push(`${name} operator`);
    else if (regionCap && inRegion >= (replicas + (replicas % 2)) / 2) told.push(`${name} region`);
    else told.push(`${name} ${taken.push(claim) - 1}`);
  }
  return told;
}

test('ranks and skipped claims are those of the rule, for any claims', () => {
  fc.assert(
    fc.property(anyClaims, fc.integer({ min: 1, max: 16 }), fc.boolean(), (claims, replicas, regionCap) => {
      const ranked = rankClaims(claims, { replicas, regionCap });
      const told = ranked.map((one) => {
        const name = Buffer.from(one.claim.storerKey).toString('hex');
        return `${name} ${'place' in one ? one.place : one.skipped}`;
      });
      assert.deepEqual(told, plainRanks(claims, { replicas, regionCap }));
    }),
    { numRuns: 300 },
  );
});

test('an operator with half of the weight gets one place', () => {
  const half = Array.from({ length: 20 }, (_, i) =>
    storerOf(i, { weight: 30n, operator: 99, region: i % 4 }),
  );
  const others = Array.from({ length: 60 }, (_, i) =>
    storerOf(20 + i, { weight: 10n, operator: i, region: i % 4 }),
  );
  const ranked = rankClaims([...half, ...others], { replicas: 8, regionCap: true });
  const placed = ranked.filter((one) => 'place' in one);
  assert.equal(placed.filter(({ claim }) => claim.operatorId[0] === 99).length, 1);
  assert.ok(placed.length >= 8);
});

test('a region gets half of the places, rounded up, whatever is short', () => {
  for (const replicas of [1, 2, 3, 7, 8, 16]) {
    const claims = Array.from({ length: 30 }, (_, i) =>
      storerOf(i, { weight: 1n, operator: i, region: i < 28 ? 1 : 2 }),
    );
    const placed = rankClaims(claims, { replicas, regionCap: true }).filter((one) => 'place' in one);
    const ofFirst = placed.filter(({ claim }) => claim.region === 1).length;
    assert.equal(ofFirst, Math.ceil(replicas / 2));
    assert.ok(placed.length <= Math.ceil(replicas / 2) + 2, 'fewer places, and no broken cap');
    const uncapped = rankClaims(claims, { replicas, regionCap: false }).filter((one) => 'place' in one);
    assert.equal(uncapped.length, 30);
  }
});
