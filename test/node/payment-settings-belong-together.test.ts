import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/node/load-config.ts';
import { evmChainIdOf } from '../../src/node/payment-settings.ts';
import { openScratch } from '../support/scratch.ts';

const load = (flags: Readonly<Record<string, unknown>>) => loadConfig({ flags, environment: {} });

/** All that mode mpe cannot do without, as it stands in the file. */
const SECTION = {
  mode: 'mpe',
  network: 'sepolia',
  rpc: ['https://ethereum.example.org/v3/key'],
  organization: 'my-org',
  groupId: Buffer.alloc(32, 7).toString('base64'),
  paymentAddress: '0xF627CE8635cdC34b2f619FDDb4E4b61308D6BD68',
  mpeAddress: '0x7E0aF8988DF45B824b2E0e0A87c6196897744970',
  schedule: { version: 1, default: { perCall: '0', perKiB: '0' }, methods: {} },
};

async function loadSection(section: object, rest: object = {}) {
  await using scratch = await openScratch();
  const file = scratch.at('provender.yaml');
  await writeFile(file, stringify({ ...rest, payments: section }));
  return (await loadConfig({ flags: {}, environment: {}, file })).config;
}

test('calls cost nothing unless it is said, and nothing of payments is needed then', async () => {
  const { config } = await load({});
  assert.deepEqual(
    [config.paymentsMode, config.stateStore, config.replicaId, config.paymentsRpc],
    ['off', 'level', 1, undefined],
  );
});

test('a section of the file is the settings without their first word', async () => {
  const config = await loadSection(SECTION);
  assert.deepEqual([config.paymentsMode, config.paymentsOrganization], ['mpe', 'my-org']);
  assert.deepEqual(config.paymentsSchedule, SECTION.schedule);
  assert.equal(config.paymentsMaxViewAge, 600_000);
  await assert.rejects(loadSection({ ...SECTION, mpeAdress: 'x' }), {
    code: 'PROVENDER_CONFIG',
    message: /unknown setting "paymentsMpeAdress", did you mean "paymentsMpeAddress"/,
  });
});

test('each setting that decides money has to be named', async () => {
  for (const name of Object.keys(SECTION).filter((key) => key !== 'mode')) {
    const { [name as keyof typeof SECTION]: _, ...rest } = SECTION;
    const setting = `payments${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    await assert.rejects(loadSection(rest), {
      code: 'PROVENDER_CONFIG',
      message: new RegExp(`^${setting}: is needed`),
    });
  }
});

test('a network that nobody knows names its chain id', async () => {
  assert.equal(evmChainIdOf(await loadSection(SECTION)), 11_155_111n);
  await assert.rejects(loadSection({ ...SECTION, network: 'mine' }), /paymentsEvmChainId: is needed/);
  assert.equal(evmChainIdOf(await loadSection({ ...SECTION, network: 'mine', evmChainId: 31_337 })), 31_337n);
});

test('values that cannot be meant are refused with what is allowed', async () => {
  const wrong: readonly [object, RegExp][] = [
    [{ organization: 'a/b' }, /paymentsOrganization.*letters, digits/],
    [{ network: 'a/b' }, /paymentsNetwork.*letters, digits/],
    [{ groupId: 'AAAA' }, /paymentsGroupId.*base64 of 32 bytes/],
    [{ paymentAddress: '0x12' }, /paymentsPaymentAddress.*is no address/],
    [{ rpc: 'ftp://x' }, /paymentsRpc.*no http or https URL/],
    [{ lockTtlSeconds: 1 }, /paymentsLockTtlSeconds.*at least 2/],
    [{ mode: 'escrow' }, /known modes are off and mpe/],
    [{ schedule: 5 }, /paymentsSchedule.*neither a file nor a section/],
  ];
  for (const [change, message] of wrong) {
    await assert.rejects(loadSection({ ...SECTION, ...change }), { code: 'PROVENDER_CONFIG', message });
  }
});

test('etcd needs its members, and what belongs to etcd is refused without it', async () => {
  await assert.rejects(load({ stateStore: 'etcd' }), /stateStore.*--etcd-endpoints/);
  await assert.rejects(load({ etcdEndpoints: '127.0.0.1:2379' }), /etcdEndpoints.*state store etcd only/);
  const etcd = { stateStore: 'etcd', etcdEndpoints: '127.0.0.1:1,[::1]:2' };
  const { config } = await load(etcd);
  assert.deepEqual(config.etcdEndpoints, ['127.0.0.1:1', '[::1]:2']);
  const url = { ...etcd, etcdEndpoints: ['http://10.0.1.1:2379'] };
  assert.deepEqual((await load(url)).config.etcdEndpoints, url.etcdEndpoints);
  await assert.rejects(load({ ...etcd, etcdEndpoints: 'etcd' }), /etcdEndpoints/);
  await assert.rejects(load({ ...etcd, etcdCert: 'a.pem' }), /etcdCert.*--etcd-key/);
  await assert.rejects(load({ ...etcd, etcdKey: 'a.key' }), /etcdKey.*--etcd-cert/);
  await assert.rejects(load({ ...etcd, etcdCert: 'a.pem', etcdKey: 'a.key' }), /etcdCert.*--etcd-ca/);
});
