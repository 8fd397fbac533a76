import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import type { ErrorCode } from '../../src/content/error-codes.ts';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import { PLACEMENT_METHODS, REGISTRY_METHODS } from '../../src/rpc/methods.ts';
import { GrpcPrimaryCalls } from '../../src/rpc/nodes/grpc-primary-calls.ts';
import { NodeChannels } from '../../src/rpc/nodes/node-channels.ts';
import { openRpcNode } from '../support/rpc-node.ts';
import { allOf, scriptedServices } from '../support/rpc-network.ts';
import { RawClient, type RawEnd } from '../support/rpc-raw-client.ts';

const KEY = new Uint8Array(32).fill(9);

/** A message of one field of bytes. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  return new BinaryWriter()
    .uint32((number << 3) | 2)
    .bytes(bytes)
    .finish();
}

function assertRefused({ error, isOurs }: RawEnd, code: ErrorCode, text: RegExp): void {
  assert.equal(error?.code, code, error?.message);
  assert.match(error?.message ?? '', text);
  assert.ok(isOurs, 'the error came with our trailers');
}

test('messages beyond their bounds are refused before a handler sees them', async () => {
  const network = scriptedServices();
  await using node = await openRpcNode({ network });
  using raw = new RawClient(node.server.address);
  const bounds = [
    ['PlacementService/Claim', 1024],
    ['PlacementService/Commit', 2048],
    ['PlacementService/Assign', 256 * 256 + 1024],
    ['PlacementService/Prove', 8 * 2 ** 20 + 1024],
    ['PlacementService/Explain', 1024],
    ['PlacementService/GetReceipt', 1024],
    ['RoundService/Submit', 2 ** 17 + 1024],
    ['RegistryService/GetNode', 1024],
    ['RegistryService/ListNodes', 1024],
  ] as const;
  for (const [method, limit] of bounds) {
    const end = await raw.unary(method, field(1, Buffer.alloc(limit)));
    assertRefused(end, 'PROVENDER_INVALID', new RegExp(`message of \\d+ bytes, limit ${limit}`));
  }
  for (const method of [
    'PlacementService/FetchContent',
    'PlacementService/WatchAttempts',
    'RoundService/Follow',
  ])
    assertRefused(
      await raw.download(method, field(1, Buffer.alloc(2000))),
      'PROVENDER_INVALID',
      /limit 1024/,
    );
  assert.deepEqual([network.primary.asked, network.storer.assigned, network.log.submitted], [[], [], []]);
});

test('bytes that are no message, and hashes of another length, are refused and are no internal error', async () => {
  const network = scriptedServices();
  await using node = await openRpcNode({ network });
  using raw = new RawClient(node.server.address);
  const broken = [
    Uint8Array.of(0x0a),
    Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f),
    Uint8Array.of(0x0f),
  ];
  const unary = ['Claim', 'Assign', 'Commit', 'Prove', 'Explain', 'GetReceipt'];
  for (const bytes of broken) {
    for (const name of unary)
      assertRefused(
        await raw.unary(`PlacementService/${name}`, bytes),
        'PROVENDER_INVALID',
        /no valid protobuf/,
      );
    assertRefused(await raw.download('RoundService/Follow', bytes), 'PROVENDER_INVALID', /no valid protobuf/);
  }
  for (const length of [0, 31, 33]) {
    const bytes = field(1, randomBytes(length));
    assertRefused(
      await raw.unary('PlacementService/Prove', bytes),
      'PROVENDER_INVALID',
      /claim hash: \d+ bytes/,
    );
    assertRefused(
      await raw.unary('PlacementService/Explain', bytes),
      'PROVENDER_INVALID',
      /object id: \d+ bytes/,
    );
    assertRefused(
      await raw.unary('PlacementService/GetReceipt', bytes),
      'PROVENDER_INVALID',
      /object id: \d+/,
    );
    assertRefused(
      await raw.unary('RegistryService/GetNode', bytes),
      'PROVENDER_INVALID',
      /node key: \d+ bytes/,
    );
  }
  const after = field(1, randomBytes(31));
  assertRefused(await raw.unary('RegistryService/ListNodes', after), 'PROVENDER_INVALID', /after: 31 bytes/);
  const page = new BinaryWriter()
    .uint32(2 << 3)
    .uint32(1001)
    .finish();
  assertRefused(await raw.unary('RegistryService/ListNodes', page), 'PROVENDER_INVALID', /1001, limit 1000/);
});

test('proofs count as memory while they are checked', async () => {
  const network = scriptedServices();
  const limits = { maxBytesInFlight: 2 ** 20 };
  await using node = await openRpcNode({ network, limits });
  await using channels = new NodeChannels({ timeoutMs: 2000 });
  const calls = new GrpcPrimaryCalls(channels);
  const peer = { storerKey: KEY, address: node.server.address };
  const prove = (size: number) => calls.prove(peer, { claimHash: KEY, proof: Buffer.alloc(size) });
  await assert.rejects(prove(2 ** 20), { code: 'PROVENDER_BUSY' });
  assert.deepEqual(await prove(2 ** 19), { ok: true });
  assert.equal(network.primary.asked.length, 1);
});

/** A server that lies: it answers calls of a placement with what the test gives. */
async function openLiar(answers: {
  readonly claim?: object;
  readonly commit?: object;
  readonly content?: readonly object[];
  readonly attempts?: readonly object[];
  readonly nodes?: object;
}): Promise<{ address: string } & Disposable> {
  const server = new Server();
  const { claim, commit, fetchContent, watchAttempts } = PLACEMENT_METHODS;
  const { listNodes } = REGISTRY_METHODS;
  const unary =
    (answer: object | undefined) => (_: ServerUnaryCall<object, object>, done: sendUnaryData<object>) =>
      done(null, answer);
  const stream =
    (messages: readonly object[] | undefined) => (call: ServerWritableStream<object, object>) => {
      for (const message of messages ?? []) call.write(message);
      call.end();
    };
  server.addService(
    { claim, commit, fetchContent, watchAttempts, listNodes },
    {
      claim: unary(answers.claim),
      commit: unary(answers.commit),
      fetchContent: stream(answers.content),
      watchAttempts: stream(answers.attempts),
      listNodes: unary(answers.nodes),
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, [Symbol.dispose]: () => server.forceShutdown() };
}

test('answers that no whole node gives are found', async () => {
  const corrupt = { code: 'PROVENDER_CORRUPT' };
  const challenge = Buffer.alloc(0);
  using contrary = await openLiar({
    claim: { ok: true, reason: 'late' },
    commit: { ok: true, reason: '', challenge },
    attempts: [{ attempt: { objectId: Buffer.alloc(31), round: 1n, attempt: 0 } }],
  });
  using unknown = await openLiar({
    claim: { ok: false, reason: 'because' },
    commit: { ok: false, reason: '', challenge },
    attempts: [{ attempt: undefined }],
  });
  await using channels = new NodeChannels();
  const calls = new GrpcPrimaryCalls(channels);
  for (const { address } of [contrary, unknown]) {
    const peer = { storerKey: KEY, address };
    await assert.rejects(calls.claim(peer, KEY), corrupt);
    await assert.rejects(calls.commit(peer, KEY), corrupt);
  }
  const watch = (address: string) =>
    calls.watchAttempts({ storerKey: KEY, address })[Symbol.asyncIterator]().next();
  await assert.rejects(watch(contrary.address), { code: 'PROVENDER_INVALID', message: /object id: 31/ });
  await assert.rejects(watch(unknown.address), { code: 'PROVENDER_UNAVAILABLE', message: /ended its list/ });
});

test('content without a summary that fits is not whole', async () => {
  const data = Buffer.alloc(100, 1);
  const none = Buffer.alloc(0);
  const streams = [
    [{ data, summary: undefined }],
    [
      { data, summary: undefined },
      { data: none, summary: { sizeBytes: 99n } },
    ],
    [{ data: none, summary: { sizeBytes: 100n } }],
    [],
  ];
  await using channels = new NodeChannels();
  const calls = new GrpcPrimaryCalls(channels);
  for (const content of streams) {
    using liar = await openLiar({ content });
    const reading = async (): Promise<void> => {
      for await (const piece of calls.fetchContent(liar.address, KEY)) assert.ok(piece.length <= 100);
    };
    await assert.rejects(reading(), { code: 'PROVENDER_UNAVAILABLE', message: /without a fitting summary/ });
  }
});

test('a list of nodes that goes in circles, or has keys that are none, ends with an error', async () => {
  const epoch = { epoch: 1n, totalWeight: 1n };
  const storerKey = Buffer.alloc(32, 1);
  const node = {
    storerKey,
    vrfKey: storerKey,
    operatorId: storerKey,
    address: 'a:1',
    capacityGib: 1,
    weight: 1n,
    region: 0,
    retired: false,
  };
  const answers = [
    { nodes: [node], next: storerKey, epoch },
    { nodes: [{ ...node, vrfKey: Buffer.alloc(5) }], next: Buffer.alloc(0), epoch },
    { nodes: [{ ...node, address: 'a'.repeat(1000) }], next: Buffer.alloc(0), epoch },
    { nodes: [node], next: Buffer.alloc(0), epoch: undefined },
  ];
  for (const nodes of answers) {
    using liar = await openLiar({ nodes });
    await using client = await ProvenderClient.open({ address: liar.address });
    await assert.rejects(allOf(client.network.nodes()), { code: 'PROVENDER_CORRUPT' });
  }
});
