import {
  type Compare,
  Compare_CompareResult,
  Compare_CompareTarget,
  type RequestOp,
  type ResponseOp,
  type TxnRequest,
} from '../../generated/etcd/etcdserverpb/rpc.ts';
import type { KeyValue } from '../../generated/etcd/mvccpb/kv.ts';
import type { StateCompare, StateLease, StateRecord, StateStep, StateTxn } from '../state-store.ts';

const NOTHING = Buffer.alloc(0);
/** etcd's way to say "to the end". */
const END = Buffer.of(0);

/** A key as bytes; keys are printable ASCII. */
export function keyBytes(key: string): Buffer {
  return Buffer.from(key, 'latin1');
}

/** A key from bytes. */
export function keyText(key: Buffer): string {
  return key.toString('latin1');
}

/** Key behind all that start with a prefix, in etcd's form. */
export function prefixEnd(prefix: string): Buffer {
  if (prefix === '') return END;
  // the last byte of a prefix is at most 0x7e
  return keyBytes(prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1));
}

/** First key below a prefix, above a cursor where one is given; never empty, which etcd refuses. */
export function prefixStart(prefix: string, cursor?: string): Buffer {
  const after = cursor === undefined ? '' : `${cursor}\0`;
  const start = after > prefix ? after : prefix;
  return start === '' ? END : keyBytes(start);
}

/** A record; its bytes are the caller's own. */
export function recordOf(found: KeyValue): StateRecord {
  return {
    key: keyText(found.key),
    value: new Uint8Array(found.value),
    createRevision: found.createRevision,
    modRevision: found.modRevision,
  };
}

/** Reads one record. */
export function readStep(key: string): RequestOp {
  const value = { key: keyBytes(key), rangeEnd: NOTHING, limit: 0n, revision: 0n };
  return { request: { $case: 'requestRange', value } };
}

/** A transaction for etcd, with copies of all bytes. @param leaseId - finds the name of a lease, or throws */
export function txnRequest(txn: StateTxn, leaseId: (lease: StateLease) => bigint): TxnRequest {
  const { compare = [], then = [], else: otherwise = [] } = txn;
  const step = (one: StateStep): RequestOp => requestOp(one, leaseId);
  return { compare: compare.map(condition), success: then.map(step), failure: otherwise.map(step) };
}

/** Answers of the reading steps that ran. */
export function readRecords(responses: readonly ResponseOp[]): (StateRecord | undefined)[] {
  const records: (StateRecord | undefined)[] = [];
  for (const { response } of responses) {
    if (response?.$case !== 'responseRange') continue;
    const [found] = response.value.kvs;
    records.push(found === undefined ? undefined : recordOf(found));
  }
  return records;
}

function requestOp(step: StateStep, leaseId: (lease: StateLease) => bigint): RequestOp {
  if ('get' in step) return readStep(step.get);
  if ('delete' in step)
    return { request: { $case: 'requestDeleteRange', value: { key: keyBytes(step.delete) } } };
  const lease = step.lease === undefined ? 0n : leaseId(step.lease);
  const value = { key: keyBytes(step.put), value: Buffer.from(step.value), lease };
  return { request: { $case: 'requestPut', value } };
}

function condition(one: StateCompare): Compare {
  const base = { result: Compare_CompareResult.EQUAL, key: keyBytes(one.key) };
  if ('value' in one) {
    const targetUnion = { $case: 'value', value: Buffer.from(one.value) } as const;
    return { ...base, target: Compare_CompareTarget.VALUE, targetUnion };
  }
  if ('createRevision' in one) {
    const targetUnion = { $case: 'createRevision', value: one.createRevision } as const;
    return { ...base, target: Compare_CompareTarget.CREATE, targetUnion };
  }
  const targetUnion = { $case: 'modRevision', value: one.modRevision } as const;
  return { ...base, target: Compare_CompareTarget.MOD, targetUnion };
}
