import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { firstUnexplained, type HistoryEntry } from '../support/history.ts';

const TOLD: readonly HistoryEntry['told'][] = [
  'made',
  'held',
  'removed',
  'found',
  'absent',
  'maybe set',
  'maybe removed',
];
const isMaybe = ({ told }: HistoryEntry): boolean => told.startsWith('maybe');

/** The plain definition: tries every order of every choice of calls. */
function isExplained(entries: readonly HistoryEntry[], isThere = false): boolean {
  if (entries.every(isMaybe)) return true;
  return entries.some((entry, i) => {
    const others = entries.filter((_, at) => at !== i);
    if (others.some((other) => !isMaybe(other) && other.endedMs < entry.startedMs)) return false;
    const after = effect(entry.told, isThere);
    return after !== undefined && isExplained(others, after);
  });
}

function effect(told: HistoryEntry['told'], isThere: boolean): boolean | undefined {
  switch (told) {
    case 'made':
      return isThere ? undefined : true;
    case 'held':
    case 'found':
      return isThere ? true : undefined;
    case 'removed':
      return isThere ? false : undefined;
    case 'absent':
      return isThere ? undefined : false;
    case 'maybe set':
      return true;
    case 'maybe removed':
      return false;
  }
}

function entry(told: HistoryEntry['told'], startedMs: number, endedMs: number): HistoryEntry {
  return { told, startedMs, endedMs, by: 'test' };
}

test('a lost update, a return and a stale read are not explained', () => {
  const lost = [entry('made', 0, 1), entry('absent', 2, 3)];
  assert.equal(firstUnexplained(lost), lost[1]);
  const back = [entry('made', 0, 1), entry('removed', 2, 3), entry('found', 4, 5)];
  assert.equal(firstUnexplained(back), back[2]);
  const twice = [entry('made', 0, 9), entry('made', 1, 8)];
  assert.notEqual(firstUnexplained(twice), undefined);
});

test('calls that overlap, and calls without an answer, explain what they can', () => {
  assert.equal(
    firstUnexplained([entry('made', 0, 9), entry('found', 1, 2), entry('absent', 0, 1)]),
    undefined,
  );
  assert.equal(
    firstUnexplained([entry('maybe set', 0, 1), entry('absent', 5, 6), entry('found', 7, 8)]),
    undefined,
  );
  const gone = [entry('made', 0, 1), entry('maybe removed', 9, 10), entry('absent', 5, 6)];
  assert.equal(firstUnexplained(gone), gone[2], 'nothing takes effect before it starts');
});

test('the judgement is that of the plain definition', () => {
  const arbitrary = fc
    .tuple(fc.constantFrom(...TOLD), fc.nat(12), fc.nat(6))
    .map(([told, start, length]) => entry(told, start, start + length));
  fc.assert(
    fc.property(fc.array(arbitrary, { maxLength: 6 }), (entries) => {
      assert.equal(firstUnexplained(entries) === undefined, isExplained(entries));
    }),
    { numRuns: 2000 },
  );
});
