import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isProvenderError, ProvenderClient } from '../../src/rpc/client/index.ts';
import { type CertificateFiles, TestCa } from '../support/certificates.ts';
import { eventually, type RpcNode } from '../support/rpc-node.ts';
import { openPki, openTlsNode, tlsOf } from '../support/tls-node.ts';

const pki = await openPki();
after(() => pki[Symbol.asyncDispose]());
const { ca } = pki;
const clientUse = { usage: 'clientAuth' } as const;
const alice = await ca.issue({ subject: '/CN=alice', ...clientUse });
const otherCa = await TestCa.make(pki.scratch, 'other-ca');
/** Certificates that the client CA vouches for not at all, or not for this, or not now. */
const unfit: Record<string, CertificateFiles> = {
  'of another CA': await otherCa.issue({ subject: '/CN=alice', ...clientUse }),
  expired: await ca.issue({ subject: '/CN=alice', ...clientUse, validity: [-7200, -60] }),
  'not valid yet': await ca.issue({ subject: '/CN=alice', ...clientUse, validity: [3600, 7200] }),
  weak: await ca.issue({ subject: '/CN=alice', ...clientUse, newkey: ['rsa:1024'] }),
  'of a server': await ca.issue({ subject: '/CN=alice', usage: 'serverAuth' }),
};

async function open(requireClientCert: boolean): Promise<RpcNode> {
  return openTlsNode(pki, { tls: { ...pki.server, clientCaFile: ca.certFile, requireClientCert } });
}

/** Whether a call with this certificate is answered. */
async function isAnswered(node: RpcNode, own?: CertificateFiles): Promise<boolean> {
  const tls = await tlsOf(ca, own);
  await using client = await ProvenderClient.open({ address: node.server.address, tls });
  try {
    await client.listFiles({}, { timeoutMs: 5000 });
    return true;
  } catch (error) {
    assert.ok(isProvenderError(error), String(error));
    assert.ok(error.code === 'PROVENDER_CONFIG' || error.code === 'PROVENDER_UNAVAILABLE', error.message);
    return false;
  }
}

test('where a certificate is required, no other client makes a call', async () => {
  await using node = await open(true);
  assert.equal(await isAnswered(node, alice), true);
  assert.equal(await isAnswered(node), false);
  for (const [what, files] of Object.entries(unfit)) assert.equal(await isAnswered(node, files), false, what);
  assert.equal(node.server.runningCalls, 0);
});

test('where it may be shown, one that is shown has to be good', async () => {
  await using node = await open(false);
  assert.equal(await isAnswered(node, alice), true);
  assert.equal(await isAnswered(node), true);
  for (const [what, files] of Object.entries(unfit)) assert.equal(await isAnswered(node, files), false, what);
});

test('refused connections are counted, and logged with their reason', async () => {
  await using node = await open(false);
  for (const files of Object.values(unfit)) await isAnswered(node, files);
  const reasons = [
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'INVALID_PURPOSE',
    'UNSPECIFIED',
  ];
  const log = node.logged.filter((line) => line.includes('"event":"handshake-failed"')).join('\n');
  for (const reason of reasons) assert.ok(log.includes(reason), `${reason} in ${log}`);
  const { text } = await node.metrics.page();
  const [, count] = /^provender_tls_handshakes_failed_total (\d+)$/m.exec(text) ?? [];
  assert.ok(Number(count) >= reasons.length);
  await eventually('no call runs', () => node.server.runningCalls === 0);
});
