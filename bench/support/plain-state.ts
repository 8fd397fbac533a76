import { ChannelCredentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import {
  Compare_CompareResult,
  Compare_CompareTarget,
  KVClient,
  type RangeResponse,
  type TxnResponse,
} from '../../src/generated/etcd/etcdserverpb/rpc.ts';
import type { StateStore } from '../../src/state/state-store.ts';

/** A record as the plain way has it. */
interface PlainRecord {
  readonly value: Uint8Array;
  readonly modRevision: bigint;
}

/** One request for each thing that is done: nothing is grouped, nothing is repeated. */
export interface PlainState {
  get(key: string): Promise<PlainRecord | undefined>;
  put(key: string, value: Uint8Array): Promise<void>;
  /** Writes when the record still has that revision, 0 for none. @returns the new one; `undefined` when it has not */
  compareAndPut(key: string, modRevision: bigint, value: Uint8Array): Promise<bigint | undefined>;
  close(): Promise<void>;
}

const DEADLINE_MS = 10_000;

/** The generated stubs of etcd alone, on one member. */
export function plainEtcd(url: string): PlainState {
  const kv = new KVClient(new URL(url).host, ChannelCredentials.createInsecure());
  const options = (): { deadline: number } => ({ deadline: Date.now() + DEADLINE_MS });
  return {
    get: async (key) => {
      const request = { key: Buffer.from(key), rangeEnd: Buffer.alloc(0), limit: 0n, revision: 0n };
      const { kvs } = await answer<RangeResponse>((done) =>
        kv.range(request, new Metadata(), options(), done),
      );
      return kvs[0];
    },
    put: async (key, value) => {
      const request = { compare: [], success: [put(key, value)], failure: [] };
      await answer((done) => kv.txn(request, new Metadata(), options(), done));
    },
    compareAndPut: async (key, modRevision, value) => {
      const compare = {
        result: Compare_CompareResult.EQUAL,
        target: Compare_CompareTarget.MOD,
        key: Buffer.from(key),
        targetUnion: { $case: 'modRevision' as const, value: modRevision },
      };
      const request = { compare: [compare], success: [put(key, value)], failure: [] };
      const { succeeded, header } = await answer<TxnResponse>((done) =>
        kv.txn(request, new Metadata(), options(), done),
      );
      return succeeded ? header?.revision : undefined;
    },
    close: async () => kv.close(),
  };
}

/** The same over a state store. */
export function plainOver(store: StateStore): PlainState {
  return {
    get: (key) => store.get(key),
    put: async (key, value) => {
      await store.txn({ then: [{ put: key, value }] });
    },
    compareAndPut: async (key, modRevision, value) => {
      const txn = { compare: [{ key, modRevision }], then: [{ put: key, value }] };
      const { succeeded, revision } = await store.txn(txn);
      return succeeded ? revision : undefined;
    },
    close: async () => undefined,
  };
}

function put(key: string, value: Uint8Array) {
  const record = { key: Buffer.from(key), value: Buffer.from(value), lease: 0n };
  return { request: { $case: 'requestPut' as const, value: record } };
}

function answer<T>(call: (done: (error: ServiceError | null, value: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error === null ? resolve(value) : reject(error)));
  });
}
