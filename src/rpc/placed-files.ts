import { OBJECT_KIND, type ObjectId } from '../content/object-id.ts';
import { ProvenderError } from '../content/provender-error.ts';
import { MAX_RECORD_SIZE, MAX_ROUND_SIZE } from '../placement/rounds/round.ts';
import type { CallOptions, FileDeclaration, FileReading, SetOutcome, ShareStat } from '../shares/shares.ts';

/** Bytes of a receipt that a reader may bring: two rounds, the SetKey, and paths of 16 storers. */
export const MAX_RECEIPT = 2 * MAX_ROUND_SIZE + 2 * MAX_RECORD_SIZE;
/** Bytes of the name that a placement may carry. */
const MAX_NAME = 1024;
const MAX_REPLICAS = 16;

/** How a file is placed with storers of the network. */
export interface PlacementWish {
  /** Storers that are to hold it, 1 to 16; the network's default when absent. */
  readonly replicas?: number;
  /** `owner/collection/key` that the receipt ties it to, at most 1024 bytes of UTF-8; none when absent. */
  readonly name?: string;
}

/** Answer to a placement; its share has no Commitment and no commR of this node, and takes nothing of its limit. */
export interface PlacedOutcome extends SetOutcome {
  /** Names the storers; anyone can check it without a node. */
  readonly receipt: Uint8Array;
}

/** Files that storers of the network hold: a node that belongs to one has it beside its own shares. */
export interface PlacedFiles {
  /**
   * Takes a file and places it; answers after the round with its SetKey. Does not read `source` further than it must.
   * @throws ProvenderError `PROVENDER_INVALID` for other bytes than declared, `PROVENDER_UNAVAILABLE` when too few storers were found
   */
  put(
    declared: FileDeclaration,
    source: AsyncIterable<Uint8Array>,
    options: PlacementWish & CallOptions,
  ): Promise<PlacedOutcome>;
  /**
   * Opens a file that its holders have; `length` defaults to the rest.
   * @throws ProvenderError `PROVENDER_NOT_FOUND` when neither the receipt nor this node's index names holders, `PROVENDER_INVALID` for a receipt
   *   that does not hold, `PROVENDER_RANGE`, `PROVENDER_UNAVAILABLE` when no holder is left
   */
  open(
    id: ObjectId,
    range: { readonly offset?: number; readonly length?: number },
    options: { readonly receipt?: Uint8Array } & CallOptions,
  ): Promise<FileReading>;
  /** Says how large a file is that its holders have, without asking them. @throws ProvenderError as `open`, but for range and holders */
  stat(id: ObjectId, options: { readonly receipt?: Uint8Array } & CallOptions): Promise<ShareStat>;
}

/** What is said of a file that others hold. */
export function placedStat(file: Pick<ShareStat, 'id' | 'sizeBytes' | 'profile'>): ShareStat {
  const { id, sizeBytes, profile } = file;
  return {
    id,
    kind: OBJECT_KIND.file,
    sizeBytes,
    count: 1,
    profile,
    storedBytes: 0,
    commitment: new Uint8Array(),
  };
}

/** A wish as it came. @throws ProvenderError `PROVENDER_INVALID` for a number or a name beyond its bound */
export function checkedWish({ replicas, name }: { replicas: number; name: string }): PlacementWish {
  checkBound('replicas', replicas, MAX_REPLICAS);
  checkBound('bytes of the name', Buffer.byteLength(name), MAX_NAME);
  return { ...(replicas > 0 && { replicas }), ...(name !== '' && { name }) };
}

/** @throws ProvenderError `PROVENDER_INVALID` when a receipt is longer than one can be */
export function checkReceiptSize({ length }: Uint8Array): void {
  checkBound('bytes of the receipt', length, MAX_RECEIPT);
}

/** The error for a placement at a node that stands alone. */
export function belongsToNoNetwork(): ProvenderError {
  return new ProvenderError(
    'PROVENDER_UNSUPPORTED',
    'this node belongs to no network: start one that does with provender serve --network, or set the file without placement',
  );
}

function checkBound(what: string, found: number, limit: number): void {
  if (found <= limit) return;
  throw new ProvenderError('PROVENDER_INVALID', `placement: ${found} ${what}, limit ${limit}`, {
    details: { found, limit },
  });
}
