import { byteCount } from '../content/geometry.ts';
import { OBJECT_KIND, parseObjectId, parseObjectKind } from '../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../content/provender-error.ts';
import type {
  GetFileRequest,
  GetFileResponse,
  GetFileRootsRequest,
  GetFileRootsResponse,
  ListFilesRequest,
  ListFilesResponse,
  SetFileHeader,
  SetFileRequest,
  SetFileResponse,
} from '../generated/provender/v1/file_service.ts';
import { ObjectKind as WireObjectKind } from '../generated/provender/v1/share.ts';
import type { FileReading, Shares } from '../shares/shares.ts';
import { setOptions } from './call-payment.ts';
import { ChargedFiles, declaredFile, type FileSources } from './charged-files.ts';
import { asBuffer } from './data-codec.ts';
import { openUpload, outOfOrder } from './first-message.ts';
import { FILE_GRANTS, FILE_METHODS, MAX_DATA, MAX_LIST_TOKEN, MAX_PAGE } from './methods.ts';
import { belongsToNoNetwork, checkedWish, checkReceiptSize } from './placed-files.ts';
import { addFileProofs } from './proof-methods.ts';
import type { RunningCall } from './running-call.ts';
import type { ServiceHost } from './service-host.ts';
import { outcomeToWire, statToWire } from './wire-shapes.ts';

const EMPTY = Buffer.alloc(0);

/** Puts `provender.v1.FileService` onto a server. @see proto/provender/v1/file_service.proto */
export function addFileService(host: ServiceHost, sources: FileSources): void {
  const { shares } = sources;
  const charged = new ChargedFiles(sources);
  host.upload(
    { definition: FILE_METHODS.setFile, grant: FILE_GRANTS.setFile, charge: charged.setFile },
    (requests, running) => setFile(sources, requests, running),
  );
  host.download(
    // head and first piece: with them the file is found and its first bytes are verified
    { definition: FILE_METHODS.getFile, grant: FILE_GRANTS.getFile, charge: charged.getFile, opening: 2 },
    (request, running) => getFile(sources, request, running),
  );
  host.download(
    { definition: FILE_METHODS.getFileRoots, grant: FILE_GRANTS.getFileRoots },
    (request, running) => getFileRoots(shares, request, running),
  );
  host.unary(
    { definition: FILE_METHODS.statFile, grant: FILE_GRANTS.statFile },
    async ({ objectId }, { signal }) => ({
      share: statToWire(await shares.statFile(parseObjectId(objectId), { signal })),
    }),
  );
  addFileProofs(host, shares);
  host.unary({ definition: FILE_METHODS.listFiles, grant: FILE_GRANTS.listFiles }, (request, running) =>
    listFiles(shares, request, running),
  );
  host.unary(
    { definition: FILE_METHODS.removeFile, grant: FILE_GRANTS.removeFile },
    async ({ objectId }, { signal }) => {
      await shares.removeFile(parseObjectId(objectId), { signal });
      return {};
    },
  );
}

async function setFile(
  { shares, placement }: FileSources,
  requests: AsyncGenerator<SetFileRequest, void>,
  running: RunningCall,
): Promise<SetFileResponse> {
  const { header, rest } = await openUpload<SetFileHeader, SetFileRequest>(
    requests,
    ({ data }) => data.length === 0,
  );
  const [declared, source] = [declaredFile(header), pieces(rest, running)];
  if (header.placement === undefined) {
    const outcome = await shares.setFile(declared, source, setOptions(running));
    return { result: outcomeToWire(outcome), receipt: EMPTY };
  }
  if (placement === undefined) throw belongsToNoNetwork();
  const wish = checkedWish(header.placement);
  const placed = await placement.put(declared, givingBack(source, running), {
    ...wish,
    signal: running.signal,
  });
  return { result: outcomeToWire(placed), receipt: asBuffer(placed.receipt) };
}

