import {
  compareBytes,
  type ObjectFacts,
  type ObjectId,
  objectId,
  objectIdHex,
} from '../content/object-id.ts';
import { ProvenderError } from '../content/provender-error.ts';
import type { Tag } from '../objects/tag.ts';
import { throwIfAborted } from './abort.ts';
import { setOutcome } from './held-object.ts';
import type { RunningCall } from './running-calls.ts';
import type { SetParts } from './share-parts.ts';
import type { SetOutcome } from './shares.ts';
import type { StripeBuffer } from './stripe-buffers.ts';
import { type StripeChunks, StripeStage } from './stripe-stage.ts';

/** One staging, from the first byte to the published head. */
export interface StripedSet {
  readonly shape: Omit<ObjectFacts, 'dataRoot'>;
  readonly call: RunningCall;
  /** The id that the sender declared. */
  readonly id?: ObjectId;
  readonly chunks?: StripeChunks;
  readonly own?: StripeBuffer;
  /** Appends all bytes of the object. */
  fill(stage: StripeStage): Promise<void>;
}

/**
 * Stages a file or collection and publishes it. Whatever fails, nothing of it is left when this ends: no staged data and no buffer.
 * An abort that comes after publishing has started has no effect.
 *
 * @throws ProvenderError `PROVENDER_INVALID` when the bytes have another id than was declared; the failure of `fill` or of the store
 */
export async function setStriped(parts: SetParts, set: StripedSet): Promise<SetOutcome> {
  const { store, hasher, buffers } = parts;
  const { shape, call, chunks, own } = set;
  const object = { kind: shape.kind, sizeBytes: shape.sizeBytes, passes: 0 };
  const tag = parts.staged.begin(set.id);
  tag.catch((error: unknown) => call.fail(asFailure(error))); // the sender is not waited for in vain
  const optional = { ...(chunks && { chunks }), ...(own && { own }) };
  const stage = new StripeStage({ store, hasher, buffers, object, tag, call, ...optional });
  try {
    await set.fill(stage);
    const facts = { ...shape, dataRoot: await stage.finish() };
    checkDeclaredId(set.id, facts);
    const signed = parts.signing.sign(await tag, facts);
    await stage.written();
    throwIfAborted(call.signal);
    const { held, head } = await parts.staged.publish(signed.head.tag, signed.id, signed.headBytes);
    if (!held) return setOutcome(signed, false);
    await parts.staged.discard(signed.head.tag);
    return setOutcome(await parts.heads.decode(signed.id, head), true);
  } catch (error) {
    await stage.abandon();
    await discardBegun(parts, tag);
    throw error;
  }
}

async function discardBegun(parts: SetParts, begun: Promise<Tag>): Promise<void> {
  const [tag] = await Promise.allSettled([begun]);
  if (tag.status === 'fulfilled') await parts.staged.discard(tag.value);
}

function checkDeclaredId(declared: ObjectId | undefined, facts: ObjectFacts): void {
  if (declared === undefined) return;
  const found = objectId(facts);
  if (compareBytes(found, declared) === 0) return;
  throw new ProvenderError(
    'PROVENDER_INVALID',
    `the bytes are ${objectIdHex(found)}, declared was ${objectIdHex(declared)}; hash the file again and repeat`,
    { details: { found: objectIdHex(found), declared: objectIdHex(declared) } },
  );
}

function asFailure(error: unknown): ProvenderError {
  if (error instanceof ProvenderError) return error;
  return new ProvenderError('PROVENDER_INTERNAL', 'staging could not start', { cause: error });
}
