import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ceph as diagnose } from '../../src/node/diagnosis/ceph.ts';
import type { Finding } from '../../src/node/diagnosis/finding.ts';
import { loadConfig } from '../../src/node/load-config.ts';
import { makeNodeKey } from '../../src/node/node-key.ts';
import { encodeFormat } from '../../src/objects/rados/format-object.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { runCli } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';
import { until } from '../support/until.ts';

const ceph = useCeph();
const NO_MONITOR = 'mon host = [v2:127.0.0.1:1,v1:127.0.0.1:2]';

/** What doctor finds, as one text per check: `state: what it found -> what to do`. */
async function findings(
  flags: Readonly<Record<string, unknown>> = {},
  directory = '/nowhere',
): Promise<ReadonlyMap<string, string>> {
  const all = await ceph.cluster();
  const own = await ceph.pool();
  const settings = { store: 'rados', cephConf: all.confFile, pool: own.name, user: own.user, ...flags };
  const { config } = await loadConfig({ flags: settings, environment: {} });
  const texts = new Map<string, string>();
  for await (const { check, state, found, cure } of diagnose(config, directory)) {
    const text = `${state}: ${found}${cure === undefined ? '' : ` -> ${cure}`}`;
    texts.set(check, [...(texts.has(check) ? [texts.get(check)] : []), text].join('\n'));
  }
  return texts;
}

/** The last thing that doctor said: it stops where going on makes no sense. */
async function lastFinding(flags: Readonly<Record<string, unknown>>): Promise<readonly [string, string]> {
  const last = [...(await findings(flags))].at(-1);
  assert.ok(last);
  return last;
}

function isFinding(value: unknown): value is Finding {
  return typeof value === 'object' && value !== null && 'check' in value && 'state' in value;
}

test('a pool as operations.md makes it is good, and doctor leaves nothing in it', WITH_CEPH, async () => {
  const all = await ceph.cluster();
  await using pool = await all.createPool({ size: 3 });
  await all.admin(['osd', 'pool', 'set', pool.name, 'min_size', '2']);
  await all.admin(['osd', 'pool', 'set-quota', pool.name, 'max_bytes', String(2 ** 30)]);
  const found = await findings({ pool: pool.name, user: pool.user });
  // other tests make pools in this cluster, whose groups come and go
  const ofTheCluster = new Set(['placement groups', 'cluster health', 'OSDs']);
  const complaints = [...found].filter(
    ([check, text]) => !ofTheCluster.has(check) && !text.startsWith('good'),
  );
  assert.deepEqual(
    complaints.map(([check]) => check),
    [],
    [...found.values()].join('\n'),
  );
  assert.match(found.get('librados') ?? '', /^good: version \d+\.\d+\.\d+$/);
  assert.match(found.get('Ceph connection') ?? '', new RegExp(`\\(\\w+\\) as client.${pool.user}$`));
  assert.equal(found.get('quota and limit'), 'good: quota 1 GiB, limit by default 819.2 MiB');
  assert.match(found.get('stored objects') ?? '', /holds no objects yet/);
  assert.equal((await all.rados(['-p', pool.name, '--all', 'ls'])).toString(), '');
});

test('settings that reach no cluster are told apart', WITH_CEPH, async () => {
  const all = await ceph.cluster();
  await using scratch = await openScratch();
  const conf = await readFile(all.confFile, 'utf8');
  await writeFile(scratch.at('away.conf'), conf.replace(/^mon host.*$/m, NO_MONITOR));
  await writeFile(scratch.at('torn.conf'), 'hello [');
  await writeFile(scratch.at('empty.conf'), '');
  const { user } = await ceph.pool();
  const badKey = `[client.${user}]\n\tkey = ${await all.adminText(['auth', 'print-key', 'client.admin'])}\n`;
  await writeFile(scratch.at('wrong.keyring'), badKey);
  const { keyring } = await ceph.pool();
  const cases: readonly [Record<string, unknown>, string, RegExp][] = [
    [{ cephConf: '/nowhere/ceph.conf' }, 'ceph.conf', /no such file.* -> .*--ceph-conf/],
    [{ keyring: '/nowhere/keyring' }, 'keyring', /no such file.* -> .*--keyring/],
    [{ cephConf: scratch.at('torn.conf') }, 'Ceph connection', /torn\.conf: cannot be read \(EINVAL\)/],
    [{ cephConf: scratch.at('empty.conf') }, 'Ceph connection', /names no monitor/],
    [{ user: 'nobody-at-all' }, 'Ceph connection', /no key of client\.nobody-at-all was found/],
    [
      { keyring: scratch.at('wrong.keyring') },
      'Ceph connection',
      /the monitors refuse client\..*another one/,
    ],
    [
      { cephConf: scratch.at('away.conf'), keyring },
      'Ceph connection',
      /no monitor of .*away\.conf answered in time/,
    ],
  ];
  for (const [flags, check, expected] of cases) {
    const [last, text] = await lastFinding(flags);
    assert.deepEqual([last, text.startsWith('bad: ')], [check, true], text);
    assert.match(text, expected);
  }
});

