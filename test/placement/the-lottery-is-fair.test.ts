import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rankClaims, type RankedStorer } from '../../src/placement/ranking.ts';
import { isSelected } from '../../src/vrf/lottery.ts';
import { drawnObjects, outputOf } from './drawn-tickets.ts';

/** Seeds are fixed: these figures are the same in every run. */
const OBJECTS = 100_000;
const PLACES = 8;
const TAU_NUMERATOR = 32_500n;
const TAU = 32.5;
const LIMIT = 2 ** 32;

/** Fails when a count is 4 standard deviations or more from its mean. */
function assertWithin(found: number, { mean, sigma }: { mean: number; sigma: number }, what: string): void {
  const z = (found - mean) / sigma;
  assert.ok(Math.abs(z) < 4, `${what}: ${found}, expected ${mean}, z = ${z.toFixed(2)}`);
}

/**
 * The top 32 bits at which a ticket of this weight no longer wins, found by halving with `isSelected` itself: it wins below, loses above, and
 * only tickets right at it have to be asked one by one.
 */
function thresholdOf(weight: bigint, totalWeight: bigint): number {
  const odds = { tauNumerator: TAU_NUMERATOR, attempt: 0, totalWeight };
  const wins = (top: number): boolean =>
    isSelected({ output: Buffer.concat([u32(top), Buffer.alloc(60)]), weight }, odds);
  let [won, lost] = [0, LIMIT - 1];
  assert.ok(wins(won) && !wins(lost));
  while (lost - won > 1) {
    const middle = Math.floor((won + lost) / 2);
    if (wins(middle)) won = middle;
    else lost = middle;
  }
  return won;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Objects by how many nodes of equal weight win them. */
function countsOfWinners(nodes: number): number[] {
  const threshold = thresholdOf(1n, BigInt(nodes));
  const odds = { tauNumerator: TAU_NUMERATOR, attempt: 0, totalWeight: BigInt(nodes) };
  const counts = Array.from({ length: 200 }, () => 0);
  for (const tops of drawnObjects('counts', { objects: OBJECTS, nodes })) {
    let winners = 0;
    for (let node = 0; node < nodes; node++) {
      const top = tops[node] ?? 0;
      if (top > threshold) continue;
      if (top < threshold || isSelected({ output: outputOf(top, node), weight: 1n }, odds)) winners++;
    }
    counts[winners] = (counts[winners] ?? 0) + 1;
  }
  return counts;
}

/** χ² of counts against Poisson(mean), as a standard normal number (Wilson and Hilferty); bins with fewer than 5 expected are joined. */
function poissonZ(counts: readonly number[], mean: number): number {
  const bins: { expected: number; found: number }[] = [{ expected: 0, found: 0 }];
  let probability = Math.exp(-mean);
  let left = 1;
  for (const [winners, found] of counts.entries()) {
    const bin = bins.at(-1);
    assert.ok(bin);
    bin.expected += probability * OBJECTS;
    bin.found += found;
    left -= probability;
    probability *= mean / (winners + 1);
    if (bin.expected >= 5 && left * OBJECTS >= 5) bins.push({ expected: 0, found: 0 });
  }
  const chi = bins.reduce((sum, { expected, found }) => sum + (found - expected) ** 2 / expected, 0);
  const freedom = bins.length - 1;
  const spread = 2 / (9 * freedom);
  return (Math.cbrt(chi / freedom) - (1 - spread)) / Math.sqrt(spread);
}

test('the number of winners has the mean and the distribution that tau says', () => {
  const counts = countsOfWinners(4096);
  const winners = counts.reduce((sum, found, count) => sum + found * count, 0);
  assertWithin(winners / OBJECTS, { mean: TAU, sigma: Math.sqrt(TAU / OBJECTS) }, 'mean');
  const z = poissonZ(counts, TAU);
  assert.ok(Math.abs(z) < 4, `chi-square: z = ${z.toFixed(2)}`);
  assert.ok(Math.abs(poissonZ(counts, TAU * 1.01)) > 4, 'the test sees a tau that is 1 % off');
});

/** The nodes that get the first places, by score u / w; what `rankClaims` says is asked of every 500th object, as it takes long integers. */
function firstPlaces(weights: readonly number[], seed: string): number[] {
  const totalWeight = weights.reduce((sum, weight) => sum + weight, 0);
  /** Leaves about 24 nodes of which the first eight are sought. */
  const bound = (24 * LIMIT) / totalWeight;
  const limits = Uint32Array.from(weights, (weight) => Math.min(LIMIT - 1, Math.floor(weight * bound)));
  const places = weights.map(() => 0);
  let object = 0;
  for (const tops of drawnObjects(seed, { objects: OBJECTS, nodes: weights.length })) {
    const near: number[] = [];
    for (let node = 0; node < tops.length; node++)
      if ((tops[node] ?? 0) < (limits[node] ?? 0)) near.push(node);
    const score = (node: number): number => (tops[node] ?? 0) / (weights[node] ?? 1);
    const candidates = near.length >= PLACES ? near : [...weights.keys()];
    const first = candidates.toSorted((a, b) => score(a) - score(b)).slice(0, PLACES);
    if (object++ % 500 === 0) assert.deepEqual(first, rankedFirst(tops, { weights, candidates }));
    for (const node of first) places[node] = (places[node] ?? 0) + 1;
  }
  return places;
}

function rankedFirst(
  tops: Uint32Array,
  { weights, candidates }: { weights: readonly number[]; candidates: readonly number[] },
): number[] {
  const claims = candidates.map((node) =>
    claimOf(node, { top: tops[node] ?? 0, weight: weights[node] ?? 1 }),
  );
  const ranked = rankClaims(claims, { replicas: PLACES, regionCap: false });
  return ranked.slice(0, PLACES).map(({ claim }) => Buffer.from(claim.storerKey).readUInt32BE());
}

function claimOf(node: number, { top, weight }: { top: number; weight: number }): RankedStorer {
  const storerKey = new Uint8Array(32);
  storerKey.set(u32(node));
  return { output: outputOf(top, node), weight: BigInt(weight), storerKey, operatorId: storerKey, region: 0 };
}

test('weights 1, 2, 4 and 8 get first places in proportion', () => {
  const weights = Array.from({ length: 2048 }, (_, i) => 2 ** (i % 4));
  const places = firstPlaces(weights, 'shares');
  const all = OBJECTS * PLACES;
  for (const weight of [1, 2, 4, 8]) {
    const found = places.reduce((sum, count, i) => (weights[i] === weight ? sum + count : sum), 0);
    const share = weight / 15;
    assertWithin(
      found,
      { mean: all * share, sigma: Math.sqrt(all * share * (1 - share)) },
      `weight ${weight}`,
    );
  }
});

test('who splits its weight over eight names gets no more and no fewer first places', () => {
  const others = Array.from({ length: 255 }, () => 8);
  const [whole = 0] = firstPlaces([8, ...others], 'one name');
  const split = firstPlaces([1, 1, 1, 1, 1, 1, 1, 1, ...others], 'eight names').slice(0, 8);
  const found = split.reduce((sum, count) => sum + count, 0);
  const mean = (OBJECTS * PLACES) / 256;
  assertWithin(whole, { mean, sigma: Math.sqrt(mean) }, 'one name');
  assertWithin(found, { mean, sigma: Math.sqrt(mean) }, 'eight names');
  assertWithin(found - whole, { mean: 0, sigma: Math.sqrt(2 * mean) }, 'difference');
});
