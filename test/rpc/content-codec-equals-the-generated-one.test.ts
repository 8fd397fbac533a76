import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  FileServiceService,
  type GetFileResponse,
  type SetFileRequest,
} from '../../src/generated/provender/v1/file_service.ts';
import {
  type FetchContentResponse,
  PlacementServiceService,
} from '../../src/generated/provender/v1/placement_service.ts';
import {
  type ShareItem,
  ShareServiceService,
  type SetSharesRequest,
} from '../../src/generated/provender/v1/share_service.ts';
import { MessageBuffers } from '../../src/rpc/message-buffers.ts';
import { type Encode, FILE_METHODS, PLACEMENT_METHODS, SHARE_METHODS } from '../../src/rpc/methods.ts';

const EMPTY = Buffer.alloc(0);
// lengths on both sides of each size of a varint
const length = fc.oneof(fc.constantFrom(0, 1, 127, 128, 4095, 4096, 16383, 16384, 262144), fc.nat(300));
// readers have content in shared memory, senders in their own
const bytes = fc
  .tuple(length, fc.nat(255), fc.boolean())
  .map(([size, fill, isShared]) =>
    isShared ? Buffer.from(new SharedArrayBuffer(size)).fill(fill) : Buffer.alloc(size, fill),
  );
const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((found) => Buffer.from(found));
const error = fc.record({
  code: fc.string(),
  message: fc.string(),
  retryable: fc.boolean(),
  details: fc.constant({ limit: '5' }),
});
const item: fc.Arbitrary<ShareItem> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ objectId: id, data: bytes, error: fc.constant(undefined) }) },
  {
    weight: 1,
    arbitrary: fc.record({ objectId: bytes, data: bytes, error: fc.option(error, { nil: undefined }) }),
  },
);
const data = fc.record({ data: bytes });
const setFile: fc.Arbitrary<SetFileRequest> = fc.record({
  header: fc.option(fc.record({ sizeBytes: fc.bigInt(0n, 2n ** 36n), objectId: bytes }), { nil: undefined }),
  data: bytes,
});
const getFile: fc.Arbitrary<GetFileResponse> = fc.record({
  head: fc.option(
    fc.record({ share: fc.constant(undefined), offset: fc.constant(5n), length: fc.constant(7n) }),
    {
      nil: undefined,
    },
  ),
  data: bytes,
  summary: fc.option(fc.record({ sizeBytes: fc.bigInt(0n, 2n ** 36n) }), { nil: undefined }),
});
const fetchContent: fc.Arbitrary<FetchContentResponse> = fc.record({
  data: bytes,
  summary: fc.option(fc.record({ sizeBytes: fc.bigInt(0n, 2n ** 36n) }), { nil: undefined }),
});
const setShares: fc.Arbitrary<SetSharesRequest> = fc.record({
  header: fc.option(
    fc.record({ count: fc.nat(), sizeBytes: fc.constant(3n), objectId: bytes, profile: fc.nat({ max: 3 }) }),
    { nil: undefined },
  ),
  chunks: fc.array(bytes, { maxLength: 20 }),
});
const items = fc.array(item, { maxLength: 20 });
const summary = fc.option(fc.record({ items: fc.nat(), sizeBytes: fc.constant(9n) }), { nil: undefined });

interface Codec<T> {
  readonly encode: Encode<T>;
  readonly decode: (bytes: Buffer) => T;
}

function assertEqualCodecs<T>(ours: Codec<T>, generated: Codec<T>, messages: fc.Arbitrary<T>): void {
  fc.assert(
    fc.property(messages, (message) => {
      const encoded = ours.encode(message);
      assert.deepEqual(encoded, generated.encode(message));
      const lent = new MessageBuffers();
      const first = ours.encode(message, lent.take);
      assert.deepEqual(first, encoded);
      lent.give(first.fill(0xff));
      assert.deepEqual(ours.encode(message, lent.take), encoded);
      assert.deepEqual(ours.decode(encoded), generated.decode(encoded));
    }),
  );
}

