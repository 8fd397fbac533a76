import assert from 'node:assert/strict';
import { test } from 'node:test';
import { greedyAttack, labelGraph, recomputeCost } from './graph-attack.ts';

const CHALLENGES = 400;
/** Larger segments, which take minutes. */
const LONG =
  process.env['PROVENDER_TEST_LONG'] === '1'
    ? [
        { layers: 2, blocks: 256, pathLength: 12, share: 0.8, least: 0.2 },
        { layers: 2, blocks: 256, pathLength: 12, share: 0.9, least: 0.05 },
      ]
    : [];

for (const { layers, blocks, pathLength, share, least } of [
  { layers: 1, blocks: 32, pathLength: 16, share: 0.35, least: 0.02 },
  { layers: 2, blocks: 64, pathLength: 12, share: 0.7, least: 0.25 },
  { layers: 2, blocks: 64, pathLength: 12, share: 0.8, least: 0.08 },
  ...LONG,
]) {
  test(`${layers} passes over ${blocks} blocks, ${share * 100} % of the labels kept by the greedy attack`, (t) => {
    const graph = labelGraph(layers, blocks);
    const cost = recomputeCost(graph, greedyAttack(graph, { share, pathLength }), CHALLENGES);
    t.diagnostic(`cost of a challenge: ${cost.toFixed(3)} n, at least ${least} n`);
    assert.ok(cost >= least, `${cost} n`);
  });
}

/** Every 16th word kept. */
function columns(words: number): Uint8Array {
  return Uint8Array.from({ length: words }, (_, place) => (place % 16 === 0 ? 1 : 0));
}

test('every 16th word kept helps little, and much where there are no masks', (t) => {
  const graph = labelGraph(1, 256);
  const cost = recomputeCost(graph, columns(graph.words), CHALLENGES);
  const bare = labelGraph(1, 256, () => 0);
  const bareCost = recomputeCost(bare, columns(bare.words), CHALLENGES);
  t.diagnostic(`cost of a challenge: ${cost.toFixed(3)} n, without masks ${bareCost.toFixed(3)} n`);
  assert.ok(cost >= 0.2, `${cost} n`);
  assert.ok(bareCost < 0.05, `${bareCost} n`);
});