test('a pool that is not there, and one that takes no omap rows, are found', WITH_CEPH, async () => {
  assert.match(
    (await findings({ pool: 'no-such-pool' })).get('pool') ?? '',
    /^bad: there is no pool no-such-pool in the cluster; .*ceph osd pool create no-such-pool/,
  );
  const all = await ceph.cluster();
  await using pool = await all.createPool({ erasure: true });
  const found = await findings({ pool: pool.name, user: pool.user });
  assert.match(found.get('pool') ?? '', /^bad: .*erasure-coded.* -> Make a replicated pool/);
  assert.match(found.get('right to write') ?? '', /^bad: .*takes no omap rows/);
});

test('rights that are missing are named with the command that gives them', WITH_CEPH, async () => {
  const all = await ceph.cluster();
  const { name } = await ceph.pool();
  const reader = await all.createUser({ mon: 'allow r', osd: `allow r pool=${name}` });
  const stranger = await all.createUser({ osd: 'allow rwx pool=of-somebody-else' });
  const cures = (user: string): RegExp =>
    new RegExp(`ceph auth caps client\\.${user} mon 'profile rbd' osd 'allow rwx pool=${name}'`);
  const asReader = await findings({ user: reader.user });
  assert.match(asReader.get('right to write') ?? '', /^bad: .*may not write \(EPERM\)/);
  assert.match(asReader.get('right to write') ?? '', cures(reader.user));
  assert.match(asReader.get('right to fence') ?? '', /^bad: may not put a dead pod on the blocklist/);
  assert.match(asReader.get('right to fence') ?? '', cures(reader.user));
  const asStranger = await findings({ user: stranger.user });
  assert.match(asStranger.get('right to write') ?? '', /^bad: .*may not write \(EPERM\)/);
  assert.match(asStranger.get('right to fence') ?? '', /^good/);
});

test('a pool over its quota is bad, and says so before a write is tried', WITH_CEPH, async () => {
  const all = await ceph.cluster();
  await using pool = await all.createPool();
  await all.admin(['osd', 'pool', 'set-quota', pool.name, 'max_bytes', '4096']);
  await all.rados(['-p', pool.name, 'put', 'big', '-'], new Uint8Array(1 << 20));
  await until('the quota is noticed', async () => {
    return (await all.adminText(['osd', 'pool', 'ls', 'detail'])).includes('full_quota');
  });
  const found = await findings({ pool: pool.name, user: pool.user });
  assert.match(found.get('pool room') ?? '', /^bad: .* of 4 KiB used; the pool is full/);
  assert.match(found.get('right to write') ?? '', /^bad: .*the pool is full/);
});

test('objects of another storer are told from our own', WITH_CEPH, async () => {
  const all = await ceph.cluster();
  const { name } = await ceph.pool();
  await using scratch = await openScratch();
  const format = encodeFormat({
    indexShards: 256,
    networkId: new Uint8Array(32),
    storerPK: new Uint8Array(32).fill(7),
  });
  await all.rados(['-p', name, '-N', 'theirs', 'put', 'format', '-'], format);
  const withoutKey = await findings({ namespace: 'theirs' }, scratch.path);
  assert.match(withoutKey.get('stored objects') ?? '', /^bad: .*has no key -> Mount keys\/node\.key/);
  await mkdir(scratch.at('keys'));
  await makeNodeKey(scratch.at('keys', 'node.key'));
  const withOther = await findings({ namespace: 'theirs' }, scratch.path);
  assert.match(withOther.get('stored objects') ?? '', /^bad: .*belong to storer 0707.*another namespace/);
});

test(
  'on the command line each finding is one JSON object, and a bad one gives exit code 1',
  WITH_CEPH,
  async () => {
    const all = await ceph.cluster();
    const own = await ceph.pool();
    const reader = await all.createUser({ osd: `allow r pool=${own.name}` });
    await using scratch = await openScratch();
    const args = ['--json', 'doctor', '--store', 'rados', '--data-dir', scratch.at('data')];
    const place = ['--ceph-conf', all.confFile, '--pool', own.name, '--user', reader.user];
    const ports = ['--listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0'];
    const { code, stdout } = await runCli([...args, ...place, ...ports]);
    assert.equal(code, 1);
    const lines: unknown[] = stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.ok(lines.every(isFinding));
    assert.ok(
      lines.some((line) => isFinding(line) && line.check === 'right to write' && line.state === 'bad'),
    );
  },
);
