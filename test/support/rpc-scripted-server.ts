import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { type GetFileRequest, type GetFileResponse } from '../../src/generated/provender/v1/file_service.ts';
import type {
  GetShareRequest,
  GetShareResponse,
  GetSharesRequest,
  GetSharesResponse,
  ReadSharesRequest,
  ReadSharesResponse,
} from '../../src/generated/provender/v1/share_service.ts';
import { FILE_METHODS, SHARE_METHODS } from '../../src/rpc/methods.ts';

/** What a node that lies or fails answers; each is asked anew for every call. */
export interface Script {
  file?: () => readonly Partial<GetFileResponse>[];
  chunks?: () => readonly Partial<ReadSharesResponse>[];
  batch?: () => GetSharesResponse;
  chunk?: () => GetShareResponse;
}

/** A gRPC server that answers reads from a script. */
export async function openScriptedServer(script: Script): Promise<{ address: string } & Disposable> {
  const server = new Server();
  const empty = Buffer.alloc(0);
  server.addService(
    { getFile: FILE_METHODS.getFile },
    {
      getFile(call: ServerWritableStream<GetFileRequest, GetFileResponse>) {
        for (const message of script.file?.() ?? [])
          call.write({ head: undefined, data: empty, summary: undefined, ...message });
        call.end();
      },
    },
  );
  const { readShares, getShares, getShare } = SHARE_METHODS;
  server.addService(
    { readShares, getShares, getShare },
    {
      readShares(call: ServerWritableStream<ReadSharesRequest, ReadSharesResponse>) {
        for (const message of script.chunks?.() ?? [])
          call.write({ items: [], summary: undefined, ...message });
        call.end();
      },
      getShares(
        _: ServerUnaryCall<GetSharesRequest, GetSharesResponse>,
        answer: sendUnaryData<GetSharesResponse>,
      ) {
        answer(null, script.batch?.());
      },
      getShare(
        _: ServerUnaryCall<GetShareRequest, GetShareResponse>,
        answer: sendUnaryData<GetShareResponse>,
      ) {
        answer(null, script.chunk?.());
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, [Symbol.dispose]: () => server.forceShutdown() };
}
