import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { Client, credentials, loadPackageDefinition, type ServiceError, status } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { service as healthService } from 'grpc-health-check';
import { eventually, openRpcNode } from '../support/rpc-node.ts';

const asIs = (bytes: Buffer): Buffer => bytes;
const SERVICES = ['Share', 'File', 'Scrub', 'Round', 'Registry', 'Placement'].map(
  (name) => `provender.v1.${name}Service`,
);

interface HealthAnswer {
  readonly status: string;
}

/** Parts of the health service as any client has them. */
function health(): { check: Wire; watch: Wire } {
  const { Check: check, Watch: watch } = healthService;
  assert.ok(check !== undefined && watch !== undefined);
  return { check, watch };
}

interface Wire {
  readonly path: string;
  readonly requestSerialize: (value: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => object;
}

function check(client: Client, service: string): Promise<string> {
  const { path, requestSerialize, responseDeserialize } = health().check;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service }, (error, answer) => {
      if (error !== null) reject(error);
      else resolve((answer as HealthAnswer).status); // what the loader of grpc-health-check gives
    });
  });
}

test('the empty name is liveness, each service is readiness, other names are unknown', async () => {
  await using node = await openRpcNode({ drain: { delayMs: 600_000 } });
  const client = new Client(node.server.address, credentials.createInsecure());
  for (const name of ['', ...SERVICES]) assert.equal(await check(client, name), 'SERVING');
  await assert.rejects(check(client, 'other'), (error: ServiceError) => error.code === status.NOT_FOUND);
  node.health.addCheck('store', () => Promise.reject(new Error('away')));
  for (const name of SERVICES) assert.equal(await check(client, name), 'NOT_SERVING');
  assert.equal(await check(client, ''), 'SERVING');
  client.close();
});

test('a watcher sees each turn, and its call ends with the server', async () => {
  await using node = await openRpcNode();
  const client = new Client(node.server.address, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = health().watch;
  const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {
    service: SERVICES[0],
  });
  const seen: string[] = [];
  call.on('data', (answer: HealthAnswer) => seen.push(answer.status));
  call.on('error', () => undefined);
  await eventually('the first status', () => seen.length === 1);
  const closed = once(call, 'close');
  await node.server.close();
  await closed;
  assert.deepEqual(seen, ['SERVING', 'NOT_SERVING']);
  client.close();
});

/** Asks reflection one question; both its versions have the same messages. */
function reflect(client: Client, version: string, field: number, text: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    const call = client.makeBidiStreamRequest<Buffer, Buffer>(path, asIs, asIs);
    call.on('data', (answer: Buffer) => {
      resolve(answer);
      call.end();
    });
    call.on('error', reject);
    call.write(
      Buffer.from(
        new BinaryWriter()
          .uint32((field << 3) | 2)
          .string(text)
          .finish(),
      ),
    );
  });
}

/** All bytes fields `inner` inside the fields `outer` of a message. */
function nested(message: Uint8Array, outer: number, inner: number): Buffer[] {
  const found: Buffer[] = [];
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field !== outer) reader.skip(type);
    else {
      const part = new BinaryReader(reader.bytes());
      while (part.pos < part.len) {
        const [name, kind] = part.tag();
        if (name === inner) found.push(Buffer.from(part.bytes()));
        else part.skip(kind);
      }
    }
  }
  return found;
}

/** A FileDescriptorSet of these files. */
function descriptorSet(files: readonly Buffer[]): Buffer {
  const writer = new BinaryWriter();
  for (const file of files) writer.uint32((1 << 3) | 2).bytes(file);
  return Buffer.from(writer.finish());
}

for (const version of ['v1', 'v1alpha']) {
  test(`a generic client learns the services by reflection ${version} and calls one`, async () => {
    await using node = await openRpcNode();
    const client = new Client(node.server.address, credentials.createInsecure());
    const listed = nested(await reflect(client, version, 7, ''), 6, 1).map((part) => part.toString());
    for (const name of SERVICES)
      assert.ok(
        listed.some((text) => text.includes(name)),
        listed.join(),
      );
    const files = nested(await reflect(client, version, 4, 'provender.v1.ShareService'), 4, 1);
    assert.ok(files.length > 0);
    const loaded = loadPackageDefinition(loadFileDescriptorSetFromBuffer(descriptorSet(files)));
    const { provender } = loaded as unknown as { provender: { v1: Record<string, typeof Client> } }; // made at run time
    const Generic = provender.v1['ShareService'];
    assert.ok(Generic !== undefined);
    const generic = new Generic(node.server.address, credentials.createInsecure());
    const setShare: unknown = Reflect.get(generic, 'SetShare');
    assert.ok(typeof setShare === 'function');
    const answer = await new Promise<{ result: { share: { count: number } } }>((resolve, reject) => {
      setShare.call(
        generic,
        { data: Buffer.from('x') },
        (error: Error | null, value: { result: { share: { count: number } } }) =>
          error === null ? resolve(value) : reject(error),
      );
    });
    assert.equal(answer.result.share.count, 1);
    generic.close();
    client.close();
  });
}

test('reflection can be left out', async () => {
  await using node = await openRpcNode({ reflection: false });
  const client = new Client(node.server.address, credentials.createInsecure());
  await assert.rejects(
    reflect(client, 'v1', 7, ''),
    (error: ServiceError) => error.code === status.UNIMPLEMENTED,
  );
  client.close();
});
