import { availableParallelism } from 'node:os';
import { BLOCK_SIZE } from '../../src/content/geometry.ts';
import type { Child } from '../framework/child.ts';
import { toRow } from '../framework/comparison.ts';
import type { Conditions, Row } from '../framework/report.ts';
import { Rounds, rotate } from '../framework/rounds.ts';
import type { CoderCommands } from '../support/coder-process.ts';
import { MB } from '../support/rate.ts';
import type { OpenSection } from './section.ts';

const PROCESS = new URL('../support/coder-process.ts', import.meta.url);
const PASSES = 2;
const THREADS = [1, 2] as const;
/** What two workers are asked for. @see proof-of-replication.md, section 11 */
const GOAL = 1.8;
const MOST_OBJECTS = 8;

/** Two encoded objects already fill two lanes of the only worker, so that the second worker brings less: no goal. */
const CASES = [
  { verb: 'encode', objects: 2 },
  { verb: 'encode', objects: MOST_OBJECTS, goal: GOAL },
  { verb: 'decode', objects: 2, goal: GOAL },
  { verb: 'decode', objects: MOST_OBJECTS, goal: GOAL },
] as const;

type Case = (typeof CASES)[number];

const nameOf = ({ verb, objects }: Case, threads: number): string =>
  `${verb}, cat-2, ${objects} objects, ${threads === 1 ? '1 worker' : `${threads} workers`}`;

async function measure(
  child: Child<CoderCommands>,
  rounds: Rounds,
  at: { round: number; blocks: number },
): Promise<void> {
  for (const it of rotate(CASES, at.round)) {
    for (const threads of rotate(THREADS, at.round)) {
      const { verb, objects } = it;
      const ms = await child.call('run', { verb, objects, threads, passes: PASSES });
      rounds.add(nameOf(it, threads), (objects * at.blocks * BLOCK_SIZE) / MB / (ms / 1000));
    }
  }
}

function rowsOf(rounds: Rounds, it: Case): Row[] {
  const [one, two] = THREADS.map((threads) => nameOf(it, threads));
  if (one === undefined || two === undefined) return [];
  const peer = { what: one, values: rounds.get(one) };
  const goal = 'goal' in it ? { goal: it.goal } : {};
  return [
    toRow({ case: one, unit: 'MB/s', values: rounds.get(one) }),
    toRow({ case: two, unit: 'MB/s', values: rounds.get(two) }, { peer, ...goal }),
  ];
}

/** Whether there is a core for each worker and one for the event loop that feeds them. */
function coresForWorkers(): Conditions {
  const cores = availableParallelism();
  const most = Math.max(...THREADS);
  if (cores > most) return {};
  return { workers: `${cores} cores for ${most} workers and the event loop: two beside one says less here` };
}

/** The pool of the node: trees of the blocks are in its work. */
export const openWorkers: OpenSection = async ({ workspace }, { workerBlocks: blocks }) => {
  const child = await workspace.start<CoderCommands>('workers', PROCESS);
  await child.call('open', { threads: THREADS, objects: MOST_OBJECTS, blocks });
  await measure(child, new Rounds(), { round: 0, blocks });
  const rounds = new Rounds();
  return {
    name: 'workers',
    conditions: { workerBlocks: blocks, ...coresForWorkers() },
    measure: (round) => measure(child, rounds, { round, blocks }),
    rows: () => CASES.flatMap((it) => rowsOf(rounds, it)),
    stop: () => child.stop(() => child.call('close', undefined)),
  };
};
