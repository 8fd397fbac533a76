import { BLOCK_SIZE } from '../src/content/geometry.ts';
import type { Benchmark, BenchContext, BenchOutcome } from './framework/benchmark.ts';
import { openKernels } from './proofs/kernel-section.ts';
import type { OpenSection, ProofSizes, Section } from './proofs/section.ts';
import { openService } from './proofs/service-section.ts';
import { openVerifiers } from './proofs/verify-section.ts';
import { openWorkers } from './proofs/worker-section.ts';
import { MB } from './support/rate.ts';

const FULL: ProofSizes = {
  rounds: 5,
  minMs: 200,
  kernelBlocks: 24_415,
  workerBlocks: 8192,
  fileBlocks: 24_415,
  chunks: 100_000,
};
const QUICK: ProofSizes = {
  rounds: 1,
  minMs: 20,
  kernelBlocks: 1024,
  workerBlocks: 512,
  fileBlocks: 1024,
  chunks: 1024,
};

const SECTIONS: readonly OpenSection[] = [openKernels, openWorkers, openVerifiers, openService];

function sizesOf({ options }: BenchContext): ProofSizes {
  const base = options.quick ? QUICK : FULL;
  return { ...base, rounds: options.rounds ?? base.rounds, chunks: options.chunks ?? base.chunks };
}

/** The parts one after the other, for a machine of few cores has room for one: rounds of a part follow each other. */
async function measureSection(open: OpenSection, context: BenchContext, sizes: ProofSizes): Promise<Section> {
  const { progress } = context;
  const section = await progress.step('start and warm-up', () => open(context, sizes));
  for (let round = 0; round < sizes.rounds; round++) {
    await progress.step(`${section.name}, round ${round + 1}`, () => section.measure(round));
  }
  await section.stop();
  return section;
}

async function run(context: BenchContext): Promise<BenchOutcome> {
  const sizes = sizesOf(context);
  context.progress.plan(SECTIONS.length * (1 + sizes.rounds));
  const sections: Section[] = [];
  for (const open of SECTIONS) sections.push(await measureSection(open, context, sizes));
  const megabytes = (blocks: number): number => Number(((blocks * BLOCK_SIZE) / MB).toFixed(1));
  return {
    conditions: {
      rounds: sizes.rounds,
      measuredMsPerCase: sizes.minMs,
      megabytesPerFile: megabytes(sizes.fileBlocks),
      ...Object.assign({}, ...sections.map(({ conditions }) => conditions)),
    },
    rows: sections.flatMap((section) => section.rows()),
  };
}

/** Replicas and their proofs: kernels, workers, verification and the service. @see proof-of-replication.md, section 11 */
export const proofs: Benchmark = {
  name: 'proofs',
  summary: 'replicas and proofs: encode, decode, prove, verify; kernels, workers, service',
  run,
};
