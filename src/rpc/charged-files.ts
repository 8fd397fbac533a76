import { byteCount } from '../content/geometry.ts';
import { type ObjectId, parseObjectId } from '../content/object-id.ts';
import { isProvenderError } from '../content/provender-error.ts';
import type {
  GetFileRequest,
  Placement,
  SetFileHeader,
  SetFileRequest,
} from '../generated/provender/v1/file_service.ts';
import type { FileDeclaration, Shares, ShareStat } from '../shares/shares.ts';
import { outOfOrder } from './first-message.ts';
import { belongsToNoNetwork, checkedWish, checkReceiptSize, type PlacedFiles } from './placed-files.ts';
import type { RunningCall } from './running-call.ts';

/** Where a node has its files. */
export interface FileSources {
  readonly shares: Shares;
  /** Absent at a node that belongs to no network. */
  readonly placement?: PlacedFiles;
}

/** Which file, and who may know of it. */
export interface FileQuestion {
  readonly id: ObjectId;
  readonly receipt?: Uint8Array | undefined;
  /** Asks no holders. */
  readonly heldHere: boolean;
}

/** What calls about files are charged for, in content bytes. What the call itself would refuse is refused here. @see payment-channels.md, section 2 */
export class ChargedFiles {
  readonly #sources: FileSources;

  constructor(sources: FileSources) {
    this.#sources = sources;
  }

  readonly setFile = ({ header, data }: SetFileRequest): number => {
    if (header === undefined) throw outOfOrder('content came before the header');
    if (data.length > 0) throw outOfOrder('the header came with content');
    if (header.placement !== undefined) this.#checkPlacement(header.placement);
    return declaredFile(header).sizeBytes;
  };

  readonly getFile = async (request: GetFileRequest, { signal }: RunningCall): Promise<number> => {
    const { receipt, heldHere } = request;
    const question = { id: parseObjectId(request.objectId), receipt, heldHere };
    const offset = byteCount(request.offset, 'offset');
    const length = request.length === undefined ? undefined : byteCount(request.length, 'length');
    const { sizeBytes } = await this.stat(question, signal);
    return clipped(sizeBytes, { offset, length });
  };

  #checkPlacement(placement: Placement): void {
    if (this.#sources.placement === undefined) throw belongsToNoNetwork();
    checkedWish(placement);
  }

  /** Says what is known of a file, held here or by others. @throws ProvenderError `PROVENDER_NOT_FOUND`, and for a receipt that does not hold */
  async stat({ id, receipt, heldHere }: FileQuestion, signal: AbortSignal): Promise<ShareStat> {
    const { shares, placement } = this.#sources;
    if (receipt !== undefined) checkReceiptSize(receipt);
    try {
      return await shares.statFile(id, { signal });
    } catch (error) {
      const isElsewhere = isProvenderError(error, 'PROVENDER_NOT_FOUND') && !heldHere;
      if (placement === undefined || !isElsewhere) throw error;
      return await placement.stat(id, { ...(receipt !== undefined && { receipt }), signal });
    }
  }
}

/** Bytes of a range that an object of `sizeBytes` has. */
export function clipped(
  sizeBytes: number,
  { offset, length }: { readonly offset: number; readonly length?: number | undefined },
): number {
  const rest = Math.max(0, sizeBytes - offset);
  return Math.min(length ?? rest, rest);
}

/** What the header of an upload declares. @throws ProvenderError `PROVENDER_INVALID` for numbers beyond their bounds */
export function declaredFile({ sizeBytes, objectId, profile }: SetFileHeader): FileDeclaration {
  return {
    sizeBytes: byteCount(sizeBytes, 'file'),
    ...(objectId.length > 0 && { id: parseObjectId(objectId) }),
    ...(profile !== undefined && { profile }),
  };
}
