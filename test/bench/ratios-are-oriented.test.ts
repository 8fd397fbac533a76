import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toRow } from '../../bench/framework/comparison.ts';
import { Rounds, rotate } from '../../bench/framework/rounds.ts';
import { median, orientedRatio, pairwiseRatio } from '../../bench/framework/statistics.ts';

test('the median is the middle value, or the mean of the two in the middle', () => {
  assert.equal(median([5]), 5);
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([10, 2, 100, 4]), 7);
  assert.throws(() => median([]), RangeError);
});

test('the median leaves its list as it is and sorts by value', () => {
  const values = [10, 9, 100];
  assert.equal(median(values), 10);
  assert.deepEqual(values, [10, 9, 100]);
});

test('a ratio above 1 is good for rates and for costs', () => {
  assert.equal(orientedRatio(200, 100, 'higher'), 2);
  assert.equal(orientedRatio(50, 100, 'lower'), 2);
});

test('ratios are taken round by round before the median', () => {
  // The machine is twice as slow in the second round, for both sides: the ratio does not move.
  assert.equal(pairwiseRatio([90, 45, 90], [100, 50, 100], 'higher'), 0.9);
  // The ratio of the medians would be 1.
  assert.equal(pairwiseRatio([1, 2, 3], [3, 2, 1], 'higher'), 1);
  assert.equal(pairwiseRatio([1, 2, 3], [2, 1, 6], 'higher'), 0.5);
});

test('rounds that have no partner are an error', () => {
  assert.throws(() => pairwiseRatio([1, 2], [1], 'higher'), RangeError);
});

test('a row without a peer has neither reference nor ratio nor goal', () => {
  assert.deepEqual(toRow({ case: 'a', unit: 'op/s', values: [1, 2, 3] }), {
    case: 'a',
    value: 2,
    unit: 'op/s',
  });
});

test('a row with a peer carries medians of both sides and the goal only where there is one', () => {
  const series = { case: 'a', unit: 'us/chunk', values: [4, 4, 8] };
  const peer = { what: 'b', values: [2, 4, 2] };
  const expected = { case: 'a', value: 4, unit: 'us/chunk', reference: { what: 'b', value: 2 }, ratio: 0.5 };
  assert.deepEqual(toRow(series, { peer, better: 'lower' }), expected);
  assert.deepEqual(toRow(series, { peer, better: 'lower', goal: 0.9 }), { ...expected, goal: 0.9 });
});

test('a limit is combined from the parts of its own round', () => {
  const rounds = new Rounds();
  for (const value of [1, 2]) rounds.add('a', value);
  for (const value of [10, 20]) rounds.add('b', value);
  assert.deepEqual(
    rounds.combine(['a', 'b'], (a = 0, b = 0) => a + b),
    [11, 22],
  );
  assert.throws(() => rounds.get('c'), RangeError);
});

test('every case comes first in one of the rounds', () => {
  const cases = ['a', 'b', 'c'];
  assert.deepEqual(
    [0, 1, 2, 3].map((round) => rotate(cases, round)[0]),
    ['a', 'b', 'c', 'a'],
  );
  assert.deepEqual(rotate([], 3), []);
});
