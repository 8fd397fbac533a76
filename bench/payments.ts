import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { BenchContext, Benchmark, BenchOutcome } from './framework/benchmark.ts';
import { Rounds } from './framework/rounds.ts';
import { STORES } from './payments/cases.ts';
import { CONTENTION, paymentRows } from './payments/rows.ts';
import { type PaymentSizes, StoreContest } from './payments/store-contest.ts';

const FULL: PaymentSizes = { rounds: 3, payments: 1024, mostMs: 10_000 };
const QUICK: PaymentSizes = { rounds: 1, payments: 64, mostMs: 2000 };
const SIGNATURES_MS = 1000;

async function etcdVersion(): Promise<string> {
  const { stdout } = await promisify(execFile)('etcd', ['--version']);
  return /etcd Version: (\S+)/.exec(stdout)?.[1] ?? 'unknown';
}

async function run({ options, workspace, progress }: BenchContext): Promise<BenchOutcome> {
  const base = options.quick ? QUICK : FULL;
  const sizes = { ...base, rounds: options.rounds ?? base.rounds };
  progress.plan(STORES.length * (1 + sizes.rounds));
  const rounds = new Rounds();
  for (const [i, store] of STORES.entries()) {
    const contest = await progress.step(`start ${store.name}`, () =>
      StoreContest.start(workspace, store, sizes),
    );
    await contest.warmUp();
    for (let round = 0; round < sizes.rounds; round++) {
      await progress.step(`${store.name}, round ${round + 1}`, () => contest.measure(rounds, round));
      if (i === 0) await contest.signatures(rounds, SIGNATURES_MS);
    }
    await contest.stop();
  }
  return {
    conditions: {
      rounds: sizes.rounds,
      paymentsPerCase: sizes.payments,
      etcd: await etcdVersion(),
      members: 'processes on loopback, fsync on, data on one disk',
      contention: CONTENTION,
      chain:
        'views of channels as a node has them in steady state; signatures of payments are checked by both ways',
    },
    rows: paymentRows(rounds),
  };
}

/** Payments against the plain sequence of upstream daemons and the smallest write of each store. @see payment-channels.md, section 16 */
export const payments: Benchmark = {
  name: 'payments',
  summary:
    'payments on level and on etcd of 1, 3 and 5 members, beside the plain sequence of lock, read, write, unlock',
  run,
};
