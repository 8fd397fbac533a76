import { BLOCK_SIZE, byteCount, MAX_CHUNKS } from '../content/geometry.ts';
import { parseObjectId } from '../content/object-id.ts';
import { ProvenderError } from '../content/provender-error.ts';
import type {
  ReadSharesRequest,
  ReadSharesResponse,
  SetSharesHeader,
  SetSharesRequest,
  SetSharesResponse,
} from '../generated/provender/v1/share_service.ts';
import type { ShareItem, ShareSelection, Shares } from '../shares/shares.ts';
import { asBuffer } from './data-codec.ts';
import { openUpload, outOfOrder } from './first-message.ts';
import { SHARE_GRANTS, SHARE_METHODS } from './methods.ts';
import { addShareProofs } from './proof-methods.ts';
import type { RunningCall } from './running-call.ts';
import type { ServiceHost } from './service-host.ts';
import { idsFromWire, itemToWire, outcomeToWire, statToWire } from './wire-shapes.ts';

/** Puts `provender.v1.ShareService` onto a server. @see proto/provender/v1/share_service.proto */
export function addShareService(host: ServiceHost, shares: Shares): void {
  addOneByOne(host, shares);
  addShareProofs(host, shares);
  host.upload({ definition: SHARE_METHODS.setShares, grant: SHARE_GRANTS.setShares }, (requests, running) =>
    setShares(shares, requests, running),
  );
  host.unary(
    { definition: SHARE_METHODS.getShares, grant: SHARE_GRANTS.getShares },
    async ({ objectIds }, running) => {
      const items = await shares.getShares(idsFromWire(objectIds), { signal: running.signal });
      running.bytesOut += contentBytes(items);
      return { items: items.map(itemToWire) };
    },
  );
  host.download(
    { definition: SHARE_METHODS.readShares, grant: SHARE_GRANTS.readShares },
    (request, running) => readShares(shares, request, running),
  );
}

function addOneByOne(host: ServiceHost, shares: Shares): void {
  host.unary(
    { definition: SHARE_METHODS.setShare, grant: SHARE_GRANTS.setShare },
    async ({ data, profile }, running) => {
      checkChunk(data);
      running.bytesIn += data.length;
      const options = { signal: running.signal, ...(profile !== undefined && { profile }) };
      return { result: outcomeToWire(await shares.setShare(data, options)) };
    },
  );
  host.unary(
    { definition: SHARE_METHODS.getShare, grant: SHARE_GRANTS.getShare },
    async ({ objectId }, running) => {
      const [item] = await shares.getShares([parseObjectId(objectId)], { signal: running.signal });
      if (item === undefined) throw new Error('getShares gave no item for one id');
      if ('error' in item) throw item.error;
      running.bytesOut += item.bytes.length;
      return { data: asBuffer(item.bytes) };
    },
  );
  host.unary(
    { definition: SHARE_METHODS.statShare, grant: SHARE_GRANTS.statShare },
    async ({ objectId }, { signal }) => ({
      share: statToWire(await shares.statShare(parseObjectId(objectId), { signal })),
    }),
  );
  host.unary(
    { definition: SHARE_METHODS.removeShare, grant: SHARE_GRANTS.removeShare },
    async ({ objectId }, { signal }) => {
      await shares.removeShare(parseObjectId(objectId), { signal });
      return {};
    },
  );
}

async function setShares(
  shares: Shares,
  requests: AsyncGenerator<SetSharesRequest, void>,
  running: RunningCall,
): Promise<SetSharesResponse> {
  const { header, rest } = await openUpload<SetSharesHeader, SetSharesRequest>(
    requests,
    ({ chunks }) => chunks.length === 0,
  );
  const { count, objectId, profile } = header;
  if (count < 1 || count > MAX_CHUNKS) {
    throw new ProvenderError('PROVENDER_INVALID', `collection of ${count} chunks, from 1 to ${MAX_CHUNKS}`, {
      details: { found: count, limit: MAX_CHUNKS },
    });
  }
  const sizeBytes = byteCount(header.sizeBytes, 'chunks of a collection');
  const declared = {
    count,
    sizeBytes,
    ...(objectId.length > 0 && { id: parseObjectId(objectId) }),
    ...(profile !== undefined && { profile }),
  };
  const outcome = await shares.setShares(declared, batches(rest, running), { signal: running.signal });
  return { result: outcomeToWire(outcome) };
}

async function* batches(
  requests: AsyncIterable<SetSharesRequest>,
  running: RunningCall,
): AsyncGenerator<readonly Uint8Array[], void> {
  for await (const { header, chunks } of requests) {
    if (header !== undefined) throw outOfOrder('a second header came');
    if (chunks.length === 0) throw outOfOrder('a message without chunks came');
    for (const chunk of chunks) {
      checkChunk(chunk);
      running.bytesIn += chunk.length;
    }
    yield chunks;
  }
}

function checkChunk({ length }: Uint8Array): void {
  if (length <= BLOCK_SIZE) return;
  throw new ProvenderError('PROVENDER_INVALID', `chunk: ${length} bytes, limit ${BLOCK_SIZE}`, {
    details: { found: length, limit: BLOCK_SIZE },
  });
}

function selection({ objectIds, range }: ReadSharesRequest): ShareSelection {
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

async function* readShares(
  shares: Shares,
  request: ReadSharesRequest,
  running: RunningCall,
): AsyncGenerator<ReadSharesResponse, void> {
  let count = 0;
  for await (const items of shares.readShares(selection(request), { signal: running.signal })) {
    yield { items: items.map(itemToWire), summary: undefined };
    count += items.length;
    running.bytesOut += contentBytes(items);
  }
  yield { items: [], summary: { items: count, sizeBytes: BigInt(running.bytesOut) } };
}

function contentBytes(items: readonly ShareItem[]): number {
  return items.reduce((sum, item) => sum + ('bytes' in item ? item.bytes.length : 0), 0);
}
