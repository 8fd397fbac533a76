import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import type { PeerCertificate } from 'node:tls';
import { operatorNames, operatorRule, parseOperatorName } from '../../src/rpc/operators.ts';
import { TestCa } from '../support/certificates.ts';
import { openScratch } from '../support/scratch.ts';

const scratch = await openScratch();
after(() => scratch[Symbol.asyncDispose]());
const ca = await TestCa.make(scratch);

/** A certificate as a TLS connection gives it. */
async function certificate(subject: string, altNames?: string): Promise<PeerCertificate> {
  const files = await ca.issue({ subject, ...(altNames === undefined ? {} : { altNames }) });
  return new X509Certificate(await readFile(files.certFile)).toLegacyObject();
}

test('names are a common name, DNS:name or URI:uri, without patterns', () => {
  for (const good of [
    'alice',
    'Alice Smith',
    'alice@example.org',
    'DNS:ops.example.org',
    'URI:spiffe://x/ops',
  ])
    assert.equal(parseOperatorName(good), good);
  for (const bad of [
    '',
    ' alice',
    'alice ',
    '*',
    'a*',
    'DNS:*.example.org',
    'DNS:',
    'URI:',
    'spiffe://x/ops',
    'dns:x',
  ])
    assert.throws(() => parseOperatorName(bad), { code: 'PROVENDER_INVALID' }, bad);
});

test('a certificate has the names that openssl wrote into it', async () => {
  const names = async (subject: string, altNames?: string): Promise<string[]> =>
    operatorNames(await certificate(subject, altNames));
  assert.deepEqual(await names('/CN=alice'), ['alice']);
  assert.deepEqual(await names('/O=example'), []);
  assert.deepEqual(await names('/CN=DNS:ops.example.org'), []);
  assert.deepEqual(await names('/CN=a', 'DNS:b.example,URI:spiffe://x/y,IP:192.0.2.1,email:c@example.org'), [
    'a',
    'DNS:b.example',
    'URI:spiffe://x/y',
  ]);
});

test('an alternative name with special characters is no other name', async () => {
  const plain = await certificate('/O=x');
  const shown = (subjectaltname: string): string[] => operatorNames({ ...plain, subjectaltname });
  // as Node writes them since CVE-2021-44532: in quotes
  assert.deepEqual(shown('DNS:"x, DNS:alice"'), []);
  assert.deepEqual(shown('URI:"http://x/\\", DNS:alice", DNS:b'), ['DNS:b']);
  // as nobody should write them
  for (const list of ['DNS:a"', 'DNS:a, ', 'DNS', 'DNS:a,DNS:b']) assert.deepEqual(shown(list), [], list);
});

test('two common names are none', async () => {
  const twice = await certificate('/CN=alice');
  Object.assign(twice.subject, { CN: ['alice', 'bob'] });
  assert.deepEqual(operatorNames(twice), []);
});

test('the rule takes loopback, and valid certificates that are named', async () => {
  const isOperator = operatorRule(['alice']);
  const alice = await certificate('/CN=alice');
  const outside = '192.0.2.1';
  assert.equal(isOperator({ address: '127.0.0.1', certificate: undefined }), true);
  assert.equal(isOperator({ address: outside, certificate: undefined }), false);
  assert.equal(isOperator({ address: outside, certificate: alice }), true);
  assert.equal(operatorRule([])({ address: outside, certificate: alice }), false);
  assert.equal(isOperator({ address: outside, certificate: await certificate('/CN=bob') }), false);
  const { certFile } = await ca.issue({ subject: '/CN=alice', validity: [-7200, -60] });
  const ended = new X509Certificate(await readFile(certFile)).toLegacyObject();
  assert.equal(isOperator({ address: outside, certificate: ended }), false);
});
