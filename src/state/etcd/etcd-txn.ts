import { ProvenderError } from '../../content/provender-error.ts';
import { TxnRequest, type TxnResponse } from '../../generated/etcd/etcdserverpb/rpc.ts';
import { keyOfStep } from '../state-limits.ts';
import type { StateLease, StateTxn, StateTxnResult } from '../state-store.ts';
import type { EndpointPool } from './endpoint-pool.ts';
import { readRecords, readStep, txnRequest } from './etcd-wire.ts';
import { answerOf } from './repeatable.ts';
import type { TxnGroups } from './txn-groups.ts';

/** What etcd takes unless it is told otherwise, less what it puts around a transaction. */
const MAX_REQUEST_BYTES = 1.5 * 2 ** 20 - 512;
/** What a step or a condition takes beside key and value, at most. */
const STEP_BYTES = 40;

/** Where transactions go. */
export interface TxnParts {
  readonly pool: EndpointPool;
  readonly groups: TxnGroups;
  /** Name of a lease of this store. @throws ProvenderError for a foreign one, and for one that has ended */
  leaseId(lease: StateLease): bigint;
}

/**
 * Runs a checked transaction. One that writes nothing is a linearizable read, which etcd does not write into its log; it may be repeated.
 * @throws ProvenderError `PROVENDER_INVALID` for one that is too large for etcd, and as `TxnGroups.run`
 */
export async function runTxn(parts: TxnParts, txn: StateTxn, signal?: AbortSignal): Promise<StateTxnResult> {
  const request = txnRequest(txn, (lease) => parts.leaseId(lease));
  const { compare = [], then = [], else: otherwise = [] } = txn;
  const bytes = checkedSize(txn, request);
  if ([...then, ...otherwise].every((step) => 'get' in step)) return readTxn(parts.pool, request, signal);
  const steps = Math.max(compare.length, then.length, otherwise.length);
  const keys = new Set([...compare.map(({ key }) => key), ...[...then, ...otherwise].map(keyOfStep)]);
  const answer = await parts.groups.run({ request, keys, bytes, steps, signal });
  return {
    succeeded: answer.succeeded,
    revision: answer.revision,
    records: readRecords(answer.responses),
  };
}

async function readTxn(
  pool: EndpointPool,
  request: TxnRequest,
  signal: AbortSignal | undefined,
): Promise<StateTxnResult> {
  const { compare, success, failure } = request;
  // etcd answers one without steps from what the member happens to know
  const isEmpty = success.length === 0 && failure.length === 0;
  const look = [readStep('-')];
  const sent = isEmpty ? { compare, success: look, failure: look } : request;
  const answer = await answerOf<TxnResponse>(pool, {
    what: 'reading state records',
    signal,
    run: (endpoint, limits) => endpoint.call((...args) => endpoint.kv.txn(sent, ...args), limits),
  });
  return {
    succeeded: answer.succeeded,
    revision: answer.header?.revision ?? 0n,
    records: isEmpty ? [] : readRecords(answer.responses),
  };
}

/** @returns about the bytes of the request. @throws ProvenderError `PROVENDER_INVALID` when etcd would refuse it for its size */
function checkedSize(
  { compare = [], then = [], else: otherwise = [] }: StateTxn,
  request: TxnRequest,
): number {
  let bytes = 0;
  for (const one of compare) bytes += STEP_BYTES + one.key.length + ('value' in one ? one.value.length : 0);
  for (const step of [...then, ...otherwise])
    bytes += STEP_BYTES + keyOfStep(step).length + ('put' in step ? step.value.length : 0);
  if (bytes <= MAX_REQUEST_BYTES) return bytes;
  const exact = TxnRequest.encode(request).finish().length;
  if (exact <= MAX_REQUEST_BYTES) return exact;
  throw new ProvenderError(
    'PROVENDER_INVALID',
    `state transaction: ${exact} bytes, limit ${MAX_REQUEST_BYTES}: write fewer or smaller records at once`,
    { details: { found: exact, limit: MAX_REQUEST_BYTES } },
  );
}
