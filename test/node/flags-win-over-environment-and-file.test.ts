import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { loadConfig } from '../../src/node/load-config.ts';
import { openScratch } from '../support/scratch.ts';

async function fileWith(content: string) {
  const scratch = await openScratch();
  const file = scratch.at('provender.yaml');
  await writeFile(file, content);
  return { file, [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose]() };
}

test('without settings a node has the documented defaults', async () => {
  const { config, origins } = await loadConfig({ flags: {}, environment: {} });
  assert.equal(config.dataDir, './provender-data');
  assert.equal(config.store, 'level');
  assert.equal(config.limit, undefined);
  assert.deepEqual(config.listen, { host: '127.0.0.1', port: 7411 });
  assert.deepEqual(config.httpListen, { host: '127.0.0.1', port: 7491 });
  assert.equal(config.maxCalls, 1024);
  assert.equal(config.maxBytesInFlight, 256 * 2 ** 20);
  assert.deepEqual(new Set(Object.values(origins)), new Set(['default']));
});

test('flags win over the environment, the environment over the file, the file over defaults; each value tells its origin', async () => {
  await using source = await fileWith('limit: 1GiB\nmaxCalls: 3\nstore: files\ninsecure: true\n');
  const { config, origins } = await loadConfig({
    flags: { limit: '3GiB' },
    environment: { PROVENDER_LIMIT: '2GiB', PROVENDER_MAX_CALLS: '4', PROVENDER_GRACE: '1m' },
    file: source.file,
  });
  assert.deepEqual([config.limit, config.maxCalls, config.store], [3 * 2 ** 30, 4, 'files']);
  assert.deepEqual([config.grace, config.insecure, config.reflection], [60_000, true, true]);
  assert.equal(origins.limit, '--limit');
  assert.equal(origins.maxCalls, 'PROVENDER_MAX_CALLS');
  assert.equal(origins.store, source.file);
  assert.equal(origins.listen, 'default');
});

test('an empty variable is an unset one, a switch understands words', async () => {
  const environment = { PROVENDER_LIMIT: '', PROVENDER_REFLECTION: 'no' };
  const { config } = await loadConfig({ flags: {}, environment });
  assert.deepEqual([config.limit, config.reflection], [undefined, false]);
});

test('an unknown setting of the file is refused with the nearest known one', async () => {
  await using source = await fileWith('datadir: /srv\n');
  await assert.rejects(loadConfig({ flags: {}, environment: {}, file: source.file }), {
    code: 'PROVENDER_CONFIG',
    message: `configuration file ${source.file}: unknown setting "datadir", did you mean "dataDir"?`,
  });
});

test('an unknown variable that looks like a setting is a warning; those of Kubernetes are not', async () => {
  const environment = {
    PROVENDER_DATADIR: 'x',
    PROVENDER_SERVICE_HOST: '10.0.0.1',
    PROVENDER_PORT: 'tcp://10.0.0.1',
  };
  const { warnings } = await loadConfig({ flags: {}, environment });
  assert.deepEqual(warnings, [
    'environment variable PROVENDER_DATADIR is not used, did you mean PROVENDER_DATA_DIR?',
  ]);
});

const WRONG: readonly (readonly [string, unknown, RegExp])[] = [
  [
    'limit',
    '10 parsecs',
    /^limit \(from --limit\): "10 parsecs" is no size; write 4096, 64MiB or 1.5GB; found "10 parsecs"$/,
  ],
  ['limit', '12', /limit \(from --limit\): at least 1048576 bytes/],
  ['limit', ['1'], /is no text or number/],
  ['grace', '30', /grace .*"30" is no time span; write 500ms, 30s or 5m/],
  ['grace', '2h', /at most 3600000 ms/],
  ['listen', '7411', /listen .*"7411" is no address; write 127.0.0.1:7411/],
  ['listen', '127.0.0.1:70000', /is no address/],
  ['maxCalls', '0', /maxCalls .*at least 1/],
  ['maxCalls', '1.5', /is no whole number/],
  ['maxCalls', 'many', /maxCalls .*found "many"/],
  ['store', 'tape', /store .*known stores are level, files and rados; found "tape"/],
  ['namespace', 'a.data', /names that end in .data hold the data of another namespace; found "a.data"/],
  ['opTimeout', '10ms', /opTimeout .*at least 1000 ms/],
  ['opsInFlight', '0', /opsInFlight .*at least 1/],
  ['user', 'a\0b', /user .*holds a NUL character/],
  ['pool', '', /pool .*is empty/],
  ['logLevel', 'loud', /known levels are trace, debug/],
  ['dataDir', '', /dataDir .*is empty/],
  ['reflection', 'perhaps', /reflection .*found "perhaps"/],
];

for (const [name, value, message] of WRONG) {
  test(`${name} = ${JSON.stringify(value)} is refused, naming setting, origin and what is allowed`, async () => {
    await assert.rejects(loadConfig({ flags: { [name]: value }, environment: {} }), {
      code: 'PROVENDER_CONFIG',
      message,
    });
  });
}

test('store rados needs a pool, and a pool needs store rados', async () => {
  await assert.rejects(loadConfig({ flags: { store: 'rados' }, environment: {} }), {
    code: 'PROVENDER_CONFIG',
    message: 'pool: store rados needs a pool; name one with --pool',
  });
  await assert.rejects(loadConfig({ flags: {}, environment: { PROVENDER_POOL: 'fast' } }), {
    code: 'PROVENDER_CONFIG',
    message:
      'pool (from PROVENDER_POOL): belongs to store rados, configured is level; start with --store rados, or leave the pool out; found "fast"',
  });
  const { config, warnings } = await loadConfig({
    flags: { store: 'rados', pool: 'fast' },
    environment: { PROVENDER_CEPH_CONF: '/srv/ceph.conf' },
  });
  assert.deepEqual(
    [config.pool, config.cephConf, config.namespace, config.user, config.opTimeout, warnings],
    ['fast', '/srv/ceph.conf', 'provender', 'provender', 30_000, []],
  );
});

test('other settings of rados are a warning where another store is configured', async () => {
  const environment = { PROVENDER_CEPH_CONF: '/srv/ceph.conf' };
  const { warnings } = await loadConfig({ flags: { user: 'me' }, environment });
  assert.deepEqual(warnings, [
    'cephConf (from PROVENDER_CEPH_CONF) is of store rados and not used by level',
    'user (from --user) is of store rados and not used by level',
  ]);
});

test('a file that is missing, no YAML or no mapping is refused with its path', async () => {
  await assert.rejects(loadConfig({ flags: {}, environment: {}, file: '/nowhere/provender.yaml' }), {
    code: 'PROVENDER_CONFIG',
    message: /configuration file \/nowhere\/provender.yaml: ENOENT/,
  });
  await using broken = await fileWith('limit: [1\n');
  await assert.rejects(loadConfig({ flags: {}, environment: {}, file: broken.file }), {
    code: 'PROVENDER_CONFIG',
  });
  await using list = await fileWith('- limit\n');
  await assert.rejects(loadConfig({ flags: {}, environment: {}, file: list.file }), /holds no settings/);
  await using empty = await fileWith('# nothing yet\n');
  assert.equal((await loadConfig({ flags: {}, environment: {}, file: empty.file })).config.store, 'level');
});
