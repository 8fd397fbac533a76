import { test } from 'node:test';
import fc from 'fast-check';
import { LevelStateStore } from '../../src/state/level/level-state-store.ts';
import type { Fate } from '../support/faulty-state.ts';
import { PaymentSchedule, type ScheduleStep } from '../support/payment-schedule.ts';
import { PaymentWorld, type RequestKind } from '../support/payment-world.ts';
import { openScratch } from '../support/scratch.ts';

const RUNS = process.env['PROVENDER_TEST_LONG'] === '1' ? 1000 : 40;

const at = fc.nat({ max: 2 });
const KINDS = ['lock', 'check', 'commit', 'unlock', 'repeat', 'mark'] as const;
const FATES = ['ok', 'lost', 'unanswered', 'late', 'refused'] as const;
/** Adapters end every request in time; what a call itself waits for has a limit of its own all the same. */
const LIMITED = ['lock', 'commit'] as const;

const faultOf = (kinds: readonly RequestKind[], fates: readonly Fate[]) =>
  fc.record({
    do: fc.constant('fault' as const),
    at,
    kind: fc.constantFrom(...kinds),
    fates: fc.array(fc.constantFrom(...fates), { minLength: 1, maxLength: 4 }),
  });
const fault = fc.oneof(faultOf(KINDS, FATES), faultOf(LIMITED, ['hanging', 'late']));
const call = fc.record({
  do: fc.constant('call' as const),
  at,
  amount: fc.constantFrom('next' as const, 'again' as const),
  request: fc.nat({ max: 1 }),
  isUpload: fc.boolean(),
  fails: fc.constantFrom('no' as const, 'no' as const, 'before' as const, 'behind' as const),
});
const step: fc.Arbitrary<ScheduleStep> = fc.oneof(
  { weight: 8, arbitrary: call },
  { weight: 5, arbitrary: fault },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('late' as const), at, which: fc.nat({ max: 5 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('lose lease' as const, 'pause' as const, 'resume' as const, 'restart' as const),
      at,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'unlock' as const }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(10, 100, 2000, 6000) }),
  },
);

test('any schedule of calls and faults keeps I1 to I5', { timeout: 1_200_000 }, async () => {
  await using scratch = await openScratch();
  await using store = await LevelStateStore.open({ directory: scratch.at('state') });
  const shared = {
    client: () => Promise.resolve(store),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const schedule = fc.array(step, { minLength: 10, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(schedule, fc.constantFrom(2, 3), async (steps, replicas) => {
      await using world = await PaymentWorld.open(shared);
      await new PaymentSchedule(world, replicas).run(steps);
    }),
    // a schedule does not shrink well: what the store answers first is up to the machine
    { numRuns: RUNS, endOnFailure: true },
  );
});
