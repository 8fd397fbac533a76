import { type Challenge, PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { kernelInfo, verifyProof } from '../../src/proof/kernels.ts';
import { verifyReplicaProof } from '../../src/proof/verify-replica.ts';
import { serveCommands } from '../framework/commands.ts';
import { content } from './content.ts';
import { perCoreSecond } from './rate.ts';
import { MadeReplica } from './replica-made.ts';

/** Proofs of one kind that are checked in turn, so that no answer is in the cache of the one before. */
const PROOFS = 32;
const INIT_LEAVES = 132;

/** Kinds of proofs of an object of more than 32 blocks. */
export type ProofName =
  | 'possession, 1 leaf'
  | 'possession, 32 leaves'
  | 'relation, 1 leaf'
  | 'relation, init';

const CHALLENGES: Readonly<Record<ProofName, Omit<Challenge, 'beacon'>>> = {
  'possession, 1 leaf': { mode: PROOF_MODE.audit, form: PROOF_FORM.possession, k: 1 },
  'possession, 32 leaves': { mode: PROOF_MODE.audit, form: PROOF_FORM.possession, k: 32 },
  'relation, 1 leaf': { mode: PROOF_MODE.audit, form: PROOF_FORM.relation, k: 1 },
  'relation, init': { mode: PROOF_MODE.init, form: PROOF_FORM.relation, k: INIT_LEAVES },
};

/** Who checks: the plain reference, or the path of the addon that a node would take. */
export type Verifier = 'TypeScript' | 'native';

const VERIFIERS = { TypeScript: verifyReplicaProof, native: verifyProof } as const;

interface Sample {
  readonly challenge: Challenge;
  readonly proof: Uint8Array;
}

interface Which {
  readonly passes: number;
  readonly proof: ProofName;
}

let blocks = 0;
const made = new Map<number, MadeReplica>();
const samples = new Map<string, readonly Sample[]>();

function replicaOf(passes: number): MadeReplica {
  const replica = made.get(passes) ?? MadeReplica.make(passes, { blocks, passes });
  made.set(passes, replica);
  return replica;
}

function samplesOf({ passes, proof }: Which): readonly Sample[] {
  const name = `${passes} ${proof}`;
  const known =
    samples.get(name) ??
    Array.from({ length: PROOFS }, (_, i) => {
      const challenge = { ...CHALLENGES[proof], beacon: content(i, 32) };
      return { challenge, proof: replicaOf(passes).prove(challenge) };
    });
  samples.set(name, known);
  return known;
}

/** Checks proofs over and over for at least `minMs`; proofs per second of one core. */
function rateOf(which: Which, by: Verifier, minMs: number): number {
  const all = samplesOf(which);
  const { statement } = replicaOf(which.passes);
  let next = 0;
  return perCoreSecond(minMs, () => {
    const { challenge, proof } = all[next++ % all.length] ?? {};
    if (challenge === undefined || proof === undefined) throw new Error('no proof');
    const verdict = VERIFIERS[by](statement, challenge, proof);
    if (!verdict.ok) throw new Error(`a good proof was rejected: ${verdict.reason}`);
    return 1;
  });
}

const commands = {
  /** Says how many blocks the objects have; they are made when they are asked for. */
  prepare: async (input: { blocks: number }) => {
    blocks = input.blocks;
  },
  /** Whether there is a native verifier to measure. */
  isNative: async () => kernelInfo().native,
  rate: async ({ minMs, by, ...which }: Which & { by: Verifier; minMs: number }) => rateOf(which, by, minMs),
  /** Mean length of a proof, bytes. */
  size: async (which: Which) => samplesOf(which).reduce((sum, { proof }) => sum + proof.length, 0) / PROOFS,
};

/** What this process can do. */
export type VerifyCommands = typeof commands;

serveCommands(commands);
