import { OBJECT_KIND } from '../../content/object-id.ts';
import type { HeldObject } from '../held-object.ts';
import type { Shares } from '../shares.ts';

/**
 * Reads a whole file or collection as a caller of the service would: decoded, every block and every chunk compared with its root or id.
 * @returns lengths of the pieces
 * @throws ProvenderError as the service; `PROVENDER_CONFLICT` when the object is removed in the middle
 */
export async function* contentOf(
  shares: Shares,
  { id, head }: HeldObject,
  signal: AbortSignal,
): AsyncGenerator<number, void> {
  if (head.statement.kind === OBJECT_KIND.file) {
    const { data } = await shares.getFile(id, {}, { signal });
    for await (const piece of data) yield piece.length;
    return;
  }
  for await (const items of shares.readShares({ collection: id, first: 0 }, { signal })) {
    let bytes = 0;
    for (const item of items) {
      if ('error' in item) throw item.error;
      bytes += item.bytes.length;
    }
    yield bytes;
  }
}
