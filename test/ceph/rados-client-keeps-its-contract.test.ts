import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { isProvenderError } from '../../src/content/provender-error.ts';
import type { RadosConnectOptions } from '../../src/objects/rados/client/rados-cluster-types.ts';
import { RadosCluster } from '../../src/objects/rados/client/rados-cluster.ts';
import type { RadosPool } from '../../src/objects/rados/client/rados-pool.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { codeOf, watch } from '../support/rados-on-fake.ts';

const ceph = useCeph();

/** A pool in a namespace that nothing else uses, and its connection. */
async function openPool(
  options: Partial<RadosConnectOptions> = {},
): Promise<{ pool: RadosPool } & AsyncDisposable> {
  const { confFile } = await ceph.cluster();
  const { name, user } = await ceph.pool();
  const connection = await RadosCluster.connect({ configFile: confFile, user, ...options });
  const pool = await connection.pool(name, { namespace: randomBytes(6).toString('hex') });
  return { pool, [Symbol.asyncDispose]: () => connection.close() };
}

function shared(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function keysOf(keys: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const key of keys) found.push(key);
  return found.toSorted();
}

const SIZES = [0, 1, 4095, 4096, 4097, 1_000_003, 4 << 20];

for (const size of SIZES) {
  test(`${size} bytes come back, into ordinary and shared memory, whole and in part`, WITH_CEPH, async () => {
    await using open = await openPool();
    const { pool } = open;
    const bytes = randomBytes(size);
    await pool.writeFull('k', bytes);
    assert.equal((await pool.stat('k')).size, size);
    for (const into of [new Uint8Array(size + 10), shared(size + 10)]) {
      assert.equal(await pool.read('k', { into }), size, 'short at the end of the object');
      assert.equal(digest(into.subarray(0, size)), digest(bytes));
      assert.deepEqual([...into.subarray(size)], Array(10).fill(0));
      const offset = Math.floor(size / 3);
      const length = Math.min(size - offset, 777);
      into.fill(0);
      assert.equal(await pool.read('k', { into, offset, length }), length);
      assert.deepEqual(into.subarray(0, length), new Uint8Array(bytes.subarray(offset, offset + length)));
      assert.equal(await pool.read('k', { into, offset: size + 5 }), 0, 'nothing beyond the end');
    }
    await pool.writeFull('k', new Uint8Array([7]));
    assert.equal((await pool.stat('k')).size, 1, 'writeFull cuts what was longer');
  });
}

test('write, append and truncate change a part; a hole reads as zeros', WITH_CEPH, async () => {
  await using open = await openPool();
  const { pool } = open;
  await pool.write('k', 5, new Uint8Array([1, 2, 3]));
  await pool.append('k', new Uint8Array([4]));
  await pool.truncate('k', 10);
  await pool.write('k', 6, new Uint8Array([9]));
  const into = new Uint8Array(20);
  assert.equal(await pool.read('k', { into }), 10);
  assert.deepEqual([...into.subarray(0, 10)], [0, 0, 0, 0, 0, 1, 9, 3, 4, 0]);
  await pool.truncate('k', 6);
  assert.equal((await pool.stat('k')).size, 6);
});

test('a read of no bytes asks whether the object is there', WITH_CEPH, async () => {
  await using open = await openPool();
  const { pool } = open;
  await assert.rejects(pool.read('k', { into: new Uint8Array(0) }), { code: 'ENOENT' });
  await pool.writeFull('k', new Uint8Array(5));
  assert.equal(await pool.read('k', { into: new Uint8Array(0) }), 0);
  assert.equal(await pool.read('k', { into: new Uint8Array(3), length: 0 }), 0);
});

test('keys of 1 and 2048 bytes, of any characters but NUL', WITH_CEPH, async () => {
  await using open = await openPool();
  const { pool } = open;
  const keys = ['a', 'b'.repeat(2048), 'é'.repeat(1024), ' ', '/', '..', '😀\n"%s'];
  for (const [at, key] of keys.entries()) await pool.writeFull(key, new Uint8Array([at]));
  assert.deepEqual(await keysOf(pool.list()), keys.toSorted());
  const into = new Uint8Array(1);
  for (const [at, key] of keys.entries()) {
    await pool.read(key, { into });
    assert.equal(into[0], at);
  }
});

