import { isProvenderError } from '../../src/content/provender-error.ts';
import type { ObjectId } from '../../src/content/object-id.ts';
import type { PaidSet, SetOutcome, Shares, ShareStat, StagedShare } from '../../src/shares/shares.ts';
import type { StoredSharesOptions } from '../../src/shares/stored-shares.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { operationOf } from './payment-marks.ts';
import { idOf } from './rpc-memory-shares.ts';
import {
  batchesOf,
  declarationOf,
  makeChunks,
  pieces,
  referenceCollectionId,
  referenceFileId,
  sourceOf,
} from './share-content.ts';

/** A share that is set, paid or free. */
export interface PaidCase {
  readonly kind: 'chunk' | 'collection' | 'file';
  readonly id: ObjectId;
  readonly set: (shares: Shares, paid?: PaidSet, signal?: AbortSignal) => Promise<SetOutcome>;
  readonly options: Pick<StoredSharesOptions, 'stagedRawAboveBytes'>;
}

const CHUNK = testBytes(3000);
const CONTENT = testBytes(4_300_000);
const CHUNKS = makeChunks(70);
const FILE_ID = referenceFileId(CONTENT);
const COLLECTION_ID = referenceCollectionId(CHUNKS);

/** The options of a set. */
function setOptions(
  paid?: PaidSet,
  signal?: AbortSignal,
): { readonly paid?: PaidSet; readonly signal?: AbortSignal } {
  return { ...(paid && { paid }), ...(signal && { signal }) };
}

function chunk(profile: number): PaidCase {
  return {
    kind: 'chunk',
    id: idOf(1, CHUNK),
    set: (shares, paid, signal) => shares.setShare(CHUNK, { profile, ...setOptions(paid, signal) }),
    options: {},
  };
}

function file(
  profile: number,
  declared: { id?: ObjectId } = {},
  options: PaidCase['options'] = {},
): PaidCase {
  return {
    kind: 'file',
    id: FILE_ID,
    set: (shares, paid, signal) =>
      shares.setFile(
        { sizeBytes: CONTENT.length, profile, ...declared },
        sourceOf(...pieces(CONTENT, 500_000)),
        setOptions(paid, signal),
      ),
    options,
  };
}

function collection(profile: number, options: PaidCase['options'] = {}): PaidCase {
  return {
    kind: 'collection',
    id: COLLECTION_ID,
    set: (shares, paid, signal) =>
      shares.setShares(
        { ...declarationOf(CHUNKS), profile },
        sourceOf(...batchesOf(CHUNKS)),
        setOptions(paid, signal),
      ),
    options,
  };
}

const RAW = { stagedRawAboveBytes: 4096 };

/** Every way that a share is set. */
export const PAID_CASES: readonly (readonly [string, PaidCase])[] = [
  ['chunk', chunk(0)],
  ['chunk in cat-2', chunk(2)],
  ['collection', collection(0)],
  ['collection that is staged raw', collection(1, RAW)],
  ['file', file(0)],
  ['file in cat-1 of known id', file(1, { id: FILE_ID })],
  ['file in cat-1 that is staged raw', file(1, {}, RAW)],
];

/** A payment whose commit does what a test says. */
export function payment(
  commit: (staged: StagedShare) => Promise<void> = async () => undefined,
  operation = 1,
): PaidSet {
  return { operation: operationOf(operation), commit };
}

/** What is held of a case. */
export async function statOf(shares: Shares, { kind, id }: PaidCase): Promise<ShareStat | undefined> {
  try {
    return await (kind === 'file' ? shares.statFile(id) : shares.statShare(id));
  } catch (error) {
    if (isProvenderError(error, 'PROVENDER_NOT_FOUND')) return undefined;
    throw error;
  }
}
