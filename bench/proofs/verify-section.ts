import type { Child } from '../framework/child.ts';
import { toRow } from '../framework/comparison.ts';
import type { Row } from '../framework/report.ts';
import { Rounds } from '../framework/rounds.ts';
import type { ProofName, VerifyCommands } from '../support/verify-process.ts';
import type { OpenSection } from './section.ts';

const PROCESS = new URL('../support/verify-process.ts', import.meta.url);
/** Checks of one-leaf possession proofs per second and core that are asked for. */
const ASKED = { typescript: 1000, native: 20_000 } as const;

interface Case {
  readonly proof: ProofName;
  readonly passes: number;
  readonly profile: string;
}

const CASES: readonly Case[] = [
  { passes: 1, profile: 'cat-1' },
  { passes: 2, profile: 'cat-2' },
].flatMap((of) =>
  (['possession, 1 leaf', 'possession, 32 leaves', 'relation, 1 leaf', 'relation, init'] as const).map(
    (proof) => ({ proof, ...of }),
  ),
);

const rateName = ({ proof, profile }: Case): string => `verify, TypeScript, ${profile}, ${proof}`;
const sizeName = ({ proof, profile }: Case): string => `size of a proof, ${profile}, ${proof}`;

async function measure(child: Child<VerifyCommands>, rounds: Rounds, minMs: number): Promise<void> {
  for (const it of CASES) {
    const { proof, passes } = it;
    rounds.add(rateName(it), await child.call('rate', { proof, passes, minMs }));
    rounds.add(sizeName(it), await child.call('size', { proof, passes }));
  }
}

function rowsOf(rounds: Rounds, it: Case): Row[] {
  const values = rounds.get(rateName(it));
  const asked = ASKED.typescript;
  const peer = { what: `asked for: ${asked} per core`, values: values.map(() => asked) };
  const judged = it.proof === 'possession, 1 leaf' ? { peer, goal: 1 } : undefined;
  return [
    toRow({ case: rateName(it), unit: 'proofs/s', values }, judged),
    toRow({ case: sizeName(it), unit: 'bytes', values: rounds.get(sizeName(it)) }),
  ];
}

/** Proofs checked from their bytes alone, on one core. */
export const openVerifiers: OpenSection = async ({ workspace }, { fileBlocks, minMs }) => {
  const child = await workspace.start<VerifyCommands>('verifier', PROCESS);
  await child.call('prepare', { blocks: fileBlocks });
  await measure(child, new Rounds(), minMs);
  const rounds = new Rounds();
  return {
    name: 'verifiers',
    conditions: { verifiedProofs: '32 of each kind in turn, one statement' },
    measure: () => measure(child, rounds, minMs),
    rows: () => CASES.flatMap((it) => rowsOf(rounds, it)),
    stop: () => child.kill(),
  };
};