test('a missing object is ENOENT for each call', WITH_CEPH, async () => {
  await using open = await openPool();
  const { pool } = open;
  const into = new Uint8Array(4);
  const missing = { code: 'ENOENT', errno: -2, key: 'k', pool: pool.name };
  await assert.rejects(pool.read('k', { into }), { ...missing, syscall: 'rados_aio_read' });
  await assert.rejects(pool.stat('k'), { ...missing, syscall: 'rados_aio_stat' });
  await assert.rejects(pool.remove('k'), { ...missing, syscall: 'rados_aio_remove' });
  await assert.rejects(pool.look('k', [{ do: 'stat' }]), missing);
  await assert.rejects(pool.getXattrs('k'), missing);
  await assert.rejects(pool.change('k', [{ do: 'assertExists' }, { do: 'remove' }]), missing);
});

test('guards decide whether a whole change is done', WITH_CEPH, async () => {
  await using open = await openPool();
  const { pool } = open;
  const one = new Uint8Array([1]);
  const two = new Uint8Array([2]);
  const create = [
    { do: 'create', exclusive: true },
    { do: 'writeFull', bytes: one },
    { do: 'setXattr', name: 'h', value: one },
    {
      do: 'omapSet',
      rows: [
        ['row', one],
        ['other', one],
      ],
    },
  ] as const;
  await pool.change('k', create);
  await assert.rejects(pool.change('k', create), { code: 'EEXIST' });
  const wrong = [{ do: 'cmpXattr', name: 'h', value: two }, { do: 'remove' }] as const;
  await assert.rejects(pool.change('k', wrong), { code: 'ECANCELED' });
  const taken = [{ do: 'omapCmp', key: 'row', value: new Uint8Array() }, { do: 'remove' }] as const;
  await assert.rejects(pool.change('k', taken), { code: 'ECANCELED' });
  await pool.change('k', [
    { do: 'cmpXattr', name: 'h', value: one },
    { do: 'omapCmp', key: 'row', value: one },
    { do: 'omapCmp', key: 'absent', value: new Uint8Array() },
    { do: 'omapRemove', keys: ['other'] },
    { do: 'write', offset: 1, bytes: two },
    { do: 'setXattr', name: 'h', value: two },
  ]);
  const into = new Uint8Array(4);
  const found = await pool.look(
    'k',
    [
      { do: 'read', offset: 0, length: 1 },
      { do: 'read', offset: 1, length: 3 },
      { do: 'xattrs' },
      { do: 'stat' },
      { do: 'omapKeys', keys: ['row', 'other'] },
    ],
    { into },
  );
  assert.deepEqual([...found.lengths], [1, 1]);
  assert.deepEqual([...into], [1, 2, 0, 0]);
  assert.deepEqual(found.xattrs, new Map([['h', two]]));
  assert.deepEqual(found.omap, new Map([['row', one]]));
  assert.equal(found.stat?.size, 2);
});

test('rows come page by page, in order, above a key and below a prefix', WITH_CEPH, async () => {
  await using open = await openPool();
  const { pool } = open;
  const keys = Array.from(
    { length: 2500 },
    (_, i) => `${i % 2 === 0 ? 'a' : 'b'}${String(i).padStart(4, '0')}`,
  );
  const value = (key: string): Uint8Array => new TextEncoder().encode(`value of ${key}`);
  for (let at = 0; at < keys.length; at += 500) {
    const rows = keys.slice(at, at + 500).map((key) => [key, value(key)] as const);
    await pool.change('k', [{ do: 'omapSet', rows }]);
  }
  const found = async (o: { after?: string; prefix?: string }): Promise<string[]> => {
    const got: string[] = [];
    for await (const [key, bytes] of pool.omapEntries('k', o)) {
      assert.deepEqual(bytes, value(key));
      got.push(key);
    }
    return got;
  };
  const sorted = keys.toSorted();
  assert.deepEqual(await found({}), sorted);
  assert.deepEqual(
    await found({ prefix: 'b' }),
    sorted.filter((key) => key.startsWith('b')),
  );
  const after = sorted[1100] ?? '';
  assert.deepEqual(await found({ after }), sorted.slice(1101));
  assert.deepEqual(await found({ prefix: 'c' }), []);
});

