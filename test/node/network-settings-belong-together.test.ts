import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/node/load-config.ts';

const load = (flags: Readonly<Record<string, unknown>>) => loadConfig({ flags, environment: {} });

test('a node stands alone unless it is told its network', async () => {
  const { config } = await load({});
  const { network, primary, advertise, stageLimit, maxAssignments } = config;
  assert.deepEqual([network, primary, advertise], [undefined, false, undefined]);
  assert.deepEqual([stageLimit, maxAssignments], [64 * 2 ** 30, 4]);
});

test('the settings of a network are read from flags and environment', async () => {
  const environment = {
    PROVENDER_NETWORK: 'genesis.json',
    PROVENDER_PRIMARY: 'yes',
    PROVENDER_STAGE_LIMIT: '2GiB',
  };
  const flags = { advertise: '[2001:db8::7]:7411', maxAssignments: '2' };
  const { config } = await loadConfig({ flags, environment });
  const { network, primary, advertise, stageLimit, maxAssignments } = config;
  assert.deepEqual([network, primary], ['genesis.json', true]);
  assert.deepEqual(advertise, { host: '2001:db8::7', port: 7411 });
  assert.deepEqual([stageLimit, maxAssignments], [2 * 2 ** 30, 2]);
});

test('peers are a list of addresses, or one text, and a seed domain is a domain name', async () => {
  const network = 'genesis.json';
  const peers = [
    { host: 'a.example.org', port: 7411 },
    { host: '::1', port: 1 },
  ];
  assert.deepEqual((await load({ network, peers: 'a.example.org:7411, [::1]:1' })).config.peers, peers);
  assert.deepEqual((await load({ network, peers: ['a.example.org:7411', '[::1]:1'] })).config.peers, peers);
  assert.equal((await load({ network, seedDomain: 'example.org' })).config.seedDomain, 'example.org');
  const refusals = [
    [{ network, peers: 'a.example.org' }, /peers.*is no address/],
    [{ network, peers: Array.from({ length: 9 }, (_, i) => `n${i}:1`).join() }, /peers.*at most 8/],
    [{ network, seedDomain: 'example.org/x' }, /seedDomain.*is no domain name/],
    [{ network, seedDomain: `${'a'.repeat(64)}.org` }, /seedDomain.*is no domain name/],
    [{ peers: 'a:1' }, /peers \(from --peers\): works in a network only/],
    [{ seedDomain: 'example.org' }, /seedDomain.*works in a network only/],
  ] as const;
  for (const [flags, message] of refusals)
    await assert.rejects(load(flags), { code: 'PROVENDER_CONFIG', message });
});

test('a role without a network is refused, with what to do', async () => {
  await assert.rejects(load({ primary: true }), {
    code: 'PROVENDER_CONFIG',
    message: /primary \(from --primary\): works in a network only; name its genesis file with --network/,
  });
  await assert.rejects(load({ advertise: 'node-1:7411' }), {
    code: 'PROVENDER_CONFIG',
    message: /advertise/,
  });
  await assert.rejects(load({ network: '' }), { code: 'PROVENDER_CONFIG', message: /network.*is empty/ });
  await assert.rejects(load({ stageLimit: '1KiB' }), {
    code: 'PROVENDER_CONFIG',
    message: /stageLimit.*at least/,
  });
  await assert.rejects(load({ maxAssignments: '0' }), { code: 'PROVENDER_CONFIG', message: /at least 1/ });
});