/** Any bytes, mostly near to real messages: both decoders give the same message or both refuse. */
function assertEqualDecoders<T>(ours: Codec<T>, generated: Codec<T>, messages: fc.Arbitrary<T>): void {
  const attempt = (decode: (found: Buffer) => T, found: Buffer): unknown => {
    try {
      return decode(found);
    } catch {
      return 'refused';
    }
  };
  const near = fc.tuple(messages, fc.nat(), fc.nat(255), fc.nat(400)).map(([message, at, value, cut]) => {
    const encoded = Buffer.concat([generated.encode(message), Buffer.from([value])]);
    encoded[at % Math.min(encoded.length, 80)] = value;
    return cut < 300 ? encoded : encoded.subarray(0, encoded.length - cut);
  });
  fc.assert(
    fc.property(
      fc.oneof(
        near,
        fc.uint8Array({ maxLength: 60 }).map((found) => Buffer.from(found)),
      ),
      (found) => {
        assert.deepEqual(attempt(ours.decode, found), attempt(generated.decode, found));
      },
    ),
    { numRuns: 2000 },
  );
}

function requests<T>(method: {
  requestSerialize: Encode<T>;
  requestDeserialize: (found: Buffer) => T;
}): Codec<T> {
  return { encode: method.requestSerialize, decode: method.requestDeserialize };
}

function responses<T>(method: {
  responseSerialize: Encode<T>;
  responseDeserialize: (found: Buffer) => T;
}): Codec<T> {
  return { encode: method.responseSerialize, decode: method.responseDeserialize };
}

function check<T>(name: string, ours: Codec<T>, generated: Codec<T>, messages: fc.Arbitrary<T>): void {
  test(`${name} has the bytes of the generated codec, and reads what that reads`, () => {
    assertEqualCodecs(ours, generated, messages);
    assertEqualDecoders(ours, generated, messages);
  });
}

check('SetShareRequest', requests(SHARE_METHODS.setShare), requests(ShareServiceService.setShare), data);
check('GetShareResponse', responses(SHARE_METHODS.getShare), responses(ShareServiceService.getShare), data);
check('SetFileRequest', requests(FILE_METHODS.setFile), requests(FileServiceService.setFile), setFile);
check('GetFileResponse', responses(FILE_METHODS.getFile), responses(FileServiceService.getFile), getFile);
check(
  'FetchContentResponse',
  responses(PLACEMENT_METHODS.fetchContent),
  responses(PlacementServiceService.fetchContent),
  fetchContent,
);
check(
  'SetSharesRequest',
  requests(SHARE_METHODS.setShares),
  requests(ShareServiceService.setShares),
  setShares,
);
check(
  'GetSharesResponse',
  responses(SHARE_METHODS.getShares),
  responses(ShareServiceService.getShares),
  fc.record({ items }),
);
check(
  'ReadSharesResponse',
  responses(SHARE_METHODS.readShares),
  responses(ShareServiceService.readShares),
  fc.record({ items, summary }),
);

test('a lent buffer is lent again when it is back, and never to two at once', () => {
  const lent = new MessageBuffers();
  const [first, second] = [lent.take(200_000), lent.take(200_000)];
  assert.notEqual(first.buffer, second.buffer);
  lent.give(first);
  lent.give(first);
  lent.give(Buffer.alloc(200_000));
  const third = lent.take(100_000);
  assert.equal(third.buffer, first.buffer);
  assert.equal(third.length, 100_000);
  assert.notEqual(lent.take(200_000).buffer, first.buffer);
});

test('decoded content is a view of the message, not a copy', () => {
  const message = SHARE_METHODS.getShare.responseSerialize({ data: Buffer.from('content') });
  const { data: found } = SHARE_METHODS.getShare.responseDeserialize(message);
  assert.equal(found.buffer, message.buffer);
  assert.deepEqual(SHARE_METHODS.getShare.responseDeserialize(EMPTY).data, EMPTY);
});