test(
  'batches: bytes or the error per key, a missing one in the middle, more than a window',
  WITH_CEPH,
  async () => {
    await using open = await openPool({ admission: { maxInFlight: 100 } });
    const { pool } = open;
    const items = Array.from({ length: 333 }, (_, i) => ({ key: `k${i}`, bytes: randomBytes(1 + (i % 50)) }));
    assert.deepEqual([...(await pool.writeMany(items))], Array(333).fill(0));
    await pool.remove('k200');
    const stride = 60;
    const into = shared(333 * stride);
    const codes = await pool.readMany(
      items.map(({ key }) => key),
      { into, stride },
    );
    for (const [at, { bytes }] of items.entries()) {
      assert.equal(codes[at], at === 200 ? -2 : bytes.length);
      const place = into.subarray(at * stride, (at + 1) * stride);
      const expected = new Uint8Array(stride);
      if (at !== 200) expected.set(bytes);
      assert.deepEqual(place, expected);
    }
  },
);

test('a destination that is transferred away while it is read is an error', WITH_CEPH, async () => {
  await using open = await openPool();
  const { pool } = open;
  await pool.writeFull('k', randomBytes(4096));
  const buffer = new ArrayBuffer(4096);
  const read = watch(pool.read('k', { into: new Uint8Array(buffer) }));
  const moved = structuredClone(buffer, { transfer: [buffer] });
  assert.equal(await codeOf(read), 'PROVENDER_INVALID');
  assert.deepEqual(new Uint8Array(moved), new Uint8Array(4096));
});

test(
  'slices of a listing are disjoint and together the whole; namespaces do not see each other',
  WITH_CEPH,
  async () => {
    await using open = await openPool();
    await using other = await openPool();
    const { pool } = open;
    const keys = Array.from({ length: 1234 }, (_, i) => `key-${i}`).toSorted();
    await pool.writeMany(keys.map((key) => ({ key, bytes: new Uint8Array() })));
    assert.deepEqual(await keysOf(pool.list()), keys);
    const slices = await Promise.all(
      Array.from({ length: 7 }, (_, slice) => keysOf(pool.list({ slice, slices: 7 }))),
    );
    assert.deepEqual(slices.flat().toSorted(), keys);
    assert.ok(slices.every((slice) => slice.length < keys.length / 2));
    assert.deepEqual(await keysOf(other.pool.list()), []);
    await assert.rejects(other.pool.stat('key-1'), { code: 'ENOENT' });
  },
);

test(
  '5000 writes asked for at once: what finds room is done, the surplus is refused',
  WITH_CEPH,
  async () => {
    await using open = await openPool();
    const { pool } = open;
    const calls = Array.from({ length: 5000 }, (_, i) => watch(pool.writeFull(`k${i}`, new Uint8Array(10))));
    const outcomes = await Promise.all(calls.map(({ outcome }) => outcome));
    const refused = outcomes.flatMap((outcome, i) => (outcome.status === 'rejected' ? [{ i, outcome }] : []));
    assert.equal(refused.length, 5000 - 512 - 4096);
    for (const { outcome } of refused) assert.ok(isProvenderError(outcome.reason, 'PROVENDER_BUSY'));
    const there = new Set(await keysOf(pool.list()));
    assert.equal(there.size, 512 + 4096);
    for (const { i } of refused) assert.ok(!there.has(`k${i}`));
  },
);

test('a flush resolves after the writes before it', WITH_CEPH, async () => {
  await using open = await openPool({ admission: { maxInFlight: 8 } });
  const { pool } = open;
  const writes = Array.from({ length: 50 }, (_, i) => watch(pool.writeFull(`k${i}`, randomBytes(4096))));
  await pool.flush();
  assert.equal((await keysOf(pool.list())).length, 50);
  for (const { outcome } of writes) assert.equal((await outcome).status, 'fulfilled');
});

