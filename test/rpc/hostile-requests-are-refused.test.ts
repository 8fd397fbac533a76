import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { SetFileRequest } from '../../src/generated/provender/v1/file_service.ts';
import { SetSharesRequest } from '../../src/generated/provender/v1/share_service.ts';
import type { ErrorCode } from '../../src/content/error-codes.ts';
import { RawClient, type RawEnd } from '../support/rpc-raw-client.ts';
import { openRpcNode } from '../support/rpc-node.ts';

const MIB = 2 ** 20;

/** A length-delimited field. */
function field(number: number, bytes: Uint8Array): Buffer {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Uint8Array.of((number << 3) | 2), Uint8Array.from([...length, rest]), bytes]);
}

function fileHeader(sizeBytes: number): Uint8Array {
  return SetFileRequest.encode(
    SetFileRequest.fromPartial({ header: { sizeBytes: BigInt(sizeBytes) } }),
  ).finish();
}

function sharesHeader(count: number, sizeBytes: number): Uint8Array {
  return SetSharesRequest.encode(
    SetSharesRequest.fromPartial({ header: { count, sizeBytes: BigInt(sizeBytes) } }),
  ).finish();
}

function assertRefused({ error, isOurs }: RawEnd, code: ErrorCode, text: RegExp): void {
  assert.equal(error?.code, code, error?.message);
  assert.match(error?.message ?? '', text);
  assert.ok(isOurs, 'the error came with our trailers');
}

const id = randomBytes(32);

test('ids of another length are refused by every method that takes one', async () => {
  await using node = await openRpcNode();
  using raw = new RawClient(node.server.address);
  const methods = [
    ...['GetShare', 'StatShare', 'RemoveShare', 'GetShares'].map((name) => `ShareService/${name}`),
    ...['StatFile', 'RemoveFile'].map((name) => `FileService/${name}`),
  ];
  for (const method of methods) {
    for (const length of [1, 31, 33]) {
      const end = await raw.unary(method, field(1, randomBytes(length)));
      assertRefused(end, 'PROVENDER_INVALID', new RegExp(`object id: ${length} bytes, not 32`));
    }
  }
  for (const method of ['ShareService/ReadShares', 'FileService/GetFile'])
    assertRefused(
      await raw.download(method, field(1, randomBytes(5))),
      'PROVENDER_INVALID',
      /object id: 5 bytes/,
    );
  assertRefused(
    await raw.unary('FileService/ListFiles', field(2, randomBytes(65))),
    'PROVENDER_INVALID',
    /after in bytes: 65, limit 64/,
  );
});

test('bytes that are no message are refused with our trailers and not as an internal error', async () => {
  await using node = await openRpcNode();
  using raw = new RawClient(node.server.address);
  const broken = [
    Uint8Array.of(0x0a),
    Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f),
    Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
    field(1, randomBytes(32)).subarray(0, 20),
    Uint8Array.of(0x0f),
  ];
  for (const bytes of broken) {
    for (const method of ['ShareService/GetShare', 'ShareService/GetShares', 'FileService/StatFile'])
      assertRefused(await raw.unary(method, bytes), 'PROVENDER_INVALID', /no valid protobuf|object id/);
    assertRefused(await raw.upload('FileService/SetFile', [bytes]), 'PROVENDER_INVALID', /protobuf|header/);
    assertRefused(
      await raw.upload('ShareService/SetShares', [bytes]),
      'PROVENDER_INVALID',
      /protobuf|header/,
    );
  }
  assert.equal(node.logged.filter((line) => line.includes('PROVENDER_INTERNAL')).length, 0);
});

