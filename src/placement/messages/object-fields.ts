import { byteCount, HASH_SIZE } from '../../content/geometry.ts';
import {
  checkObjectFacts,
  type ObjectFacts,
  type ObjectId,
  parseObjectId,
  parseObjectKind,
} from '../../content/object-id.ts';
import { profilePasses } from '../../proof/profile.ts';
import type { MessageReader } from './message-reader.ts';
import { checkNumber, type MessageWriter } from './message-writer.ts';

/** The most replicas that an object may ask for. @see storer-selection.md, before section 1 */
export const MAX_REPLICAS = 16;
/** The last attempt of a placement; the first is 0. @see storer-selection.md, section 4 */
export const LAST_ATTEMPT = 3;

/** objectId ‖ u8 kind ‖ u64 size ‖ u32 count: what a message says of an object, without its data root. */
export interface ObjectFields extends Omit<ObjectFacts, 'dataRoot'> {
  readonly id: ObjectId;
}

/** @throws ProvenderError `PROVENDER_INVALID` when size and count do not fit the kind */
export function readObjectFields(reader: MessageReader): ObjectFields {
  const id = parseObjectId(reader.bytes(HASH_SIZE));
  const kind = parseObjectKind(reader.u8());
  const sizeBytes = byteCount(reader.u64(), 'object size');
  const fields = { id, kind, sizeBytes, count: reader.u32() };
  checkObjectFacts(fields);
  return fields;
}

/** @throws ProvenderError `PROVENDER_INVALID` when size and count do not fit the kind */
export function writeObjectFields(writer: MessageWriter, fields: ObjectFields): void {
  checkObjectFacts(fields);
  writer.bytes(fields.id, HASH_SIZE).u8(fields.kind).u64(BigInt(fields.sizeBytes)).u32(fields.count);
}

/** N. @throws ProvenderError `PROVENDER_INVALID` unless it is from 1 to 16 */
export function checkReplicas(replicas: number): number {
  return checkNumber('replicas', replicas, { least: 1, most: MAX_REPLICAS });
}

/** @throws ProvenderError `PROVENDER_INVALID` unless it is from 0 to 3 */
export function checkAttempt(attempt: number): number {
  return checkNumber('attempt', attempt, { least: 0, most: LAST_ATTEMPT });
}

/** Profile of an object in the header of a message. @throws ProvenderError `PROVENDER_UNSUPPORTED` for an unknown one */
export function checkProfile<H extends { readonly profile: number }>(header: H): H {
  profilePasses(header.profile);
  return header;
}
