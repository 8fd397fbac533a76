import { concatBytes } from '@noble/hashes/utils.js';
import { HASH_SIZE } from '../../content/geometry.ts';
import { OBJECT_KIND, parseObjectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { Statement } from '../../proof/commitment.ts';

/** What a row `g.<tag>` says of the object that was removed: enough to find its stripes and index rows. */
export type RemovedObject = Pick<Statement, 'kind' | 'sizeBytes' | 'profile' | 'id'>;

/** u8 kind ‖ u64 size ‖ u8 profile ‖ object id 32 */
const SIZE = 1 + 8 + 1 + HASH_SIZE;
const KINDS = [OBJECT_KIND.file, OBJECT_KIND.collection] as const;
const MAX_SIZE = BigInt(Number.MAX_SAFE_INTEGER);

/** Value of a row `g.<tag>`. @see object-layout.md, section 5 */
export function encodeRemovedRow({ kind, sizeBytes, profile, id }: RemovedObject): Uint8Array {
  const fields = new Uint8Array(10);
  const view = new DataView(fields.buffer);
  view.setUint8(0, kind);
  view.setBigUint64(1, BigInt(sizeBytes));
  view.setUint8(9, profile);
  return concatBytes(fields, id);
}

/** Reads the value of a row `g.<tag>`. @throws ProvenderError `PROVENDER_CORRUPT` for another length or an unknown kind */
export function decodeRemovedRow(value: Uint8Array): RemovedObject {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const size = value.length === SIZE ? view.getBigUint64(1) : undefined;
  const kind = size === undefined ? undefined : KINDS.find((known) => known === value[0]);
  if (size === undefined || kind === undefined || size > MAX_SIZE)
    throw new ProvenderError(
      'PROVENDER_CORRUPT',
      `row of a removed object: ${value.length} bytes of kind ${value[0] ?? 'none'}, not ${SIZE} of kind 2 or 3`,
    );
  return { kind, sizeBytes: Number(size), profile: view.getUint8(9), id: parseObjectId(value.slice(10)) };
}
