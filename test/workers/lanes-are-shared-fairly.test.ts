import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type LaneGroup, LaneScheduler } from '../../src/workers/lane-scheduler.ts';

/** Groups that all free threads take now, as lists. */
function started(scheduler: LaneScheduler<string>): string[][] {
  const groups: string[][] = [];
  for (let group = scheduler.start(); group !== undefined; group = scheduler.start())
    groups.push([...group.works]);
  return groups;
}

/** Works by letter: those of `a` and `b` are of two kinds, all others of none. */
function schedulerOf(works: string, sizes: { threads: number; lanes: number }): LaneScheduler<string> {
  const scheduler = new LaneScheduler<string>(sizes);
  for (const [i, letter] of Array.from(works).entries()) {
    scheduler.add(`${letter}${i}`, letter === 'a' ? 1 : letter === 'b' ? 2 : undefined);
  }
  return scheduler;
}

const EXAMPLES: readonly { works: string; threads: number; groups: string[][] }[] = [
  { works: 'aa', threads: 2, groups: [['a0'], ['a1']] },
  { works: 'aaaa', threads: 1, groups: [['a0', 'a1', 'a2', 'a3']] },
  {
    works: 'aaaa',
    threads: 2,
    groups: [
      ['a0', 'a1'],
      ['a2', 'a3'],
    ],
  },
  {
    works: 'aaaaaaaaa',
    threads: 2,
    groups: [
      ['a0', 'a1', 'a2', 'a3'],
      ['a4', 'a5', 'a6', 'a7'],
    ],
  },
  { works: 'ata', threads: 2, groups: [['a0', 'a2'], ['t1']] },
  { works: 'tta', threads: 2, groups: [['t0'], ['t1']] },
  {
    works: 'abab',
    threads: 2,
    groups: [
      ['a0', 'a2'],
      ['b1', 'b3'],
    ],
  },
];

for (const { works, threads, groups } of EXAMPLES) {
  test(`${works} on ${threads} threads of 4 lanes`, () => {
    assert.deepEqual(started(schedulerOf(works, { threads, lanes: 4 })), groups);
  });
}

test('works that come while others of their kind run leave room for them', () => {
  const scheduler = schedulerOf('a', { threads: 2, lanes: 4 });
  const running = scheduler.start();
  assert.ok(running !== undefined);
  for (const name of ['x', 'y', 'z']) scheduler.add(name, 1);
  assert.deepEqual(scheduler.start()?.works, ['x', 'y']);
  assert.equal(scheduler.start(), undefined);
  scheduler.end(running);
  scheduler.add('again', 1);
  assert.deepEqual(scheduler.start()?.works, ['z', 'again']);
  assert.equal(scheduler.size, 4);
});

/** A step: add a work of a kind, let the free threads start, or let one running group end. */
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('add' as const), kind: fc.constantFrom(undefined, 1, 2) }),
    fc.record({ do: fc.constant('start' as const) }),
    fc.record({ do: fc.constant('end' as const), which: fc.nat(7) }),
  ),
  { maxLength: 80 },
);

test('whatever comes: nothing is lost or done twice, groups are of one kind, nobody waits for more than were before him', () => {
  fc.assert(
    fc.property(
      steps,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 5 }),
      (plan, threads, lanes) => {
        const scheduler = new LaneScheduler<number>({ threads, lanes });
        const kinds: (number | undefined)[] = [];
        const latest: number[] = []; // the last start, by number, at which a work may begin
        const begun = new Set<number>();
        const running: LaneGroup<number>[] = [];
        let starts = 0;
        let waiting = 0;
        const startAll = (): void => {
          for (let group = scheduler.start(); group !== undefined; group = scheduler.start()) {
            running.push(group);
            starts += 1;
            waiting -= group.works.length;
            assert.ok(running.length <= threads);
            assert.ok(
              group.works.length >= 1 && group.works.length <= (group.kind === undefined ? 1 : lanes),
            );
            assert.deepEqual(
              group.works,
              group.works.toSorted((a, b) => a - b),
            );
            for (const work of group.works) {
              assert.equal(kinds[work], group.kind);
              assert.ok(!begun.has(work) && starts <= (latest[work] ?? 0));
              begun.add(work);
            }
          }
          assert.ok(waiting === 0 || running.length === threads, 'a free thread and work that waits');
        };
        for (const step of plan) {
          if (step.do === 'add') {
            scheduler.add(kinds.length, step.kind);
            kinds.push(step.kind);
            waiting += 1;
            latest.push(starts + waiting);
          } else if (step.do === 'start') startAll();
          else for (const group of running.splice(step.which, 1)) scheduler.end(group);
          assert.equal(scheduler.size, waiting + running.reduce((sum, { works }) => sum + works.length, 0));
        }
        while (running.length + waiting > 0) {
          startAll();
          for (const group of running.splice(0)) scheduler.end(group);
        }
        assert.equal(begun.size, kinds.length);
      },
    ),
  );
});

test('works of one kind spread over free threads as evenly as can be', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 8 }),
      (works, threads, lanes) => {
        const sizes = started(schedulerOf('a'.repeat(works), { threads, lanes })).map(({ length }) => length);
        const total = sizes.reduce((sum, size) => sum + size, 0);
        assert.equal(total, Math.min(works, threads * lanes));
        assert.equal(sizes.length, Math.min(works, threads));
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
      },
    ),
  );
});
