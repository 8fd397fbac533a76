import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/node/load-config.ts';
import { serverTls } from '../../src/node/tls-settings.ts';

const pair = { tlsCert: 'a.pem', tlsKey: 'a.key' };
const mutual = { ...pair, tlsClientCa: 'ca.pem' };

test('half of the settings is refused, naming the one to mend and the flag to give', async () => {
  const refused: [Record<string, unknown>, RegExp][] = [
    [{ tlsCert: 'a.pem' }, /^tlsCert \(from --tls-cert\): needs its key; name the file with --tls-key/],
    [{ tlsKey: 'a.key' }, /^tlsKey .*: needs its certificate; name the file with --tls-cert/],
    [{ tlsClientCa: 'ca.pem' }, /^tlsClientCa .*: works with TLS only/],
    [{ tlsRequireClientCert: true }, /^tlsRequireClientCert .*: needs the CAs of clients/],
    [{ ...pair, tlsRequireClientCert: true }, /^tlsRequireClientCert .*: needs the CAs of clients/],
    [{ ...pair, operators: 'alice' }, /^operators .*: needs the CAs of clients/],
  ];
  for (const [flags, message] of refused)
    await assert.rejects(loadConfig({ flags, environment: {} }), { code: 'PROVENDER_CONFIG', message });
});

test('operators are a list in the file and separated by commas elsewhere, each a name', async () => {
  const names = ['alice', 'DNS:ops.example.org', 'URI:spiffe://x/ops'];
  for (const operators of [names, names.join(','), names.join(' , ')]) {
    const { config } = await loadConfig({ flags: { ...mutual, operators }, environment: {} });
    assert.deepEqual(config.operators, names);
  }
  // a list keeps a name with a comma whole
  const { config } = await loadConfig({ flags: { ...mutual, operators: ['Smith, Alice'] }, environment: {} });
  assert.deepEqual(config.operators, ['Smith, Alice']);
  for (const operators of ['*', 'alice,', [''], [], [7], 'spiffe://x/ops'])
    await assert.rejects(loadConfig({ flags: { ...mutual, operators }, environment: {} }), {
      code: 'PROVENDER_CONFIG',
      message: /^operators /,
    });
});

test('the server gets what the settings say, and plain text without them', async () => {
  const { config: none } = await loadConfig({ flags: {}, environment: {} });
  assert.equal(serverTls(none), undefined);
  const environment = { PROVENDER_TLS_REQUIRE_CLIENT_CERT: 'true' };
  const { config } = await loadConfig({ flags: mutual, environment });
  const files = { certFile: 'a.pem', keyFile: 'a.key', clientCaFile: 'ca.pem' };
  assert.deepEqual(serverTls(config), { ...files, requireClientCert: true });
});

test('the variables of a caller are no mistyped settings', async () => {
  const names = ['CA', 'CLIENT_CERT', 'CLIENT_KEY', 'SERVER_NAME'].map((name) => [
    `PROVENDER_TLS_${name}`,
    'x',
  ]);
  const { warnings } = await loadConfig({ flags: {}, environment: Object.fromEntries(names) });
  assert.deepEqual(warnings, []);
});
