import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadSync } from '@grpc/proto-loader';
import { z } from 'zod';
import {
  LeaseGrantRequest,
  LeaseGrantResponse,
  LeaseKeepAliveRequest,
  LeaseKeepAliveResponse,
  LeaseRevokeRequest,
  MemberListResponse,
  RangeRequest,
  StatusResponse,
  TxnRequest,
  TxnResponse,
  WatchRequest,
  WatchResponse,
} from '../../src/generated/etcd/etcdserverpb/rpc.ts';
import { Event_EventType } from '../../src/generated/etcd/mvccpb/kv.ts';
import { prefixEnd, prefixStart, readRecords, txnRequest } from '../../src/state/etcd/etcd-wire.ts';
import type { StateLease, StateTxn } from '../../src/state/state-store.ts';

const vectors = z
  .object({
    messages: z.record(z.string(), z.record(z.string(), z.string())),
    methods: z.record(z.string(), z.tuple([z.boolean(), z.boolean()])),
    encodings: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readFileSync(new URL('../vectors/etcd-wire.json', import.meta.url), 'utf8')));

const descriptor = z.object({
  type: z.object({
    field: z.array(z.object({ name: z.string(), number: z.number(), type: z.string(), label: z.string() })),
  }),
});
const service = z.record(
  z.string(),
  z.object({ path: z.string(), requestStream: z.boolean(), responseStream: z.boolean() }),
);

const BIG = 2n ** 53n + 1n;
const LEASE = 0x0123456789abcdefn;
const MEMBER = 10276657743932975437n;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const published = (name: string): Buffer => Buffer.from(vectors.encodings[name] ?? 'no such vector', 'hex');
const same = (name: string, encoded: { finish(): Uint8Array }): void =>
  assert.equal(Buffer.from(encoded.finish()).toString('hex'), vectors.encodings[name], name);

test('every field and call has the name, number, type and kind that etcd publishes', () => {
  const proto = fileURLToPath(new URL('../../proto', import.meta.url));
  const own = loadSync('etcd/etcdserverpb/rpc.proto', { includeDirs: [proto], keepCase: true });
  let count = 0;
  for (const [name, definition] of Object.entries(own)) {
    const message = descriptor.safeParse(definition);
    const calls = service.safeParse(definition);
    for (const field of message.data?.type.field ?? []) {
      const kind = field.label === 'LABEL_REPEATED' ? 'repeated ' : '';
      const type = field.type.replace('TYPE_', '').toLowerCase();
      assert.equal(
        `${field.number} ${kind}${type}`,
        vectors.messages[name]?.[field.name],
        `${name}.${field.name}`,
      );
      count++;
    }
    for (const call of Object.values(calls.data ?? {})) {
      assert.deepEqual([call.requestStream, call.responseStream], vectors.methods[call.path], call.path);
      count++;
    }
  }
  assert.ok(count > 60, `${count} fields and calls were compared`);
});

const lease: StateLease = {
  name: '1234',
  lost: new AbortController().signal,
  close: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
const FIRST: StateTxn = {
  compare: [
    { key: 'a', createRevision: 0n },
    { key: 'b', modRevision: BIG },
    { key: 'c', value: bytes('x') },
  ],
  then: [{ put: 'a', value: bytes('1'), lease }, { delete: 'b' }, { get: 'c' }],
  else: [{ get: 'a' }],
};

test('requests are encoded as from the published files', () => {
  const first = txnRequest(FIRST, () => 0x1234n);
  const second = txnRequest({ then: [{ put: 'd', value: bytes('2') }] }, () => 0n);
  const nested = [first, second].map((value) => ({ request: { $case: 'requestTxn', value } as const }));
  const range = { key: prefixStart('a/'), rangeEnd: prefixEnd('a/') };
  const create = { ...range, startRevision: 5n, progressNotify: true, watchId: 3n, fragment: true };
  same('TxnRequest', TxnRequest.encode(first));
  same('TxnRequest of two nested ones', TxnRequest.encode({ compare: [], success: nested, failure: [] }));
  same('RangeRequest', RangeRequest.encode({ ...range, limit: 64n, revision: BIG }));
  same(
    'WatchRequest that creates',
    WatchRequest.encode({ requestUnion: { $case: 'createRequest', value: create } }),
  );
  same(
    'WatchRequest that cancels',
    WatchRequest.encode({ requestUnion: { $case: 'cancelRequest', value: { watchId: 3n } } }),
  );
  same('LeaseGrantRequest', LeaseGrantRequest.encode({ TTL: 10n, ID: LEASE }));
  same('LeaseRevokeRequest', LeaseRevokeRequest.encode({ ID: LEASE }));
  same('LeaseKeepAliveRequest', LeaseKeepAliveRequest.encode({ ID: LEASE }));
});

const header = {
  clusterId: 14841639068965178418n,
  memberId: MEMBER,
  revision: BIG,
  raftTerm: 7n,
};
const record = { key: 'a', value: new Uint8Array([0, 255, 1]), createRevision: 2n, modRevision: BIG };

test('transactions that etcd answers are read, nested ones too', () => {
  const answer = TxnResponse.decode(published('TxnResponse'));
  assert.deepEqual(answer.header, header);
  assert.equal(answer.succeeded, true);
  assert.deepEqual(readRecords(answer.responses), [record]);
  assert.equal(answer.responses.length, 4);
  const inner = answer.responses[3]?.response;
  assert.ok(inner?.$case === 'responseTxn');
  assert.equal(inner.value.succeeded, true);
  assert.deepEqual(readRecords(inner.value.responses), [record]);
});

test('watches, leases, members and states that etcd answers are read', () => {
  const watch = WatchResponse.decode(published('WatchResponse'));
  assert.deepEqual(
    [watch.header, watch.watchId, watch.fragment, watch.created, watch.canceled],
    [header, 3n, true, false, false],
  );
  assert.deepEqual(
    watch.events.map(({ type, kv }) => [type, kv?.key.toString(), kv?.modRevision]),
    [
      [Event_EventType.PUT, 'a', BIG],
      [Event_EventType.DELETE, 'b', BIG],
    ],
  );
  const gone = WatchResponse.decode(published('WatchResponse of compacted history'));
  assert.deepEqual([gone.canceled, gone.compactRevision, gone.cancelReason], [true, 17n, 'compacted']);
  const lease10 = { header, ID: LEASE, TTL: 10n };
  assert.deepEqual(LeaseGrantResponse.decode(published('LeaseGrantResponse')), lease10);
  assert.deepEqual(LeaseKeepAliveResponse.decode(published('LeaseKeepAliveResponse')), lease10);
  const clientURLs = ['http://127.0.0.1:2379', 'http://[::1]:2379'];
  assert.deepEqual(MemberListResponse.decode(published('MemberListResponse')), {
    header,
    members: [{ ID: MEMBER, clientURLs, isLearner: true }],
  });
  assert.deepEqual(StatusResponse.decode(published('StatusResponse')), {
    header,
    leader: MEMBER,
    raftIndex: 11n,
    raftAppliedIndex: 10n,
    isLearner: true,
  });
});
