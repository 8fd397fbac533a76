import {
  compareBytes,
  type ObjectFacts,
  type ObjectId,
  objectId,
  objectIdHex,
} from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { SetResult } from '../../objects/object-store.ts';
import type { Tag } from '../../objects/tag.ts';
import { throwIfAborted } from '../abort.ts';
import type { ByteStage } from './byte-stage.ts';
import type { EncodedReplica } from './head-signing.ts';
import { type HeldObject, setOutcome, shareStat } from '../held-object.ts';
import { payAndPublish } from './paid-set.ts';
import type { Reservation } from '../quota.ts';
import type { RunningCall } from '../running-calls.ts';
import type { SetParts } from './share-parts.ts';
import type { PaidSet, PlacedName, SetOutcome } from '../shares.ts';
import type { StripeBuffer } from '../memory/stripe-buffers.ts';
import type { StripeChunks } from './stripe-stage.ts';

/** What is known of a file or collection before its first byte. */
export interface StripedShape {
  readonly shape: Omit<ObjectFacts, 'dataRoot'>;
  readonly profile: number;
  /** The id that the sender declared. */
  readonly id?: ObjectId;
  /** The name that the sender declared, with the id. */
  readonly placed?: PlacedName;
}

/** The set of a file or collection, from the first byte to the published head. */
export interface StripedSet extends StripedShape {
  readonly call: RunningCall;
  readonly chunks?: StripeChunks;
  /** A stripe buffer that belongs to the caller, for what is staged as it is. */
  readonly own?: StripeBuffer;
  readonly paid?: PaidSet;
  /** Held back for all that the set writes. */
  readonly room: Reservation;
  /** Appends all bytes of the object. */
  fill(stage: ByteStage): Promise<void>;
}

/** Starts staging; when that fails, the sender is not waited for in vain. */
export function beginStaging(
  parts: SetParts,
  call: RunningCall,
  options: { id?: ObjectId | undefined; paid?: PaidSet | undefined },
): Promise<Tag> {
  const { id, paid } = options;
  const tag = parts.staged.begin({ ...(id && { id }), ...(paid && { operation: paid.operation }) });
  tag.catch((error: unknown) => call.fail(asFailure(error)));
  return tag;
}

/** Drops what was staged, if staging began at all. */
export async function discardBegun(parts: SetParts, begun: Promise<Tag>): Promise<void> {
  const [tag] = await Promise.allSettled([begun]);
  if (tag.status === 'fulfilled') await parts.staged.discard(tag.value);
}

/** What is staged, whole and durable. */
export interface StagedObject {
  readonly tag: Tag;
  readonly facts: ObjectFacts;
  readonly replica: EncodedReplica;
}

/**
 * Signs what is staged, lets its payment be committed, and makes it exist; when the object is held meanwhile, what is staged is dropped. An abort that
 * comes after the payment or publishing has started has no effect.
 */
export async function publishStaged(
  parts: SetParts,
  set: Pick<StripedSet, 'call' | 'paid' | 'room'>,
  { tag, facts, replica }: StagedObject,
): Promise<SetOutcome> {
  throwIfAborted(set.call.signal);
  const signed = parts.signing.sign(tag, facts, replica);
  const { held, head } = await (set.paid === undefined
    ? parts.staged.publish(tag, signed.id, signed.headBytes)
    : publishPaid(parts, { ...set, paid: set.paid }, { tag, signed }));
  if (!held) return setOutcome(signed, false);
  await parts.staged.discard(tag);
  return setOutcome(await parts.heads.decode(signed.id, head), true);
}

/** What is held already is not paid for. */
async function publishPaid(
  parts: SetParts,
  { call, paid, room }: Pick<StripedSet, 'call' | 'room'> & { paid: PaidSet },
  { tag, signed }: { tag: Tag; signed: HeldObject },
): Promise<SetResult> {
  const { id, headBytes } = signed;
  const standing = await parts.staged.prepare(id, headBytes);
  if (standing !== undefined) return { held: true, head: standing };
  throwIfAborted(call.signal);
  const offered = { share: { id, tag, head: headBytes }, paid, room, bytes: shareStat(signed).storedBytes };
  return payAndPublish(parts, offered, () => parts.staged.publish(tag, id, headBytes));
}

/** @throws ProvenderError `PROVENDER_INVALID` when the bytes have another id than was declared */
export function checkDeclaredId(declared: ObjectId | undefined, facts: ObjectFacts): void {
  if (declared === undefined) return;
  const found = objectId(facts);
  if (compareBytes(found, declared) === 0) return;
  throw new ProvenderError(
    'PROVENDER_INVALID',
    `the bytes are ${objectIdHex(found)}, declared was ${objectIdHex(declared)}; hash them again and repeat`,
    { details: { found: objectIdHex(found), declared: objectIdHex(declared) } },
  );
}

function asFailure(error: unknown): ProvenderError {
  if (error instanceof ProvenderError) return error;
  return new ProvenderError('PROVENDER_INTERNAL', 'staging could not start', { cause: error });
}
