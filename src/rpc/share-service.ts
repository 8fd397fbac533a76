import { parseObjectId } from '../content/object-id.ts';
import type {
  ReadSharesRequest,
  ReadSharesResponse,
  SetSharesHeader,
  SetSharesRequest,
  SetSharesResponse,
} from '../generated/provender/v1/share_service.ts';
import type { ShareItem, Shares } from '../shares/shares.ts';
import { setOptions } from './call-payment.ts';
import { checkChunk, ChargedShares, declaredCollection, shareSelection } from './charged-shares.ts';
import { asBuffer } from './data-codec.ts';
import { openUpload, outOfOrder } from './first-message.ts';
import { SHARE_GRANTS, SHARE_METHODS } from './methods.ts';
import { addShareProofs } from './proof-methods.ts';
import type { RunningCall } from './running-call.ts';
import type { ServiceHost } from './service-host.ts';
import { idsFromWire, itemToWire, outcomeToWire, statToWire } from './wire-shapes.ts';

/** Puts `provender.v1.ShareService` onto a server. @see proto/provender/v1/share_service.proto */
export function addShareService(host: ServiceHost, shares: Shares): void {
  const charged = new ChargedShares(shares);
  addOneByOne(host, shares, charged);
  addShareProofs(host, shares);
  host.upload(
    { definition: SHARE_METHODS.setShares, grant: SHARE_GRANTS.setShares, charge: charged.setShares },
    (requests, running) => setShares(shares, requests, running),
  );
  host.unary(
    { definition: SHARE_METHODS.getShares, grant: SHARE_GRANTS.getShares, charge: charged.getShares },
    async ({ objectIds }, running) => {
      const items = await shares.getShares(idsFromWire(objectIds), { signal: running.signal });
      running.bytesOut += contentBytes(items);
      return { items: items.map(itemToWire) };
    },
  );
  host.download(
    { definition: SHARE_METHODS.readShares, grant: SHARE_GRANTS.readShares, charge: charged.readShares },
    (request, running) => readShares(shares, request, running),
  );
}

function addOneByOne(host: ServiceHost, shares: Shares, charged: ChargedShares): void {
  host.unary(
    { definition: SHARE_METHODS.setShare, grant: SHARE_GRANTS.setShare, charge: charged.setShare },
    async ({ data, profile }, running) => {
      checkChunk(data);
      running.bytesIn += data.length;
      const options = { ...setOptions(running), ...(profile !== undefined && { profile }) };
      return { result: outcomeToWire(await shares.setShare(data, options)) };
    },
  );
  host.unary(
    { definition: SHARE_METHODS.getShare, grant: SHARE_GRANTS.getShare, charge: charged.getShare },
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
  const declared = declaredCollection(header);
  const outcome = await shares.setShares(declared, batches(rest, running), setOptions(running));
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

async function* readShares(
  shares: Shares,
  request: ReadSharesRequest,
  running: RunningCall,
): AsyncGenerator<ReadSharesResponse, void> {
  let count = 0;
  for await (const items of shares.readShares(shareSelection(request), { signal: running.signal })) {
    yield { items: items.map(itemToWire), summary: undefined };
    count += items.length;
    running.bytesOut += contentBytes(items);
  }
  yield { items: [], summary: { items: count, sizeBytes: BigInt(running.bytesOut) } };
}

function contentBytes(items: readonly ShareItem[]): number {
  return items.reduce((sum, item) => sum + ('bytes' in item ? item.bytes.length : 0), 0);
}
