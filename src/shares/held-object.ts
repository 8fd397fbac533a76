import type { ObjectId } from '../content/object-id.ts';
import type { Head } from '../objects/head.ts';
import type { StripedObject } from '../objects/stripe.ts';
import { storedSize } from '../objects/stored-size.ts';
import { commR } from '../proof/commitment.ts';
import { profilePasses } from '../proof/profile.ts';
import type { SetOutcome, ShareStat } from './shares.ts';

/** An object as its head tells it. */
export interface HeldObject {
  readonly id: ObjectId;
  readonly head: Head;
  /** The bytes of the head, which guard a removal. */
  readonly headBytes: Uint8Array;
}

/** What decides the layout of the object's stripes. */
export function stripedObject(object: HeldObject): StripedObject {
  const { kind, sizeBytes, profile } = object.head.statement;
  return { kind, sizeBytes, passes: profilePasses(profile) };
}

/** What callers get to know of an object. */
export function shareStat(object: HeldObject): ShareStat {
  const { kind, sizeBytes, count, profile } = object.head.statement;
  const storedBytes = storedSize(stripedObject(object), object.headBytes.length);
  return { id: object.id, kind, sizeBytes, count, profile, storedBytes, commitment: object.head.commitment };
}

/** The answer to a set that found or made `object`. */
export function setOutcome(object: HeldObject, held: boolean): SetOutcome {
  return { stat: shareStat(object), held, commR: commR(object.head.statement) };
}
