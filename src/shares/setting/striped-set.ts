import {
  compareBytes,
  type ObjectFacts,
  type ObjectId,
  objectId,
  objectIdHex,
} from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { Tag } from '../../objects/tag.ts';
import { throwIfAborted } from '../abort.ts';
import type { ByteStage } from './byte-stage.ts';
import type { EncodedReplica } from './head-signing.ts';
import { setOutcome } from '../held-object.ts';
import type { RunningCall } from '../running-calls.ts';
import type { SetParts } from './share-parts.ts';
import type { PlacedName, SetOutcome } from '../shares.ts';
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
  /** Appends all bytes of the object. */
  fill(stage: ByteStage): Promise<void>;
}

/** Starts staging; when that fails, the sender is not waited for in vain. */
export function beginStaging(parts: SetParts, call: RunningCall, id?: ObjectId): Promise<Tag> {
  const tag = parts.staged.begin(id);
  tag.catch((error: unknown) => call.fail(asFailure(error)));
  return tag;
}

/** Drops what was staged, if staging began at all. */
export async function discardBegun(parts: SetParts, begun: Promise<Tag>): Promise<void> {
  const [tag] = await Promise.allSettled([begun]);
  if (tag.status === 'fulfilled') await parts.staged.discard(tag.value);
}

/**
 * Signs what is staged and makes it exist; when the object is held meanwhile, what is staged is dropped. An abort that comes after publishing has
 * started has no effect.
 */
export async function publishStaged(
  parts: SetParts,
  { tag, facts, replica, call }: { tag: Tag; facts: ObjectFacts; replica: EncodedReplica; call: RunningCall },
): Promise<SetOutcome> {
  throwIfAborted(call.signal);
  const signed = parts.signing.sign(tag, facts, replica);
  const { held, head } = await parts.staged.publish(tag, signed.id, signed.headBytes);
  if (!held) return setOutcome(signed, false);
  await parts.staged.discard(tag);
  return setOutcome(await parts.heads.decode(signed.id, head), true);
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
