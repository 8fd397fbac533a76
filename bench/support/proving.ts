import { randomBytes } from 'node:crypto';
import type { ObjectId } from '../../src/content/object-id.ts';
import { type Challenge, PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { decodeCommitment } from '../../src/proof/commitment.ts';
import { verifyReplicaProof } from '../../src/proof/verify-replica.ts';
import type { ProvenderClient } from '../../src/rpc/client/index.ts';
import type { ShareProof } from '../../src/shares/shares.ts';
import { eachInFlight, timed } from './each.ts';

/** Questions of one VerifyShares. @see spec/grpc.md, section 2 */
const BATCH = 64;
const INIT_LEAVES = 132;
/** The client does not check what it gets: how fast that is the verifiers' rows tell. */
const UNCHECKED = { verify: false } as const;

/** What may be asked: one leaf of the replica, or all that convinces a primary of a new replica. */
export type Asked = 'leaf' | 'init';

/** How much to ask. */
export interface ProofLoad {
  readonly calls: number;
  readonly inFlight: number;
}

/** The client and what it has set. */
export interface Prover {
  node(): ProvenderClient;
  ids(kind: 'chunks' | 'collections' | 'files'): readonly ObjectId[];
}

/** A challenge that nobody could foresee. */
function challengeOf(asked: Asked): Challenge {
  const beacon = new Uint8Array(randomBytes(32));
  return asked === 'leaf'
    ? { mode: PROOF_MODE.audit, form: PROOF_FORM.possession, k: 1, beacon }
    : { mode: PROOF_MODE.init, form: PROOF_FORM.relation, k: INIT_LEAVES, beacon };
}

/** Id number `index` of a list, over and over. */
function idAt(ids: readonly ObjectId[], index: number): ObjectId {
  const id = ids[index % ids.length];
  if (id === undefined) throw new Error('nothing was set');
  return id;
}

function checkProof({ commitment, proof }: ShareProof, challenge: Challenge): void {
  const verdict = verifyReplicaProof(decodeCommitment(commitment), challenge, proof);
  if (!verdict.ok) throw new Error(`a proof of the node is rejected: ${verdict.reason}, ${verdict.detail}`);
}

/** Commands of a client that has things proven. */
export function provingCommands(prover: Prover) {
  const batch = async (kind: 'chunks' | 'collections', call: number, check: boolean): Promise<void> => {
    const ids = prover.ids(kind);
    const questions = Array.from({ length: BATCH }, (_, i) => ({
      id: idAt(ids, call * BATCH + i),
      challenge: challengeOf('leaf'),
    }));
    const answers = await prover.node().verifyShares(questions, UNCHECKED);
    for (const [i, answer] of answers.entries()) {
      if ('error' in answer) throw answer.error;
      const challenge = questions[i]?.challenge;
      if (check && challenge !== undefined) checkProof(answer.proof, challenge);
    }
  };
  const file = async (index: number, asked: Asked, check: boolean): Promise<void> => {
    const challenge = challengeOf(asked);
    const question = { id: idAt(prover.ids('files'), index), challenge };
    const proof = await prover.node().verifyFile(question, UNCHECKED);
    if (check) checkProof(proof, challenge);
  };
  return {
    /** VerifyShares of 64, one leaf each, over the lone chunks or the collections; `calls` batches. */
    proveShares: async ({ kind, calls, inFlight }: ProofLoad & { kind: 'chunks' | 'collections' }) =>
      timed(() => eachInFlight(calls, inFlight, (call) => batch(kind, call, false))),
    /** VerifyFile over the files. */
    proveFiles: async ({ asked, calls, inFlight }: ProofLoad & { asked: Asked }) =>
      timed(() => eachInFlight(calls, inFlight, (call) => file(call, asked, false))),
    /** Asks for proofs of what was set and checks them from their bytes; not measured. */
    checkProofs: async ({ asked }: { asked: readonly Asked[] }) => {
      if (prover.ids('chunks').length > 0) await batch('chunks', 0, true);
      if (prover.ids('collections').length > 0) await batch('collections', 0, true);
      if (prover.ids('files').length > 0) for (const one of asked) await file(0, one, true);
    },
  };
}
