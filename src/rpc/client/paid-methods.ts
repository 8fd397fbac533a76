import { createHash } from 'node:crypto';
import { BLOCK_SIZE } from '../../content/geometry.ts';
import { parseObjectId } from '../../content/object-id.ts';
import type { GetFileRequest, SetFileRequest } from '../../generated/provender/v1/file_service.ts';
import type {
  GetShareRequest,
  GetSharesRequest,
  ReadSharesRequest,
  SetShareRequest,
  SetSharesRequest,
} from '../../generated/provender/v1/share_service.ts';
import { FILE_GRANTS, FILE_METHODS, SHARE_GRANTS, SHARE_METHODS } from '../methods.ts';
import type { CallSize } from './client-payments.ts';

const BLOCK = BigInt(BLOCK_SIZE);
const FIXED: CallSize = { is: 'fixed' };

/** A method that may cost something. */
interface PayableMethod {
  /** As the price schedule names it. */
  readonly name: string;
  /** @param request - the first message, of that method */
  readonly sizeOf: (request: unknown) => CallSize;
}

/** Says what the price of a method depends on; its requests are its own, which the compiler cannot see behind a table of all methods. */
function sized<Request>(
  { path }: { readonly path: string; readonly requestSerialize: (request: Request) => Buffer },
  sizeOf: (request: Request) => CallSize,
): readonly [string, (request: unknown) => CallSize] {
  return [path, (request) => sizeOf(request as Request)];
}

const SIZES = new Map([
  sized(SHARE_METHODS.setShare, ({ data }: SetShareRequest) => ({
    is: 'stored',
    bytes: BigInt(data.length),
  })),
  sized(SHARE_METHODS.setShares, ({ header }: SetSharesRequest) => stored(header?.sizeBytes)),
  sized(SHARE_METHODS.getShare, ({ objectId }: GetShareRequest) => ({
    is: 'served',
    range: { id: parseObjectId(objectId), offset: 0n },
  })),
  sized(SHARE_METHODS.getShares, ({ objectIds }: GetSharesRequest) => chunks(objectIds.length)),
  sized(SHARE_METHODS.readShares, readSize),
  sized(FILE_METHODS.setFile, ({ header }: SetFileRequest) => stored(header?.sizeBytes)),
  sized(FILE_METHODS.getFile, getFileSize),
]);

/** All that may cost something, by their paths; what nodes do for each other, and what operators do, does not. */
const PAYABLE: ReadonlyMap<string, PayableMethod> = new Map([
  ...payable(SHARE_METHODS, SHARE_GRANTS),
  ...payable(FILE_METHODS, FILE_GRANTS),
]);

/** Finds out what a method costs by; `undefined` for one that is always free. */
export function payableMethod(path: string): PayableMethod | undefined {
  return PAYABLE.get(path);
}

/** Tells equal calls from others: SHA-256 over the path of the method, a zero byte and the first message, 32 bytes. */
export function callFingerprint(path: string, firstMessage: Uint8Array): Uint8Array {
  return createHash('sha256').update(path).update(Uint8Array.of(0)).update(firstMessage).digest();
}

function payable<Name extends string>(
  methods: Readonly<Record<Name, { readonly path: string }>>,
  grants: Readonly<Record<NoInfer<Name>, { readonly isFree?: true }>>,
): (readonly [string, PayableMethod])[] {
  const paths = new Map(Object.entries<{ readonly path: string }>(methods));
  return Object.entries<{ readonly isFree?: true }>(grants).flatMap(([key, { isFree }]) => {
    const path = paths.get(key)?.path;
    if (path === undefined || isFree === true) return [];
    const name = path.slice(path.lastIndexOf('/') + 1);
    return [[path, { name, sizeOf: SIZES.get(path) ?? (() => FIXED) }] as const];
  });
}

function stored(sizeBytes = 0n): CallSize {
  return { is: 'stored', bytes: sizeBytes };
}

function chunks(count: number): CallSize {
  return { is: 'at-most', bytes: BigInt(count) * BLOCK };
}

function readSize({ objectIds, range }: ReadSharesRequest): CallSize {
  if (range === undefined) return chunks(objectIds.length);
  const { collectionId, first, count } = range;
  const offset = BigInt(first) * BLOCK;
  const length = count === 0 ? {} : { length: BigInt(count) * BLOCK };
  return { is: 'served', range: { id: parseObjectId(collectionId), offset, ...length } };
}

function getFileSize({ objectId, offset, length, receipt }: GetFileRequest): CallSize {
  return {
    is: 'served',
    range: {
      id: parseObjectId(objectId),
      offset,
      ...(length !== undefined && { length }),
      ...(receipt !== undefined && { receipt }),
    },
  };
}
