import type { Child } from '../framework/child.ts';
import { toRow } from '../framework/comparison.ts';
import type { Row } from '../framework/report.ts';
import { Rounds } from '../framework/rounds.ts';
import type { ProofName, Verifier, VerifyCommands } from '../support/verify-process.ts';
import type { OpenSection } from './section.ts';

const PROCESS = new URL('../support/verify-process.ts', import.meta.url);
/** Checks of one-leaf possession proofs per second and core that are asked for. */
const ASKED: Readonly<Record<Verifier, number>> = { TypeScript: 1000, native: 20_000 };

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

const rateName = (by: Verifier, { proof, profile }: Case): string => `verify, ${by}, ${profile}, ${proof}`;
const sizeName = ({ proof, profile }: Case): string => `size of a proof, ${profile}, ${proof}`;

interface Measured {
  readonly verifiers: readonly Verifier[];
  readonly rounds: Rounds;
}

async function measure(
  child: Child<VerifyCommands>,
  { verifiers, rounds }: Measured,
  minMs: number,
): Promise<void> {
  for (const it of CASES) {
    const { proof, passes } = it;
    for (const by of verifiers)
      rounds.add(rateName(by, it), await child.call('rate', { proof, passes, by, minMs }));
    rounds.add(sizeName(it), await child.call('size', { proof, passes }));
  }
}

function rateRow(rounds: Rounds, by: Verifier, it: Case): Row {
  const values = rounds.get(rateName(by, it));
  const asked = ASKED[by];
  const peer = {
    what: `asked for: ${asked.toLocaleString('en-US')} per core`,
    values: values.map(() => asked),
  };
  const judged = it.proof === 'possession, 1 leaf' ? { peer, goal: 1 } : undefined;
  return toRow({ case: rateName(by, it), unit: 'proofs/s', values }, judged);
}

function rowsOf({ verifiers, rounds }: Measured): Row[] {
  return [
    ...verifiers.flatMap((by) => CASES.map((it) => rateRow(rounds, by, it))),
    ...CASES.map((it) => toRow({ case: sizeName(it), unit: 'bytes', values: rounds.get(sizeName(it)) })),
  ];
}

/** Proofs checked from their bytes alone, on one core. */
export const openVerifiers: OpenSection = async ({ workspace }, { fileBlocks, minMs }) => {
  const child = await workspace.start<VerifyCommands>('verifier', PROCESS);
  await child.call('prepare', { blocks: fileBlocks });
  const verifiers: readonly Verifier[] = (await child.call('isNative', undefined))
    ? ['native', 'TypeScript']
    : ['TypeScript'];
  await measure(child, { verifiers, rounds: new Rounds() }, minMs);
  const measured = { verifiers, rounds: new Rounds() };
  return {
    name: 'verifiers',
    conditions: { verifiedProofs: '32 of each kind in turn, one statement' },
    measure: () => measure(child, measured, minMs),
    rows: () => rowsOf(measured),
    stop: () => child.kill(),
  };
};
