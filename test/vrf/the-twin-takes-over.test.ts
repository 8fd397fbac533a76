import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { proveVrf } from '../../src/vrf/ecvrf.ts';

const KERNELS = new URL('../../src/vrf/kernels.ts', import.meta.url).href;
const SECRET = new Uint8Array(32).fill(9);
const PROGRAM = `
  const { proveVrf, vrfKernelInfo } = await import(${JSON.stringify(KERNELS)});
  const proof = proveVrf(new Uint8Array(32).fill(9), new Uint8Array(3));
  console.log(JSON.stringify({ ...vrfKernelInfo(), proof: Buffer.from(proof).toString('hex') }));
`;

interface Answer {
  readonly native: boolean;
  readonly reason?: string;
  readonly proof: string;
}

/** What a process with these variables chooses. */
function chosenWith(env: Readonly<Record<string, string>>): Answer {
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', PROGRAM];
  const text = execFileSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  return JSON.parse(text);
}

const EXPECTED = Buffer.from(proveVrf(SECRET, new Uint8Array(3))).toString('hex');

test('PROVENDER_KERNEL=typescript takes the twin, with the same bytes', () => {
  const { native, reason, proof } = chosenWith({ PROVENDER_KERNEL: 'typescript' });
  assert.equal(native, false);
  assert.match(reason ?? '', /PROVENDER_KERNEL asks for typescript/);
  assert.equal(proof, EXPECTED);
});

test('without the addon the twin proves, and the reason names the cure', () => {
  const { native, reason, proof } = chosenWith({ PROVENDER_CORE: '/nowhere/core.node' });
  assert.equal(native, false);
  assert.match(reason ?? '', /core\.node does not load .*run: npm run build:native/);
  assert.equal(proof, EXPECTED);
});

test('a built addon is what proves', () => {
  const { native, reason, proof } = chosenWith({});
  assert.deepEqual({ native, reason }, { native: true, reason: undefined });
  assert.equal(proof, EXPECTED);
});
