import { blockCount, stripeCount } from '../../content/geometry.ts';
import { OBJECT_KIND, type ObjectId, objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { type Heads, notFound } from '../heads.ts';
import type { LayerReader } from './layer-reader.ts';

/** The most bytes of roots that are handed out at once. */
const PIECE_SIZE = 256 * 1024;

/**
 * Roots of a plain file that the head vouches for: of its stripes (512 KiB for the largest file), or of the blocks of one stripe (32 KiB).
 * @throws ProvenderError `PROVENDER_NOT_FOUND`, `PROVENDER_CORRUPT`, `PROVENDER_RANGE` for a stripe that the file does not have
 */
export async function fileRoots(
  { heads, layers }: { readonly heads: Heads; readonly layers: LayerReader },
  id: ObjectId,
  stripe?: number,
): Promise<Uint8Array> {
  const file = await heads.find(id, OBJECT_KIND.file);
  if (file === undefined) throw notFound('file', id);
  if (stripe === undefined) return layers.stripeRoots(file, 0);
  const stripes = stripeCount(blockCount(file.head.statement.sizeBytes));
  if (!Number.isSafeInteger(stripe) || stripe < 0 || stripe >= stripes) {
    throw new ProvenderError(
      'PROVENDER_RANGE',
      `stripe ${stripe} of ${objectIdHex(id)}, which has ${stripes} from 0`,
      { details: { found: stripe, limit: stripes } },
    );
  }
  return layers.column(file, stripe, 0);
}

/** Cuts roots into pieces of at most 256 KiB. */
export function* rootPieces(roots: Uint8Array): Generator<Uint8Array, void> {
  for (let at = 0; at < roots.length; at += PIECE_SIZE) yield roots.subarray(at, at + PIECE_SIZE);
}