/** An upload that is staged holds nothing here while it waits for its storers, which takes longer than the upload. */
async function* givingBack(
  source: AsyncGenerator<Uint8Array, void>,
  running: RunningCall,
): AsyncGenerator<Uint8Array, void> {
  yield* source;
  running.giveBack(FILE_GRANTS.setFile.holdsBytes);
}

async function* pieces(
  requests: AsyncIterable<SetFileRequest>,
  running: RunningCall,
): AsyncGenerator<Uint8Array, void> {
  for await (const { header, data } of requests) {
    if (header !== undefined) throw outOfOrder('a second header came');
    // counting it as progress would let a sender hold a call open for ever
    if (data.length === 0) throw outOfOrder('a message without bytes came');
    if (data.length > MAX_DATA) {
      throw new ProvenderError('PROVENDER_INVALID', `SetFile: ${data.length} bytes, limit ${MAX_DATA}`, {
        details: { found: data.length, limit: MAX_DATA },
      });
    }
    running.bytesIn += data.length;
    yield data;
  }
}

/** Opens a file here, or where its holders have it. */
async function openFile(
  { shares, placement }: FileSources,
  request: GetFileRequest,
  { signal }: RunningCall,
): Promise<FileReading> {
  const id = parseObjectId(request.objectId);
  const { receipt } = request;
  if (receipt !== undefined) checkReceiptSize(receipt);
  const range = {
    offset: byteCount(request.offset, 'offset'),
    ...(request.length !== undefined && { length: byteCount(request.length, 'length') }),
  };
  try {
    return await shares.getFile(id, range, { signal });
  } catch (error) {
    const isElsewhere = isProvenderError(error, 'PROVENDER_NOT_FOUND') && !request.heldHere;
    if (placement === undefined || !isElsewhere) throw error;
    return await placement.open(id, range, { ...(receipt !== undefined && { receipt }), signal });
  }
}

async function* getFile(
  sources: FileSources,
  request: GetFileRequest,
  running: RunningCall,
): AsyncGenerator<GetFileResponse, void> {
  const { stat, offset, length, data } = await openFile(sources, request, running);
  const head = { share: statToWire(stat), offset: BigInt(offset), length: BigInt(length) };
  yield { head, data: EMPTY, summary: undefined };
  for await (const piece of data) {
    yield { head: undefined, data: asBuffer(piece), summary: undefined };
    running.bytesOut += piece.length;
  }
  if (running.bytesOut !== length) throw new Error(`getFile gave ${running.bytesOut} bytes of ${length}`);
  yield { head: undefined, data: EMPTY, summary: { sizeBytes: BigInt(running.bytesOut) } };
}

async function* getFileRoots(
  shares: Shares,
  { objectId, stripe }: GetFileRootsRequest,
  running: RunningCall,
): AsyncGenerator<GetFileRootsResponse, void> {
  const options = { ...(stripe !== undefined && { stripe }), signal: running.signal };
  for await (const roots of shares.fileRoots(parseObjectId(objectId), options)) {
    yield { roots: asBuffer(roots) };
    running.bytesOut += roots.length;
  }
}

function checkAtMost(what: string, found: number, limit: number): void {
  if (found <= limit) return;
  throw new ProvenderError('PROVENDER_INVALID', `${what}: ${found}, limit ${limit}`, {
    details: { found, limit },
  });
}

async function listFiles(
  shares: Shares,
  request: ListFilesRequest,
  { signal }: RunningCall,
): Promise<ListFilesResponse> {
  const { kind, after } = request;
  const limit = request.limit === 0 ? MAX_PAGE : request.limit;
  checkAtMost('page in entries', limit, MAX_PAGE);
  checkAtMost('after in bytes', after.length, MAX_LIST_TOKEN);
  const isSaid = kind !== WireObjectKind.OBJECT_KIND_UNSPECIFIED;
  const page = await shares.list(
    {
      kind: isSaid ? parseObjectKind(kind) : OBJECT_KIND.file,
      limit,
      ...(after.length > 0 && { after }),
    },
    { signal },
  );
  return { shares: page.shares.map(statToWire), next: page.next === undefined ? EMPTY : asBuffer(page.next) };
}
