import type { RangeRequest, RangeResponse } from '../../generated/etcd/etcdserverpb/rpc.ts';
import type { KeyValue } from '../../generated/etcd/mvccpb/kv.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { StatePage, StateRecord } from '../state-store.ts';
import type { EndpointPool } from './endpoint-pool.ts';
import { failureError, isCompacted } from './etcd-failures.ts';
import { keyBytes, keyText, prefixEnd, prefixStart, recordOf } from './etcd-wire.ts';
import { repeatUntilAnswered } from './repeatable.ts';

/** etcd bounds no answer by its bytes, so a page is asked for in messages of about this size, the first one by count. */
const MESSAGE_BYTES = 4 * 2 ** 20;
const FIRST_RECORDS = 64;
/** Readings of a page whose revision was compacted in between. */
const ATTEMPTS = 3;

/** What is read. */
export interface PageQuery {
  readonly prefix: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads one record. */
export async function readRecord(
  pool: EndpointPool,
  key: string,
  signal?: AbortSignal,
): Promise<StateRecord | undefined> {
  const request = { key: keyBytes(key), rangeEnd: Buffer.alloc(0), limit: 0n, revision: 0n };
  const answer = await ask(pool, request, signal);
  const found = answer?.kvs[0];
  return found === undefined ? undefined : recordOf(found);
}

/** Reads a page, all of it at one revision. */
export async function readPage(pool: EndpointPool, query: PageQuery): Promise<StatePage> {
  for (let i = 0; i < ATTEMPTS; i++) {
    const page = await readOnce(pool, query);
    if (page !== undefined) return page;
  }
  throw new ProvenderError(
    'PROVENDER_UNAVAILABLE',
    `reading state records below ${JSON.stringify(query.prefix)}: history is compacted faster than it is read`,
  );
}

/** @returns undefined when the revision has gone between two messages */
async function readOnce(
  pool: EndpointPool,
  { prefix, limit, cursor, signal }: PageQuery,
): Promise<StatePage | undefined> {
  const found: KeyValue[] = [];
  let request: RangeRequest = {
    key: prefixStart(prefix, cursor),
    rangeEnd: prefixEnd(prefix),
    limit: BigInt(Math.min(limit, FIRST_RECORDS)),
    revision: 0n,
  };
  for (;;) {
    const answer = await ask(pool, request, signal);
    if (answer === undefined) return undefined;
    found.push(...answer.kvs);
    const last = answer.kvs.at(-1);
    const isDone = !answer.more || last === undefined;
    if (isDone || found.length >= limit) {
      const records = found.map(recordOf);
      return isDone ? { records } : { records, next: keyText(last.key) };
    }
    const wanted = Math.min(limit - found.length, nextCount(answer.kvs));
    const revision = request.revision === 0n ? (answer.header?.revision ?? 0n) : request.revision;
    request = { ...request, key: prefixStart(prefix, keyText(last.key)), limit: BigInt(wanted), revision };
  }
}

/** Records of the next message, when they are as large as the last ones; at most four times as many. */
function nextCount(kvs: readonly KeyValue[]): number {
  const bytes = kvs.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  const fitting = Math.floor((MESSAGE_BYTES * kvs.length) / Math.max(1, bytes));
  return Math.max(1, Math.min(fitting, kvs.length * 4));
}

async function ask(
  pool: EndpointPool,
  request: RangeRequest,
  signal: AbortSignal | undefined,
): Promise<RangeResponse | undefined> {
  const what = 'reading state records';
  const result = await repeatUntilAnswered(pool, {
    what,
    signal,
    run: (endpoint, limits) =>
      endpoint.call<RangeResponse>((...args) => endpoint.kv.range(request, ...args), limits),
  });
  if ('answer' in result) return result.answer;
  if (isCompacted(result.failure)) return undefined;
  throw failureError(result.failure, what);
}
