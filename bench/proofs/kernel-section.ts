import type { Child } from '../framework/child.ts';
import { type Judgement, toRow } from '../framework/comparison.ts';
import type { Row } from '../framework/report.ts';
import { Rounds, rotate } from '../framework/rounds.ts';
import type { Beside, ReplicaCommands } from '../support/replica-process.ts';
import type { OpenSection, ProofSizes } from './section.ts';

const PROCESS = new URL('../support/replica-process.ts', import.meta.url);
/** @see proof-of-replication.md, section 11 */
const GOAL = 0.85;
const LANES = 4;
const WORD_COMPRESSIONS = 4;
const BLOCK_COMPRESSIONS = 128 * WORD_COMPRESSIONS;
const COMPRESSION_BYTES = 64;
const COMPRESSIONS_PER_LEAF = 4;
/** Passes of a profile and its name; A, the hashed bytes per byte of content, is 8 for each. */
const PROFILES = [
  { passes: 1, name: 'cat-1' },
  { passes: 2, name: 'cat-2' },
] as const;
const HASHED_PER_PASS = 8;

/** A measurement and what it could be at best. */
interface Case {
  readonly name: string;
  readonly unit: string;
  readonly limit: string;
  readonly better: 'higher' | 'lower';
  readonly goal?: number;
  limitOf(beside: Beside): number;
  measure(child: Child<ReplicaCommands>, minMs: number): Promise<Beside>;
}

function casesOf({ passes, name }: (typeof PROFILES)[number]): readonly Case[] {
  const a = HASHED_PER_PASS * passes;
  const common = { unit: 'MB/s', better: 'higher', goal: GOAL } as const;
  return [
    {
      ...common,
      name: `encode, ${name}, one object`,
      limit: `R of one chain / ${a}`,
      limitOf: ({ one }) => one / a,
      measure: (child, minMs) => child.call('encode', { passes, lanes: 1, minMs }),
    },
    {
      ...common,
      name: `encode, ${name}, ${LANES} objects side by side`,
      limit: `R / ${a}`,
      limitOf: ({ many }) => many / a,
      measure: (child, minMs) => child.call('encode', { passes, lanes: LANES, minMs }),
    },
    {
      ...common,
      name: `decode, ${name}`,
      limit: `R / ${a}`,
      limitOf: ({ many }) => many / a,
      measure: (child, minMs) => child.call('decode', { passes, minMs }),
    },
  ];
}

const CASES: readonly Case[] = [
  ...PROFILES.flatMap(casesOf),
  {
    name: 'tree: block roots',
    unit: 'MB/s',
    better: 'higher',
    goal: GOAL,
    limit: `R / ${COMPRESSIONS_PER_LEAF}`,
    limitOf: ({ many }) => many / COMPRESSIONS_PER_LEAF,
    measure: (child, minMs) => child.call('tree', { minMs }),
  },
  {
    name: 'random read of 4 KiB, cat-1: decoding alone',
    unit: 'us',
    better: 'lower',
    limit: `${BLOCK_COMPRESSIONS} compressions at R`,
    limitOf: ({ many }) => (BLOCK_COMPRESSIONS * COMPRESSION_BYTES) / many,
    measure: (child, minMs) => child.call('randomRead', { minMs }),
  },
];

const limitOf = (name: string): string => `${name}: limit`;
const R = { one: 'SHA-256 bandwidth, one chain', many: 'SHA-256 bandwidth R, all lanes' } as const;

async function measure(child: Child<ReplicaCommands>, rounds: Rounds, at: { round: number; minMs: number }) {
  for (const one of rotate(CASES, at.round)) {
    const beside = await one.measure(child, at.minMs);
    rounds.add(one.name, beside.value);
    rounds.add(limitOf(one.name), one.limitOf(beside));
  }
  const { one, many } = await child.call('bandwidth', { minMs: at.minMs });
  rounds.add(R.one, one);
  rounds.add(R.many, many);
}

function rowOf(rounds: Rounds, it: Case, isNative: boolean): Row {
  const peer = { what: it.limit, values: rounds.get(limitOf(it.name)) };
  const judged: Judgement = { peer, better: it.better };
  const judgement = it.goal === undefined || !isNative ? judged : { ...judged, goal: it.goal };
  return toRow({ case: it.name, unit: it.unit, values: rounds.get(it.name) }, judgement);
}

/** What one core does, against the SHA-256 bandwidth that it has at the same moment. */
export const openKernels: OpenSection = async ({ workspace }, { kernelBlocks, minMs }: ProofSizes) => {
  const child = await workspace.start<ReplicaCommands>('kernels', PROCESS);
  const { chosen, isNative, one, many } = await child.call('paths', undefined);
  await child.call('prepare', { blocks: kernelBlocks });
  await measure(child, new Rounds(), { round: 0, minMs });
  const rounds = new Rounds();
  return {
    name: 'kernels',
    conditions: { kernelPath: chosen, oneChainPath: one, bandwidthPaths: many.join(' '), kernelBlocks },
    measure: (round) => measure(child, rounds, { round, minMs }),
    rows: () => [
      ...Object.values(R).map((name) => toRow({ case: name, unit: 'MB/s', values: rounds.get(name) })),
      ...CASES.map((it) => rowOf(rounds, it, isNative)),
    ],
    stop: () => child.kill(),
  };
};
