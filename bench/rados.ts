import type { Benchmark, BenchContext, BenchOutcome } from './framework/benchmark.ts';
import { Rounds, rotate } from './framework/rounds.ts';
import { DEPTHS, LARGE, SIZES, SMALL, VERBS } from './rados/cases.ts';
import { Contest, type ContestSizes } from './rados/contest.ts';
import { radosRows } from './rados/rows.ts';
import { StoreCalls } from './rados/store-calls.ts';

/** `rados bench` reads as many objects at once as it has in flight, so there are never fewer. */
const FULL = { rounds: 5, seconds: 3, written: [20_000, 256], read: [8192, 256], storeCalls: 8192 } as const;
const QUICK = { rounds: 1, seconds: 1, written: [2000, 32], read: [1024, 256], storeCalls: 1024 } as const;

function sizesOf({ seconds, written, read }: typeof FULL | typeof QUICK): ContestSizes {
  const bySize = ([small, large]: readonly [number, number]) =>
    new Map([
      [SMALL, small],
      [LARGE, large],
    ]);
  return { seconds, written: bySize(written), read: bySize(read) };
}

const CASES = SIZES.flatMap((size) =>
  VERBS.flatMap((verb) => DEPTHS.map((depth) => ({ size, verb, depth }))),
);

interface Parts {
  readonly contest: Contest;
  readonly storeCalls: StoreCalls;
}

async function runRound(
  { contest, storeCalls }: Parts,
  rounds: Rounds,
  { progress }: BenchContext,
  round: number,
) {
  const weBegin = round % 2 === 1;
  const label = (text: string): string => `round ${round + 1}: ${text}`;
  for (const it of rotate(CASES, round)) {
    const { size, verb, depth } = it;
    await progress.step(label(`${size.name} ${verb}, ${depth} in flight`), () =>
      contest.measure(rounds, it, weBegin),
    );
  }
  await progress.step(label('readMany'), () => contest.measureBatches(rounds, weBegin));
  await progress.step(label('calls of the store'), () => storeCalls.measure(rounds));
}

async function run(context: BenchContext): Promise<BenchOutcome> {
  const { options, workspace, progress, ceph: source } = context;
  const base = options.quick ? QUICK : FULL;
  const count = options.rounds ?? base.rounds;
  progress.plan(2 + count * (CASES.length + 2));
  const ceph = await progress.step('cluster', () => source.open());
  const pool = await ceph.createPool(workspace);
  const contest = await progress.step('objects to read', () =>
    Contest.start(workspace, { ceph, pool }, sizesOf(base)),
  );
  const storeCalls = await StoreCalls.start(workspace, { ceph, pool }, base.storeCalls);
  const parts = { contest, storeCalls };
  const rounds = new Rounds();
  for (let round = 0; round < count; round++) await runRound(parts, rounds, context, round);
  await contest.stop();
  await storeCalls.stop();
  return {
    conditions: {
      rounds: count,
      secondsPerCase: base.seconds,
      objectsToReadFrom: base.read.join(' of 4 KiB, ') + ' of 4 MiB',
      mostObjectsPerWrite: base.written.join(' of 4 KiB, ') + ' of 4 MiB',
      ...(await ceph.conditions(pool)),
    },
    rows: radosRows(rounds),
  };
}

/** The addon against the `rados bench` command on one pool of a real cluster. @see native-addon.md, section 10 */
export const rados: Benchmark = {
  name: 'rados',
  summary: 'the librados addon against `rados bench`: 4 KiB and 4 MiB, 1 to 256 in flight',
  needsCeph: true,
  run,
};
