import { OBJECT_KIND, type ObjectId, objectIdHex } from '../../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import type { LoneChunk, ObjectStore } from '../../objects/object-store.ts';
import { throwIfAborted } from '../abort.ts';
import { AnswerRoom } from './answer-room.ts';
import { BATCH_CHUNKS, type Places } from '../reading/chunk-finder.ts';
import type { DamageReports } from '../damage-reports.ts';
import { notFound } from '../heads.ts';
import type { HeldObject } from '../held-object.ts';
import { proveChunk } from './prove-chunk.ts';
import { proveStriped, type StripedProverParts } from './prove-striped.ts';
import type { ProofItem, ShareProof, ShareQuestion } from '../shares.ts';
import { placedStat, type StatParts } from '../stat-share.ts';

/** What the verbs that prove shares work with. */
export interface ProverParts extends StatParts, StripedProverParts {
  readonly store: ObjectStore;
  readonly damage: DamageReports;
}

/** A question and its place in the call. */
interface Asked extends ShareQuestion {
  readonly at: number;
}

/**
 * Proves a file.
 * @throws ProvenderError `PROVENDER_NOT_FOUND`, `PROVENDER_INVALID` for a challenge that does not exist for it, `PROVENDER_CORRUPT`
 */
export async function proveFile(
  parts: ProverParts,
  { id, challenge }: ShareQuestion,
  signal: AbortSignal,
): Promise<ShareProof> {
  const object = await parts.heads.find(id, OBJECT_KIND.file);
  if (object === undefined) throw notFound('file', id);
  const proof = await proveStriped(parts, { object, challenge, room: new AnswerRoom() }, signal);
  return { id, commitment: object.head.commitment, proof };
}

/**
 * Proves at most 64 chunks, alone or by the collections that they are in, or collections. The answer keeps the order, a failure its place. Lone
 * chunks are read in one crossing.
 * @throws ProvenderError `PROVENDER_INVALID` for more questions; what ends all of them
 */
export async function proveShares(
  parts: ProverParts,
  questions: readonly ShareQuestion[],
  signal: AbortSignal,
): Promise<readonly ProofItem[]> {
  checkCount(questions.length);
  const room = new AnswerRoom();
  const items = new Array<ProofItem | undefined>(questions.length);
  const chunks = await parts.store.getChunks(questions.map(({ id }) => id));
  const others: Asked[] = [];
  for (const [at, { id, challenge }] of questions.entries()) {
    const chunk = chunks[at];
    if (chunk === undefined) others.push({ at, id, challenge });
    else items[at] = await itemOf(id, () => proveLone(parts, chunk, { id, challenge }, room));
  }
  const found = others.length === 0 ? [] : await holders(parts, others);
  for (const [i, { at, id, challenge }] of others.entries()) {
    throwIfAborted(signal);
    items[at] = await itemOf(id, async () => {
      const { object, collection } = await holder(parts, id, found[i]);
      const proof = await proveStriped(parts, { object, challenge, room }, signal);
      return { id, commitment: object.head.commitment, proof, ...(collection && { collection }) };
    });
    throwIfAborted(signal); // not an answer to one question
  }
  return questions.map(({ id }, at) => items[at] ?? { id, error: notFound('chunk or collection', id) });
}

function checkCount(found: number): void {
  if (found <= BATCH_CHUNKS) return;
  throw new ProvenderError('PROVENDER_INVALID', `${found} questions, limit ${BATCH_CHUNKS}`, {
    details: { found, limit: BATCH_CHUNKS },
  });
}

/** Lets our own errors be answers; others go on. */
async function itemOf(id: ObjectId, prove: () => Promise<ShareProof>): Promise<ProofItem> {
  try {
    return { id, proof: await prove() };
  } catch (error) {
    if (!isProvenderError(error)) throw error;
    return { id, error };
  }
}

async function proveLone(
  { heads, damage }: ProverParts,
  chunk: LoneChunk | ProvenderError,
  { id, challenge }: ShareQuestion,
  room: AnswerRoom,
): Promise<ShareProof> {
  if (isProvenderError(chunk)) throw await heads.unreadable(id, chunk);
  const { head } = await heads.decode(id, chunk.head);
  const proof = proveChunk(head.statement, chunk.block, challenge);
  if (proof === undefined) throw await damage.report(chunkDamage(id));
  room.take(proof.length);
  return { id, commitment: head.commitment, proof };
}

function chunkDamage(id: ObjectId): { key: string; block: number; reason: string } {
  return { key: `c/${objectIdHex(id)}`, block: 0, reason: 'the replica does not fit its root' };
}

/** What may hold a chunk that is not stored alone: the object of this id itself, or places in collections. */
interface Holders {
  readonly self: HeldObject | ProvenderError | undefined;
  readonly places: Places | undefined;
}

async function holders({ heads, finder }: ProverParts, asked: readonly Asked[]): Promise<readonly Holders[]> {
  const [selves, places] = await Promise.all([
    Promise.all(asked.map(({ id }) => heads.find(id, OBJECT_KIND.collection).catch(asProvenderError))),
    finder.places(asked.map(({ id }) => id)),
  ]);
  return asked.map((_, i) => ({ self: selves[i], places: places[i] }));
}

function asProvenderError(error: unknown): ProvenderError {
  if (isProvenderError(error)) return error;
  throw error;
}

/** The object whose proof is that of the share: the first place whose manifest names the chunk. */
async function holder(
  parts: ProverParts,
  id: ObjectId,
  found: Holders | undefined,
): Promise<{ object: HeldObject; collection?: { id: ObjectId; position: number } }> {
  const { self, places } = found ?? {};
  if (isProvenderError(self)) throw self;
  if (self !== undefined) return { object: self };
  let failure = places?.error;
  for (const place of places?.places ?? []) {
    try {
      const { collection } = await placedStat(parts, place);
      return { object: place.object, ...(collection && { collection }) };
    } catch (error) {
      if (!isProvenderError(error)) throw error;
      failure = error;
    }
  }
  throw failure ?? notFound('chunk or collection', id);
}
