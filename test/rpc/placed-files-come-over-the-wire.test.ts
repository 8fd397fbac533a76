import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { STRIPE_SIZE } from '../../src/content/geometry.ts';
import { type ObjectId, objectIdHex, parseObjectId } from '../../src/content/object-id.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { MAX_RECEIPT, type PlacedFiles, placedStat, type PlacementWish } from '../../src/rpc/placed-files.ts';
import type { FileReading } from '../../src/shares/shares.ts';
import { cut, hex, referenceDataRoot } from '../proof/reference-tree.ts';
import { deferred } from '../support/deferred.ts';
import { eventually, openRpcNode } from '../support/rpc-node.ts';
import { pieces, referenceFileId, sourceOf } from '../support/share-content.ts';

/** A network in memory: what was placed, and with what wishes and receipts it was asked for. */
class MemoryNetwork implements PlacedFiles {
  /** Storers take their time: awaited behind the last byte. */
  storers: Promise<void> = Promise.resolve();
  readonly wishes: PlacementWish[] = [];
  readonly receipts: (Uint8Array | undefined)[] = [];
  readonly held = new Map<string, Buffer>();
  reads = 0;

  async put(
    declared: Parameters<PlacedFiles['put']>[0],
    source: AsyncIterable<Uint8Array>,
    { signal, ...wish }: Parameters<PlacedFiles['put']>[2],
  ): ReturnType<PlacedFiles['put']> {
    assert.ok(signal !== undefined);
    const parts: Buffer[] = [];
    for await (const piece of source) parts.push(Buffer.from(piece));
    const bytes = Buffer.concat(parts);
    this.wishes.push(wish);
    await this.storers;
    const id = referenceFileId(bytes);
    this.held.set(objectIdHex(id), bytes);
    const stat = placedStat({ id, sizeBytes: declared.sizeBytes, profile: 2 });
    return {
      stat,
      held: false,
      commR: new Uint8Array(),
      receipt: Buffer.from(`receipt of ${objectIdHex(id)}`),
    };
  }

  async open(
    id: ObjectId,
    range: { readonly offset?: number; readonly length?: number },
    { receipt }: Parameters<PlacedFiles['open']>[2],
  ): Promise<FileReading> {
    this.reads++;
    this.receipts.push(receipt);
    const bytes = this.held.get(objectIdHex(id));
    if (bytes === undefined) throw new ProvenderError('PROVENDER_NOT_FOUND', 'nobody holds it');
    const { offset = 0, length = bytes.length - offset } = range;
    const data = sourceOf(...pieces(bytes.subarray(offset, offset + length), 100_000));
    return { stat: placedStat({ id, sizeBytes: bytes.length, profile: 2 }), offset, length, data };
  }

  async stat(id: ObjectId): ReturnType<PlacedFiles['stat']> {
    const bytes = this.held.get(objectIdHex(id));
    if (bytes === undefined) throw new ProvenderError('PROVENDER_NOT_FOUND', 'nobody holds it');
    return placedStat({ id, sizeBytes: bytes.length, profile: 2 });
  }
}

async function bytesOf({ data }: FileReading): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const piece of data) parts.push(Buffer.from(piece));
  return Buffer.concat(parts);
}

test('uploads that wait for their storers do not keep others out', async () => {
  const network = new MemoryNetwork();
  const gate = deferred();
  network.storers = gate.promise;
  await using node = await openRpcNode({
    placement: network,
    limits: { maxBytesInFlight: STRIPE_SIZE + STRIPE_SIZE / 2 },
  });
  const waiting: Promise<unknown>[] = [];
  for (let n = 1; n <= 5; n++) {
    waiting.push(node.client.putPlaced({ sizeBytes: 1000 }, [randomBytes(1000)], { replicas: 3 }));
    await eventually('its bytes are there', () => network.wishes.length === n);
  }
  assert.equal(node.server.runningCalls, 5);
  gate.resolve();
  await Promise.all(waiting);
  await node.client.setFile({ sizeBytes: 1000 }, [randomBytes(1000)]);
});

test('a placed file gives its receipt, and is read through any node of the network', async () => {
  const network = new MemoryNetwork();
  await using node = await openRpcNode({ placement: network });
  const { client } = node;
  const content = randomBytes(300_000);
  const sent: number[] = [];
  const outcome = await client.putPlaced({ sizeBytes: content.length }, [content], {
    replicas: 3,
    name: 'wolk/photos/ä.jpg',
    onProgress: (bytes) => sent.push(bytes),
  });
  const { id } = outcome.stat;
  assert.equal(objectIdHex(id), objectIdHex(referenceFileId(content)));
  assert.equal(Buffer.from(outcome.receipt).toString(), `receipt of ${objectIdHex(id)}`);
  assert.deepEqual(network.wishes, [{ replicas: 3, name: 'wolk/photos/ä.jpg' }]);
  assert.deepEqual([outcome.stat.storedBytes, outcome.stat.commitment.length, outcome.held], [0, 0, false]);
  assert.equal(sent.at(-1), content.length);
  assert.ok((await bytesOf(await client.getFile(id))).equals(content));
  const range = { offset: 1000, length: 2000 };
  const { receipt } = outcome;
  assert.ok(
    (await bytesOf(await client.getFile(id, range, { receipt }))).equals(content.subarray(1000, 3000)),
  );
  assert.equal(network.receipts[0], undefined);
  assert.equal(Buffer.compare(network.receipts[1] ?? new Uint8Array(), receipt), 0);
  await client.putPlaced({ sizeBytes: 5 }, [randomBytes(5)]);
  assert.deepEqual(network.wishes[1], {}, 'the rest is the network’s to choose');
});

