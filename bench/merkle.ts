import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Benchmark, BenchContext, BenchOutcome } from './framework/benchmark.ts';
import type { Child } from './framework/child.ts';
import { toRow } from './framework/comparison.ts';
import type { Row } from './framework/report.ts';
import { Rounds, rotate } from './framework/rounds.ts';
import type { HashCommands } from './support/hash-process.ts';
import { MB } from './support/rate.ts';

const HASH_PROCESS = new URL('support/hash-process.ts', import.meta.url);
/** Compressions per 64-byte leaf: two for the leaf, two for its share of the nodes. */
const COMPRESSIONS_PER_LEAF = 4;
/** @see proof-of-replication.md, section 11 */
const TREE_GOAL = 0.85;
const TYPESCRIPT = 'typescript';

const NAMES = {
  openssl: 'SHA-256 of 64 KiB pieces, `openssl speed`',
  crypto: 'SHA-256 of 64 KiB pieces, node:crypto',
  whole: 'root of 100 MB in messages of 256 KiB',
  limit: 'R/4 of the best path',
} as const;
const bandwidth = (path: string): string => `SHA-256 bandwidth R, ${path}`;
const pieces = (path: string): string => `block roots of 1 MiB pieces, ${path}`;

/** MB/s of the openssl command, `undefined` where it is not installed. */
async function opensslRate(seconds: number): Promise<number | undefined> {
  try {
    const args = ['speed', '-seconds', String(seconds), '-bytes', '65536', '-mr', '-evp', 'sha256'];
    const { stdout } = await promisify(execFile)('openssl', args);
    const bytesPerSecond = /^\+F:\d+:[^:]+:([\d.]+)$/m.exec(stdout)?.[1];
    return bytesPerSecond === undefined ? undefined : Number(bytesPerSecond) / MB;
  } catch {
    return undefined; // a peer for orientation, not a part of the product
  }
}

async function measurePath(
  child: Child<HashCommands>,
  rounds: Rounds,
  path: string,
  minMs: number,
): Promise<void> {
  rounds.add(bandwidth(path), await child.call('compress', { path, minMs }));
  rounds.add(pieces(path), await child.call('blockRoots', { path, minMs }));
}

function treeRows(rounds: Rounds, paths: readonly string[], chosen: string): Row[] {
  const native = paths.filter((path) => path !== TYPESCRIPT);
  const candidates = native.length === 0 ? [TYPESCRIPT] : native;
  const best = rounds.combine(candidates.map(bandwidth), (...r) => Math.max(...r) / COMPRESSIONS_PER_LEAF);
  const peer = { what: NAMES.limit, values: best };
  const goal = chosen === TYPESCRIPT ? {} : { goal: TREE_GOAL };
  return [
    ...paths.map((path) => {
      const series = { case: pieces(path), unit: 'MB/s', values: rounds.get(pieces(path)) };
      return toRow(series, { peer, ...(path === chosen ? goal : {}) });
    }),
    toRow(
      { case: `${NAMES.whole}, ${chosen}`, unit: 'MB/s', values: rounds.get(NAMES.whole) },
      { peer, ...goal },
    ),
  ];
}

async function run({ options, workspace, progress }: BenchContext): Promise<BenchOutcome> {
  const count = options.rounds ?? (options.quick ? 3 : 9);
  const minMs = options.quick ? 60 : 500;
  const child = await workspace.start<HashCommands>('hash', HASH_PROCESS);
  const { all, chosen } = await child.call('paths', undefined);
  const rounds = new Rounds();
  progress.plan(count + 1);
  await progress.step('warm-up', async () => {
    for (const path of all) await measurePath(child, new Rounds(), path, minMs / 4);
  });
  for (let round = 0; round < count; round++) {
    await progress.step(`round ${round + 1} of ${count}`, async () => {
      for (const path of rotate(all, round)) await measurePath(child, rounds, path, minMs);
      rounds.add(NAMES.whole, await child.call('wholeRoot', { minMs }));
      rounds.add(NAMES.crypto, await child.call('sha256', { minMs }));
      const openssl = await opensslRate(1);
      if (openssl !== undefined) rounds.add(NAMES.openssl, openssl);
    });
  }
  await child.kill();
  const plain = [...all.map(bandwidth), NAMES.crypto, NAMES.openssl].filter((name) => rounds.has(name));
  return {
    conditions: {
      rounds: count,
      measuredMsPerCase: minMs,
      data: '100 MB in memory, larger than the caches',
      chosen,
    },
    rows: [
      ...plain.map((name) => toRow({ case: name, unit: 'MB/s', values: rounds.get(name) })),
      ...treeRows(rounds, all, chosen),
    ],
  };
}

/** Merkle root against the SHA-256 bandwidth that the same core has in the same run. */
export const merkle: Benchmark = {
  name: 'merkle',
  summary: 'tree and block roots against the SHA-256 bandwidth of each path',
  run,
};
