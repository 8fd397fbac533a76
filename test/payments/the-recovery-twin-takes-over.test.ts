import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { addressOfKey } from '../../src/payments/signatures.ts';
import { filled } from '../support/payment-fixtures.ts';

const PAYMENTS = new URL('../../src/payments/', import.meta.url).href;
const PROOF = new URL('../../src/proof/kernels.ts', import.meta.url).href;
const CORE = createRequire(import.meta.url).resolve(
  process.env['PROVENDER_CORE'] ?? '../../build/Release/core.node',
);
const PROGRAM = `
  const { recoverSigner, signMessage } = await import(${JSON.stringify(`${PAYMENTS}signatures.ts`)});
  const { recoveryKernelInfo } = await import(${JSON.stringify(`${PAYMENTS}kernels.ts`)});
  const { kernelInfo } = await import(${JSON.stringify(PROOF)});
  const message = new Uint8Array(9);
  const signer = recoverSigner(message, signMessage(message, new Uint8Array(32).fill(9)));
  console.log(JSON.stringify({ ...recoveryKernelInfo(), signer, hashesNative: kernelInfo().native }));
`;
const SIGNER = addressOfKey(filled(32, 9));
/** Files whose tests ask for signers of all sorts. */
const SIGNATURE_TESTS = [
  'messages-and-signatures-equal-the-vectors.test.ts',
  'signatures-are-taken-as-the-contract-takes-them.test.ts',
];

interface Answer {
  readonly native: boolean;
  readonly reason?: string;
  readonly signer: string;
  readonly hashesNative: boolean;
}

/** What a process with these variables chooses. */
function chosenWith(env: Readonly<Record<string, string>>): Answer {
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', PROGRAM];
  const text = execFileSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  return JSON.parse(text);
}

/** A copy of the addon that asks for a function which no OpenSSL has. */
async function coreWithout(t: TestContext, name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'provender-recovery-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const addon = readFileSync(CORE);
  const at = addon.indexOf(`\0${name}\0`);
  assert.ok(at > 0, `${CORE} does not name ${name}`);
  addon.write('X', at + name.length);
  const file = join(folder, 'core.node');
  writeFileSync(file, addon);
  return file;
}

test('a built addon is what recovers', () => {
  assert.deepEqual(chosenWith({}), { native: true, signer: SIGNER, hashesNative: true });
});

test('PROVENDER_KERNEL=typescript takes the twin, with the same signer', () => {
  const { native, reason, signer } = chosenWith({ PROVENDER_KERNEL: 'typescript' });
  assert.deepEqual({ native, signer }, { native: false, signer: SIGNER });
  assert.match(reason ?? '', /PROVENDER_KERNEL asks for typescript/);
});

test('without the addon the twin recovers, and the reason names the cure', () => {
  const { native, reason, signer } = chosenWith({ PROVENDER_CORE: '/nowhere/core.node' });
  assert.deepEqual({ native, signer }, { native: false, signer: SIGNER });
  assert.match(reason ?? '', /core\.node does not load .*run: npm run build:native/);
});

test('where Node lends a function of OpenSSL no longer, the twin recovers and the rest of the addon stays', async (t) => {
  const core = await coreWithout(t, 'EC_POINT_mul');
  const { reason, ...answer } = chosenWith({ PROVENDER_CORE: core });
  assert.deepEqual(answer, { native: false, signer: SIGNER, hashesNative: true });
  assert.match(reason ?? '', /core\.node has no secp256k1/);
});

test('what is tested of signatures holds on the twin', () => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const files = SIGNATURE_TESTS.map((name) => join(import.meta.dirname, name));
  const args = ['--import', import.meta.resolve('tsx'), '--test', '--test-reporter=tap', ...files];
  const text = execFileSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...env, PROVENDER_KERNEL: 'typescript' },
  });
  assert.match(text, /^# pass [1-9]\d+$/m);
  assert.match(text, /^# fail 0$/m);
});