test(
  'aborted in flight, a write is ambiguous and a read cancelled; both places come back',
  WITH_CEPH,
  async () => {
    const { confFile } = await ceph.cluster();
    const { name, user } = await ceph.pool();
    await using connection = await RadosCluster.connect({ configFile: confFile, user });
    const pool = await connection.pool(name, { namespace: randomBytes(6).toString('hex') });
    await pool.writeFull('k', randomBytes(1 << 20));
    for (let round = 0; round < 50; round++) {
      const abort = new AbortController();
      const { signal } = abort;
      const write = watch(pool.writeFull('w', randomBytes(1 << 16), { signal }));
      const read = watch(pool.read('k', { into: new Uint8Array(1 << 20), signal }));
      abort.abort();
      assert.equal(await codeOf(write), 'PROVENDER_AMBIGUOUS');
      assert.equal(await codeOf(read), 'PROVENDER_CANCELLED');
    }
    await pool.flush();
    await connection.close();
    assert.deepEqual(connection.load(), { inFlight: 0, inFlightBytes: 0, queued: 0 });
  },
);

test('close with calls in flight, twice and from two connections on one handle', WITH_CEPH, async () => {
  const { confFile } = await ceph.cluster();
  const { name, user } = await ceph.pool();
  const options = { configFile: confFile, user };
  const first = await RadosCluster.connect(options);
  const second = await RadosCluster.connect(options);
  assert.equal(first.address(), second.address(), 'equal settings share a handle');
  const pools = [await first.pool(name), await second.pool(name)];
  const calls = pools.flatMap((pool) =>
    Array.from({ length: 64 }, (_, i) => watch(pool.writeFull(`close-${i}`, randomBytes(4096)))),
  );
  await Promise.all([
    first.close({ graceMs: 60_000 }),
    second.close({ graceMs: 0 }),
    first.close(),
    second.close(),
  ]);
  for (const call of calls.slice(0, 64)) assert.equal((await call.outcome).status, 'fulfilled');
  for (const { outcome } of calls.slice(64)) {
    const settled = await outcome;
    assert.ok(settled.status === 'fulfilled' || isProvenderError(settled.reason, 'PROVENDER_AMBIGUOUS'));
  }
  const again = await RadosCluster.connect(options);
  await again.close();
});

test(
  'another instance has another address; one that is fenced is refused from then on',
  WITH_CEPH,
  async () => {
    const { confFile } = await ceph.cluster();
    const { name, user } = await ceph.pool();
    const options = { configFile: confFile, user };
    await using fencer = await RadosCluster.connect(options);
    await using fenced = await RadosCluster.connect({ ...options, instance: randomBytes(4).toString('hex') });
    assert.notEqual(fencer.address(), fenced.address());
    const pool = await fenced.pool(name);
    await pool.writeFull('fence', new Uint8Array([1]));
    await fencer.blocklist(fenced.address(), 60);
    await fencer.waitForLatestMap();
    await (await fencer.pool(name)).writeFull('fence', new Uint8Array([2]));
    await assert.rejects(pool.writeFull('fence', new Uint8Array([3])), { code: 'ESHUTDOWN', errno: -108 });
  },
);

test('usage, statistics and monitor commands answer', WITH_CEPH, async () => {
  const { confFile } = await ceph.cluster();
  const { name, user } = await ceph.pool();
  await using connection = await RadosCluster.connect({ configFile: confFile, user });
  const pool = await connection.pool(name);
  const { totalBytes, usedBytes } = await connection.usage();
  assert.ok(totalBytes > usedBytes && usedBytes > 0n);
  const { bytes, objects } = await pool.stats();
  assert.ok(bytes >= 0n && objects >= 0n);
  const answer = await connection.monCommand({ prefix: 'osd pool get-quota', pool: name });
  assert.ok(typeof answer === 'object' && answer !== null && 'pool_name' in answer);
  assert.equal(answer.pool_name, name);
  await assert.rejects(connection.monCommand({ prefix: 'no such thing' }), { code: 'EINVAL' });
});
