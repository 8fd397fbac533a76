import { checkProof } from '../../proof/check-proof.ts';
import type { Verdict } from '../../proof/verdict.ts';
import type { ProvenderError } from '../../content/provender-error.ts';
import type { ObjectId } from '../../content/object-id.ts';
import type { ProofItem, ShareProof, ShareQuestion } from '../../shares/shares.ts';
import { FILE_METHODS, SHARE_METHODS } from '../methods.ts';
import { proofFromWire, proofItemFromWire, questionToWire } from '../proof-wire.ts';
import type { Caller } from './caller.ts';
import { checkAnswer, type ReadOptions } from './share-calls.ts';

/** A proof, and what checking it here gave. */
export interface CheckedProof extends ShareProof {
  /** Whether the proof answers the question and the storer signed the Commitment; absent when the caller does not want it checked. */
  readonly verdict?: Verdict;
}

/** A checked proof of an answer, or why it is not there. */
export type CheckedItem =
  | { readonly id: ObjectId; readonly proof: CheckedProof }
  | { readonly id: ObjectId; readonly error: ProvenderError };

/** Has a chunk or a collection proven. */
export async function proveShare(
  caller: Caller,
  question: ShareQuestion,
  options: ReadOptions,
): Promise<CheckedProof> {
  const request = { question: questionToWire(question) };
  const { proof } = await caller.read(SHARE_METHODS.verifyShare, request, options);
  return checked(question, proofFromWire(proof), options);
}

/** Has at most 64 chunks or collections proven with one call. */
export async function proveBatch(
  caller: Caller,
  questions: readonly ShareQuestion[],
  options: ReadOptions,
): Promise<CheckedItem[]> {
  const request = { questions: questions.map(questionToWire) };
  const { items } = await caller.read(SHARE_METHODS.verifyShares, request, options);
  const found = items.map(proofItemFromWire);
  checkAnswer(
    questions.map(({ id }) => id),
    found,
  );
  return questions.flatMap((question, i) => {
    const item = found[i];
    return item === undefined ? [] : [checkedItem(question, item, options)];
  });
}

/** Has a file proven. */
export async function proveFile(
  caller: Caller,
  question: ShareQuestion,
  options: ReadOptions,
): Promise<CheckedProof> {
  const request = { question: questionToWire(question) };
  const { proof } = await caller.read(FILE_METHODS.verifyFile, request, options);
  return checked(question, proofFromWire(proof), options);
}

function checkedItem(question: ShareQuestion, item: ProofItem, options: ReadOptions): CheckedItem {
  return 'error' in item ? item : { id: item.id, proof: checked(question, item.proof, options) };
}

/** What has to be proven is the object itself, or the collection that the answer names. */
function checked(
  { id, challenge }: ShareQuestion,
  answer: ShareProof,
  { verify }: ReadOptions,
): CheckedProof {
  const proof = { ...answer, id };
  if (verify === false) return proof;
  return { ...proof, verdict: checkProof(proof, { challenge, id: proof.collection?.id ?? id }) };
}
