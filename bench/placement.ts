import type { Benchmark, BenchContext, BenchOutcome } from './framework/benchmark.ts';
import type { OpenPlacementSection, PlacementSection, PlacementSizes } from './placement/section.ts';
import { openVrf } from './placement/vrf.ts';

const FULL: PlacementSizes = { rounds: 5, minMs: 1000 };
const QUICK: PlacementSizes = { rounds: 1, minMs: 50 };

/** One after the other: a machine of few cores has room for one. */
const SECTIONS: readonly OpenPlacementSection[] = [openVrf];

async function measureSection(
  open: OpenPlacementSection,
  context: BenchContext,
  sizes: PlacementSizes,
): Promise<PlacementSection> {
  const { progress } = context;
  const section = await progress.step('start and warm-up', () => open(context, sizes));
  for (let round = 0; round < sizes.rounds; round++) {
    await progress.step(`${section.name}, round ${round + 1}`, () => section.measure(round));
  }
  await section.stop();
  return section;
}

async function run(context: BenchContext): Promise<BenchOutcome> {
  const { options, progress } = context;
  const base = options.quick ? QUICK : FULL;
  const sizes = { ...base, rounds: options.rounds ?? base.rounds };
  progress.plan(SECTIONS.length * (1 + sizes.rounds));
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
  summary: 'the lottery: VRF proofs made and checked per core, beside Ed25519',
  run,
};
