import type { Benchmark, BenchContext, BenchOutcome } from './framework/benchmark.ts';
import { openNetwork } from './placement/network.ts';
import type { OpenPlacementSection, PlacementSection, PlacementSizes } from './placement/section.ts';
import { openVrf } from './placement/vrf.ts';
import { MB } from './support/rate.ts';

const FULL: PlacementSizes = {
  rounds: 5,
  minMs: 1000,
  network: { rounds: 1, storers: 12, replicas: 8, largeBytes: 100 * MB, smallBytes: MB },
};
/** Six storers and four replicas: two spares as always, and one holder left when three are dead. */
const QUICK: PlacementSizes = {
  rounds: 1,
  minMs: 50,
  network: { rounds: 1, storers: 6, replicas: 4, largeBytes: 4 * MB, smallBytes: 64_000 },
};

/** One after the other: a machine of few cores has room for one. */
const SECTIONS: readonly OpenPlacementSection[] = [openVrf, openNetwork];

function sizesOf({ quick, rounds }: BenchContext['options']): PlacementSizes {
  const base = quick ? QUICK : FULL;
  return rounds === undefined ? base : { ...base, rounds, network: { ...base.network, rounds } };
}

async function measureSection(
  open: OpenPlacementSection,
  context: BenchContext,
  sizes: PlacementSizes,
): Promise<PlacementSection> {
  const { progress } = context;
  const section = await progress.step('start and warm-up', () => open(context, sizes));
  const rounds = Array.from({ length: section.rounds }, (_, round) => section.steps(round));
  progress.plan(rounds.flat().length);
  for (const step of rounds.flat()) await progress.step(step.name, () => step.run());
  await section.stop();
  return section;
}

async function run(context: BenchContext): Promise<BenchOutcome> {
  const sizes = sizesOf(context.options);
  context.progress.plan(SECTIONS.length);
  const sections: PlacementSection[] = [];
  for (const open of SECTIONS) sections.push(await measureSection(open, context, sizes));
  return {
    conditions: {
      rounds: sizes.rounds,
      measuredMsPerCase: sizes.minMs,
      ...Object.assign({}, ...sections.map(({ conditions }) => conditions)),
    },
    rows: sections.flatMap((section) => section.rows()),
  };
}

/** The lottery and what rests on it. @see storer-selection.md, section 1, "Performance facts" */
export const placement: Benchmark = {
  name: 'placement',
  summary:
    'the lottery: VRF proofs per core; whole placements: time, connections, bytes, CPU, reads with dead holders',
  run,
};
