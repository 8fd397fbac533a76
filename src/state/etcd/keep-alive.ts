import { status } from '@grpc/grpc-js';
import type { LeaseKeepAliveResponse } from '../../generated/etcd/etcdserverpb/rpc.ts';
import { type CallFailure, type CallLimits, type CallResult, needsLeader } from './etcd-call.ts';
import type { EtcdEndpoint } from './etcd-endpoint.ts';

/** Renews a lease once: etcd has a stream for it, of which one question and its answer are used, as with any other call. */
export async function keepAliveOnce(
  endpoint: EtcdEndpoint,
  id: bigint,
  limits: CallLimits,
): Promise<CallResult<LeaseKeepAliveResponse>> {
  endpoint.outstanding++;
  try {
    return endpoint.note(await ask(endpoint, id, limits), limits.signal);
  } finally {
    endpoint.outstanding--;
  }
}

function ask(
  endpoint: EtcdEndpoint,
  id: bigint,
  { deadlineMs, signal }: CallLimits,
): Promise<CallResult<LeaseKeepAliveResponse>> {
  return new Promise((resolve) => {
    const fail = (code: number, details: string): void => {
      const failure: CallFailure = { code, details, isSent: true };
      resolve({ failure });
    };
    const stream = endpoint.lease.leaseKeepAlive(needsLeader(), { deadline: Date.now() + deadlineMs });
    const cancel = (): void => stream.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    stream.once('data', (answer: LeaseKeepAliveResponse) => resolve({ answer }));
    stream.once('status', () => signal?.removeEventListener('abort', cancel));
    stream.once('end', () => fail(status.UNAVAILABLE, 'the stream ended without an answer'));
    stream.on('error', (error: Error & { code?: number; details?: string }) =>
      fail(error.code ?? status.UNKNOWN, error.details ?? error.message),
    );
    stream.end({ ID: id });
  });
}