test('messages and items past their limits are refused', async () => {
  await using node = await openRpcNode();
  using raw = new RawClient(node.server.address);
  const many = (count: number, bytes: Uint8Array): Buffer =>
    Buffer.concat(Array.from({ length: count }, () => bytes));
  assertRefused(
    await raw.unary('ShareService/SetShare', field(1, randomBytes(4097))),
    'PROVENDER_INVALID',
    /4097 bytes, limit 4096/,
  );
  assertRefused(
    await raw.unary('ShareService/SetShare', field(1, randomBytes(MIB))),
    'PROVENDER_INVALID',
    /message of \d+ bytes, limit/,
  );
  assertRefused(
    await raw.unary('ShareService/GetShares', many(65, field(1, id))),
    'PROVENDER_INVALID',
    /65 ids, limit 64/,
  );
  assertRefused(
    await raw.unary('ShareService/GetShares', many(1500, field(1, new Uint8Array()))),
    'PROVENDER_INVALID',
    /1500 ids, limit 64/,
  );
  assertRefused(
    await raw.download('ShareService/ReadShares', many(4097, field(1, id))),
    'PROVENDER_INVALID',
    /4097 ids, limit 4096/,
  );
  const chunks = [sharesHeader(65, 65), many(65, field(2, Uint8Array.of(1)))];
  assertRefused(
    await raw.upload('ShareService/SetShares', chunks),
    'PROVENDER_INVALID',
    /65 chunks, limit 64/,
  );
  const long = [sharesHeader(1, 4097), field(2, randomBytes(4097))];
  assertRefused(
    await raw.upload('ShareService/SetShares', long),
    'PROVENDER_INVALID',
    /chunk: 4097 bytes, limit 4096/,
  );
  const data = [fileHeader(2 * MIB), field(2, randomBytes(MIB + 1))];
  assertRefused(
    await raw.upload('FileService/SetFile', data),
    'PROVENDER_INVALID',
    /1048577 bytes, limit 1048576/,
  );
  const page = await raw.unary('FileService/ListFiles', Uint8Array.of(0x18, 0xe9, 0x07));
  assertRefused(page, 'PROVENDER_INVALID', /page in entries: 1001, limit 1000/);
});

test('a message past the limit of gRPC itself is refused before it is buffered', async () => {
  await using node = await openRpcNode();
  using raw = new RawClient(node.server.address);
  const { error, isOurs } = await raw.upload('FileService/SetFile', [fileHeader(1), randomBytes(9 * MIB)]);
  assert.ok(error !== undefined);
  assert.equal(isOurs, false);
  assert.match(error.message, /larger than max/);
  assert.equal((await node.client.setShare(Uint8Array.of(1))).held, false);
});

test('uploads in another order than header, then content, are refused', async () => {
  await using node = await openRpcNode();
  using raw = new RawClient(node.server.address);
  const piece = field(2, Uint8Array.of(1));
  const uploads: [string, Uint8Array][] = [
    ['FileService/SetFile', fileHeader(2)],
    ['ShareService/SetShares', sharesHeader(2, 2)],
  ];
  for (const [method, header] of uploads) {
    assertRefused(await raw.upload(method, []), 'PROVENDER_INVALID', /no message came/);
    assertRefused(await raw.upload(method, [piece]), 'PROVENDER_INVALID', /content came before the header/);
    assertRefused(await raw.upload(method, [header, header]), 'PROVENDER_INVALID', /second header/);
    assertRefused(await raw.upload(method, [header, piece, header]), 'PROVENDER_INVALID', /second header/);
    assertRefused(
      await raw.upload(method, [Buffer.concat([header, piece])]),
      'PROVENDER_INVALID',
      /header came with content/,
    );
    assertRefused(
      await raw.upload(method, [header, new Uint8Array()]),
      'PROVENDER_INVALID',
      /without (bytes|chunks)/,
    );
  }
});

test('sizes that lie are refused, and leave nothing', async () => {
  await using node = await openRpcNode();
  using raw = new RawClient(node.server.address);
  const piece = (size: number): Buffer => field(2, randomBytes(size));
  for (const [declared, sent] of [
    [10, [9]],
    [10, [11]],
    [10, [5, 5, 1]],
    [0, [1]],
    [5, []],
  ] as const) {
    const end = await raw.upload('FileService/SetFile', [fileHeader(declared), ...sent.map(piece)]);
    assertRefused(end, 'PROVENDER_INVALID', /declared/);
  }
  const tooLong = Buffer.from(
    SetFileRequest.encode(SetFileRequest.fromPartial({ header: { sizeBytes: 2n ** 36n + 1n } })).finish(),
  );
  assertRefused(
    await raw.upload('FileService/SetFile', [tooLong], true),
    'PROVENDER_INVALID',
    /68719476737 bytes, limit 68719476736/,
  );
  for (const count of [0, 2 ** 20 + 1])
    assertRefused(
      await raw.upload('ShareService/SetShares', [sharesHeader(count, 1)], true),
      'PROVENDER_INVALID',
      /from 1 to 1048576/,
    );
  assertRefused(
    await raw.upload('ShareService/SetShares', [sharesHeader(2, 1), piece(1)]),
    'PROVENDER_INVALID',
    /1 chunks of 1 bytes/,
  );
  assert.deepEqual((await node.client.listFiles()).shares, []);
});