test('what is held here is read here, and what only others hold is not found when only this node is asked', async () => {
  const network = new MemoryNetwork();
  await using node = await openRpcNode({ placement: network });
  const { client } = node;
  const here = randomBytes(10_000);
  const { stat } = await client.setFile({ sizeBytes: here.length }, [here]);
  assert.ok((await bytesOf(await client.getFile(stat.id))).equals(here));
  assert.equal(network.reads, 0);
  const there = await client.putPlaced({ sizeBytes: 3 }, [randomBytes(3)]);
  await assert.rejects(client.getFile(there.stat.id, {}, { isHeldHere: true }), {
    code: 'PROVENDER_NOT_FOUND',
  });
  await assert.rejects(client.getFile(parseObjectId(randomBytes(32))), { code: 'PROVENDER_NOT_FOUND' });
});

test('a node without a network says so, and what it does not hold stays not found', async () => {
  await using node = await openRpcNode();
  const { client } = node;
  await assert.rejects(client.putPlaced({ sizeBytes: 3 }, [randomBytes(3)]), (error: Error) => {
    assert.match(error.message, /belongs to no network.*provender serve --network/);
    return error instanceof ProvenderError && error.code === 'PROVENDER_UNSUPPORTED';
  });
  const id = parseObjectId(randomBytes(32));
  await assert.rejects(client.getFile(id, {}, { receipt: randomBytes(100) }), {
    code: 'PROVENDER_NOT_FOUND',
  });
});

test('wishes and receipts beyond their bounds are refused before anything is read', async () => {
  const network = new MemoryNetwork();
  await using node = await openRpcNode({ placement: network });
  const { client } = node;
  for (const wish of [{ replicas: 17 }, { replicas: 2 ** 31 }, { name: 'é'.repeat(513) }])
    await assert.rejects(client.putPlaced({ sizeBytes: 3 }, [randomBytes(3)], wish), {
      code: 'PROVENDER_INVALID',
    });
  await client.putPlaced({ sizeBytes: 3 }, [randomBytes(3)], { replicas: 16, name: 'é'.repeat(512) });
  const id = parseObjectId(randomBytes(32));
  for (const length of [MAX_RECEIPT + 1, MAX_RECEIPT + 100_000])
    await assert.rejects(client.getFile(id, {}, { receipt: randomBytes(length) }), {
      code: 'PROVENDER_INVALID',
    });
  await assert.rejects(client.getFile(id, {}, { receipt: randomBytes(MAX_RECEIPT) }), {
    code: 'PROVENDER_NOT_FOUND',
  });
  assert.equal(network.held.size, 1);
});

test('a failure of the network reaches the caller whole', async () => {
  const details = { id: 'ab', holders: 2, reasons: 'x: it does not answer' };
  const failure = new ProvenderError('PROVENDER_UNAVAILABLE', 'no holder is left', { details });
  const network = new MemoryNetwork();
  network.put = () => Promise.reject(failure);
  network.open = () => Promise.reject(failure);
  await using node = await openRpcNode({ placement: network });
  await assert.rejects(node.client.putPlaced({ sizeBytes: 3 }, [randomBytes(3)]), {
    code: failure.code,
    details,
  });
  await assert.rejects(node.client.getFile(parseObjectId(randomBytes(32))), { code: failure.code, details });
});

test('roots of stripes and of the blocks of one stripe come over the wire', async () => {
  await using node = await openRpcNode();
  const { client } = node;
  const content = randomBytes(STRIPE_SIZE + 5000);
  const { stat } = await client.setFile({ sizeBytes: content.length }, [content]);
  const rootsOf = async (stripe?: number): Promise<string[]> => {
    const parts: Buffer[] = [];
    for await (const roots of client.fileRoots(stat.id, stripe === undefined ? {} : { stripe }))
      parts.push(Buffer.from(roots));
    return cut(Buffer.concat(parts), 32).map(hex);
  };
  const stripes = pieces(content, STRIPE_SIZE);
  assert.deepEqual(
    await rootsOf(),
    stripes.map((bytes) => hex(referenceDataRoot(bytes))),
  );
  for (const [stripe, bytes] of stripes.entries())
    assert.deepEqual(
      await rootsOf(stripe),
      pieces(bytes, 4096).map((block) => hex(referenceDataRoot(block))),
    );
  await assert.rejects(client.fileRoots(parseObjectId(randomBytes(32))).next(), {
    code: 'PROVENDER_NOT_FOUND',
  });
});
