import { HASH_SIZE } from '../content/geometry.ts';
import { parseObjectId } from '../content/object-id.ts';
import { ProvenderError } from '../content/provender-error.ts';
import {
  type Challenge as WireChallenge,
  type ProofItem as WireProofItem,
  type ShareProof as WireShareProof,
  type ShareQuestion as WireShareQuestion,
  ProofForm as WireForm,
  ProofMode as WireMode,
} from '../generated/provender/v1/proof.ts';
import { type Challenge, PROOF_FORM, PROOF_MODE } from '../proof/challenge.ts';
import type { ProofItem, ShareProof, ShareQuestion } from '../shares/shares.ts';
import { asBuffer } from './data-codec.ts';
import { fromErrorDetail, toErrorDetail } from './error-map.ts';
import { present } from './wire-shapes.ts';

/** Both ends' view of the messages that ask for proofs and carry them; each pair is inverse to the other. */
const EMPTY = Buffer.alloc(0);

/** Numbers of the wire and of the format; the wire keeps 0 for what is not said. */
const FORMS: readonly (readonly [WireForm, number])[] = [
  [WireForm.PROOF_FORM_POSSESSION, PROOF_FORM.possession],
  [WireForm.PROOF_FORM_RELATION, PROOF_FORM.relation],
  [WireForm.PROOF_FORM_WHOLE, PROOF_FORM.whole],
  [WireForm.PROOF_FORM_UNSPECIFIED, PROOF_FORM.possession],
];
const MODES: readonly (readonly [WireMode, number])[] = [
  [WireMode.PROOF_MODE_AUDIT, PROOF_MODE.audit],
  [WireMode.PROOF_MODE_INIT, PROOF_MODE.init],
  [WireMode.PROOF_MODE_INIT_ALONE, PROOF_MODE.initAlone],
  [WireMode.PROOF_MODE_REWARD_AUDIT, PROOF_MODE.rewardAudit],
  [WireMode.PROOF_MODE_UNSPECIFIED, PROOF_MODE.audit],
];

/** @throws ProvenderError `PROVENDER_INVALID` for a mode or form that the format does not know */
export function questionToWire({ id, challenge }: ShareQuestion): WireShareQuestion {
  const { beacon, k, form, mode } = challenge;
  const wire = {
    beacon: asBuffer(beacon),
    k,
    form: numberOnWire(FORMS, form, 'form'),
    mode: numberOnWire(MODES, mode, 'mode'),
  };
  return { objectId: asBuffer(id), challenge: wire };
}

/**
 * Reads a question; whether the challenge exists for the object is for the service to say.
 * @throws ProvenderError `PROVENDER_INVALID` for an id or beacon of another length, a missing challenge, an unknown mode or form
 */
export function questionFromWire(question: WireShareQuestion | undefined): ShareQuestion {
  if (question === undefined) throw new ProvenderError('PROVENDER_INVALID', 'the request has no question');
  const { objectId, challenge } = question;
  return { id: parseObjectId(objectId), challenge: challengeFromWire(challenge) };
}

function challengeFromWire(challenge: WireChallenge | undefined): Challenge {
  if (challenge === undefined) throw new ProvenderError('PROVENDER_INVALID', 'the question has no challenge');
  const { beacon, k, form, mode } = challenge;
  if (beacon.length !== HASH_SIZE) {
    throw new ProvenderError('PROVENDER_INVALID', `beacon: ${beacon.length} bytes, not ${HASH_SIZE}`, {
      details: { found: beacon.length, expected: HASH_SIZE },
    });
  }
  return { beacon, k, form: numberInFormat(FORMS, form, 'form'), mode: numberInFormat(MODES, mode, 'mode') };
}

function numberOnWire<T>(table: readonly (readonly [T, number])[], number: number, what: string): T {
  const row = table.find(([, known]) => known === number);
  if (row === undefined) throw unknown(what, number);
  return row[0];
}

function numberInFormat<T>(table: readonly (readonly [T, number])[], number: T, what: string): number {
  const row = table.find(([known]) => known === number);
  if (row === undefined) throw unknown(what, Number(number));
  return row[1];
}

function unknown(what: string, found: number): ProvenderError {
  return new ProvenderError('PROVENDER_INVALID', `${what} ${found} of a challenge is not known`, {
    details: { found },
  });
}

export function proofToWire({ id, commitment, proof, collection }: ShareProof): WireShareProof {
  return {
    objectId: asBuffer(id),
    commitment: asBuffer(commitment),
    proof: asBuffer(proof),
    collectionId: collection === undefined ? EMPTY : asBuffer(collection.id),
    position: collection?.position ?? 0,
  };
}

/** @throws ProvenderError `PROVENDER_CORRUPT` when a node answers without it; `PROVENDER_INVALID` for values outside the bounds */
export function proofFromWire(answer: WireShareProof | undefined): ShareProof {
  const { objectId, commitment, proof, collectionId, position } = present(answer, 'proof');
  const base = { id: parseObjectId(objectId), commitment, proof };
  if (collectionId.length === 0) return base;
  return { ...base, collection: { id: parseObjectId(collectionId), position } };
}

export function proofItemToWire(item: ProofItem): WireProofItem {
  const objectId = asBuffer(item.id);
  if ('error' in item) return { objectId, proof: undefined, error: toErrorDetail(item.error) };
  return { objectId, proof: proofToWire(item.proof), error: undefined };
}

export function proofItemFromWire({ objectId, proof, error }: WireProofItem): ProofItem {
  const id = parseObjectId(objectId);
  return error === undefined ? { id, proof: proofFromWire(proof) } : { id, error: fromErrorDetail(error) };
}