test('a batch out of order is refused', async () => {
  await using node = await openRpcNode();
  using raw = new RawClient(node.server.address);
  const chunk = field(2, Uint8Array.of(7));
  const end = await raw.upload('ShareService/SetShares', [sharesHeader(2, 2), Buffer.concat([chunk, chunk])]);
  assertRefused(end, 'PROVENDER_INVALID', /ascending/);
});

test('a range outside the object, and a question that is none, are refused', async () => {
  await using node = await openRpcNode();
  using raw = new RawClient(node.server.address);
  const { stat } = await node.client.setFile({ sizeBytes: 3 }, [Uint8Array.of(1, 2, 3)]);
  await assert.rejects(node.client.getFile(stat.id, { offset: 4 }), { code: 'PROVENDER_RANGE' });
  await assert.rejects(node.client.getFile(stat.id, { offset: 1, length: 3 }), { code: 'PROVENDER_RANGE' });
  assertRefused(
    await raw.download('ShareService/ReadShares', new Uint8Array()),
    'PROVENDER_INVALID',
    /neither ids nor a range/,
  );
  const both = Buffer.concat([field(1, id), field(2, field(1, id))]);
  assertRefused(
    await raw.download('ShareService/ReadShares', both),
    'PROVENDER_INVALID',
    /both ids and a range/,
  );
});

/** A challenge as a stranger may write it. */
function challenge(fields: { beacon?: Uint8Array; k?: number; form?: number; mode?: number }): Buffer {
  const numbers = [fields.k ?? 1, fields.form ?? 0, fields.mode ?? 0].flatMap((value, i) => [
    (i + 2) << 3,
    value,
  ]);
  return Buffer.concat([field(1, fields.beacon ?? randomBytes(32)), Uint8Array.from(numbers)]);
}

test('questions for proofs that are none are refused', async () => {
  await using node = await openRpcNode();
  using raw = new RawClient(node.server.address);
  const asked = (part: Uint8Array, objectId = id): Buffer =>
    field(1, Buffer.concat([field(1, objectId), field(2, part)]));
  for (const method of ['ShareService/VerifyShare', 'ShareService/VerifyShares', 'FileService/VerifyFile']) {
    const refused = async (bytes: Uint8Array, text: RegExp): Promise<void> =>
      assertRefused(await raw.unary(method, bytes), 'PROVENDER_INVALID', text);
    await refused(asked(challenge({}), randomBytes(31)), /object id: 31 bytes, not 32/);
    for (const length of [0, 31, 33])
      await refused(asked(challenge({ beacon: randomBytes(length) })), /beacon: \d+ bytes, not 32/);
    await refused(asked(challenge({ form: 4 })), /form 4 of a challenge is not known/);
    await refused(asked(challenge({ mode: 99 })), /mode 99 of a challenge is not known/);
    await refused(field(1, field(1, id)), /no challenge/);
    await refused(field(1, randomBytes(32)), /protobuf|object id/);
  }
  for (const method of ['ShareService/VerifyShare', 'FileService/VerifyFile'])
    assertRefused(await raw.unary(method, new Uint8Array()), 'PROVENDER_INVALID', /no question/);
  const many = Buffer.concat(Array.from({ length: 65 }, () => asked(challenge({}))));
  assertRefused(
    await raw.unary('ShareService/VerifyShares', many),
    'PROVENDER_INVALID',
    /65 questions, limit 64/,
  );
  const long = asked(Buffer.concat([challenge({}), field(15, randomBytes(20_000))]));
  assertRefused(
    await raw.unary('ShareService/VerifyShares', long),
    'PROVENDER_INVALID',
    /message of \d+ bytes/,
  );
});
