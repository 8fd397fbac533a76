import { BLOCK_SIZE, byteCount, MAX_CHUNKS } from '../content/geometry.ts';
import { OBJECT_KIND, type ObjectId, parseObjectId } from '../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../content/provender-error.ts';
import type {
  GetShareRequest,
  GetSharesRequest,
  ReadSharesRequest,
  SetShareRequest,
  SetSharesHeader,
  SetSharesRequest,
} from '../generated/provender/v1/share_service.ts';
import { notFound } from '../shares/heads.ts';
import type { CollectionDeclaration, Shares, ShareSelection, ShareStat } from '../shares/shares.ts';
import { outOfOrder } from './first-message.ts';
import { MAX_BATCH } from './methods.ts';
import type { RunningCall } from './running-call.ts';
import { idsFromWire } from './wire-shapes.ts';

/** What calls about chunks are charged for, in content bytes. What the call itself would refuse is refused here. @see payment-channels.md, section 2 */
export class ChargedShares {
  readonly #shares: Shares;

  constructor(shares: Shares) {
    this.#shares = shares;
  }

  readonly setShare = ({ data }: SetShareRequest): number => {
    checkChunk(data);
    return data.length;
  };

  readonly setShares = ({ header, chunks }: SetSharesRequest): number => {
    if (header === undefined) throw outOfOrder('content came before the header');
    if (chunks.length > 0) throw outOfOrder('the header came with content');
    return declaredCollection(header).sizeBytes;
  };

  readonly getShare = async ({ objectId }: GetShareRequest, { signal }: RunningCall): Promise<number> => {
    const id = parseObjectId(objectId);
    const stat = await this.#shares.statShare(id, { signal });
    if (stat.kind !== OBJECT_KIND.chunk) throw notFound('chunk', id);
    return stat.sizeBytes;
  };

  readonly getShares = ({ objectIds }: GetSharesRequest, { signal }: RunningCall): Promise<number> =>
    this.#found(idsFromWire(objectIds), signal);

  readonly readShares = async (request: ReadSharesRequest, { signal }: RunningCall): Promise<number> => {
    const selected = shareSelection(request);
    if ('ids' in selected) return await this.#found(selected.ids, signal);
    const { kind, count } = await this.#shares.statShare(selected.collection, { signal });
    if (kind !== OBJECT_KIND.collection) throw notFound('collection', selected.collection);
    const rest = Math.max(0, count - selected.first);
    return Math.min(selected.count ?? rest, rest) * BLOCK_SIZE;
  };

  /** Bytes of the chunks that are held; what is not is an error in its place of the answer, and costs nothing. */
  async #found(ids: readonly ObjectId[], signal: AbortSignal): Promise<number> {
    let sum = 0;
    for (let at = 0; at < ids.length; at += MAX_BATCH) {
      const sizes = await Promise.all(ids.slice(at, at + MAX_BATCH).map((id) => this.#size(id, signal)));
      sum += sizes.reduce((a, b) => a + b, 0);
    }
    return sum;
  }

  async #size(id: ObjectId, signal: AbortSignal): Promise<number> {
    try {
      const { kind, sizeBytes } = await this.#shares.statShare(id, { signal });
      return kind === OBJECT_KIND.chunk ? sizeBytes : 0;
    } catch (error) {
      const isMissing =
        isProvenderError(error, 'PROVENDER_NOT_FOUND') || isProvenderError(error, 'PROVENDER_CORRUPT');
      if (isMissing) return 0;
      throw error;
    }
  }
}

/** Content bytes of what is held under a chunk's or a collection's id: chunks of a collection count as whole blocks, which is how they lie. */
export function chargedSize(stat: ShareStat): number {
  return stat.kind === OBJECT_KIND.collection ? stat.count * BLOCK_SIZE : stat.sizeBytes;
}

/** What the header of an upload of chunks declares. @throws ProvenderError `PROVENDER_INVALID` for numbers beyond their bounds */
export function declaredCollection({
  count,
  objectId,
  profile,
  sizeBytes,
}: SetSharesHeader): CollectionDeclaration {
  if (count < 1 || count > MAX_CHUNKS) {
    throw new ProvenderError('PROVENDER_INVALID', `collection of ${count} chunks, from 1 to ${MAX_CHUNKS}`, {
      details: { found: count, limit: MAX_CHUNKS },
    });
  }
  return {
    count,
    sizeBytes: byteCount(sizeBytes, 'chunks of a collection'),
    ...(objectId.length > 0 && { id: parseObjectId(objectId) }),
    ...(profile !== undefined && { profile }),
  };
}

/** Which chunks a request asks for. @throws ProvenderError `PROVENDER_INVALID` unless it has either ids or a range */
export function shareSelection({ objectIds, range }: ReadSharesRequest): ShareSelection {
  if (range === undefined) {
    if (objectIds.length > 0) return { ids: idsFromWire(objectIds) };
    throw new ProvenderError('PROVENDER_INVALID', 'ReadShares: neither ids nor a range; give one of them');
  }
  if (objectIds.length > 0)
    throw new ProvenderError('PROVENDER_INVALID', 'ReadShares: both ids and a range; give one of them');
  const collection = parseObjectId(range.collectionId);
  const { first, count } = range;
  return count === 0 ? { collection, first } : { collection, first, count };
}

/** @throws ProvenderError `PROVENDER_INVALID` for more than 4096 bytes */
export function checkChunk({ length }: Uint8Array): void {
  if (length <= BLOCK_SIZE) return;
  throw new ProvenderError('PROVENDER_INVALID', `chunk: ${length} bytes, limit ${BLOCK_SIZE}`, {
    details: { found: length, limit: BLOCK_SIZE },
  });
}
