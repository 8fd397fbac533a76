import { byteCount } from '../content/geometry.ts';
import { OBJECT_KIND, parseObjectId, parseObjectKind } from '../content/object-id.ts';
import { ProvenderError } from '../content/provender-error.ts';
import type {
  GetFileRequest,
  GetFileResponse,
  ListFilesRequest,
  ListFilesResponse,
  SetFileHeader,
  SetFileRequest,
  SetFileResponse,
} from '../generated/provender/v1/file_service.ts';
import { ObjectKind as WireObjectKind } from '../generated/provender/v1/share.ts';
import type { FileDeclaration, Shares } from '../shares/shares.ts';
import { asBuffer } from './data-codec.ts';
import { openUpload, outOfOrder } from './first-message.ts';
import { FILE_GRANTS, FILE_METHODS, MAX_DATA, MAX_LIST_TOKEN, MAX_PAGE } from './methods.ts';
import { addFileProofs } from './proof-methods.ts';
import type { RunningCall } from './running-call.ts';
import type { ServiceHost } from './service-host.ts';
import { outcomeToWire, statToWire } from './wire-shapes.ts';

const EMPTY = Buffer.alloc(0);

/** Puts `provender.v1.FileService` onto a server. @see proto/provender/v1/file_service.proto */
export function addFileService(host: ServiceHost, shares: Shares): void {
  host.upload({ definition: FILE_METHODS.setFile, grant: FILE_GRANTS.setFile }, (requests, running) =>
    setFile(shares, requests, running),
  );
  host.download({ definition: FILE_METHODS.getFile, grant: FILE_GRANTS.getFile }, (request, running) =>
    getFile(shares, request, running),
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
  shares: Shares,
  requests: AsyncGenerator<SetFileRequest, void>,
  running: RunningCall,
): Promise<SetFileResponse> {
  const { header, rest } = await openUpload<SetFileHeader, SetFileRequest>(
    requests,
    ({ data }) => data.length === 0,
  );
  const outcome = await shares.setFile(declaration(header), pieces(rest, running), {
    signal: running.signal,
  });
  return { result: outcomeToWire(outcome) };
}

function declaration({ sizeBytes, objectId, profile }: SetFileHeader): FileDeclaration {
  return {
    sizeBytes: byteCount(sizeBytes, 'file'),
    ...(objectId.length > 0 && { id: parseObjectId(objectId) }),
    ...(profile !== undefined && { profile }),
  };
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

async function* getFile(
  shares: Shares,
  request: GetFileRequest,
  running: RunningCall,
): AsyncGenerator<GetFileResponse, void> {
  const { stat, offset, length, data } = await shares.getFile(
    parseObjectId(request.objectId),
    {
      offset: byteCount(request.offset, 'offset'),
      ...(request.length !== undefined && { length: byteCount(request.length, 'length') }),
    },
    { signal: running.signal },
  );
  const head = { share: statToWire(stat), offset: BigInt(offset), length: BigInt(length) };
  yield { head, data: EMPTY, summary: undefined };
  for await (const piece of data) {
    yield { head: undefined, data: asBuffer(piece), summary: undefined };
    running.bytesOut += piece.length;
  }
  if (running.bytesOut !== length) throw new Error(`getFile gave ${running.bytesOut} bytes of ${length}`);
  yield { head: undefined, data: EMPTY, summary: { sizeBytes: BigInt(running.bytesOut) } };
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
