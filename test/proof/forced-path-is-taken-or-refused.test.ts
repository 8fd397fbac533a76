import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { availableKernels } from '../../src/proof/kernels.ts';

const MODULE = new URL('../../src/proof/kernels.ts', import.meta.url).href;
const SCRIPT = `
  import(${JSON.stringify(MODULE)}).then(({ blockRoots, kernelInfo }) => {
    const out = new Uint8Array(64);
    blockRoots(new Uint8Array(5000).fill(7), out);
    console.log(JSON.stringify({ info: kernelInfo(), root: Buffer.from(out).toString('hex') }));
  }).catch((error) => console.log(JSON.stringify({ code: error.code, message: error.message })));
`;

interface Answer {
  info?: { native: boolean; path: string; reason?: string };
  root?: string;
  code?: string;
  message?: string;
}

/** Runs a hash in a process of its own, since a process takes its path once. */
function run(env: Record<string, string>): Answer {
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', SCRIPT];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout);
}

test('every path of this machine can be forced, and all give the same roots', () => {
  const roots = new Set<string | undefined>();
  for (const { path } of availableKernels()) {
    const { info, root } = run({ PROVENDER_KERNEL: path });
    assert.equal(info?.path, path);
    assert.equal(info?.native, path !== 'typescript');
    roots.add(root);
  }
  assert.equal(roots.size, 1);
});

test('an unknown path is an error that lists the known ones, never a silent fallback', () => {
  const { code, message } = run({ PROVENDER_KERNEL: 'abacus' });
  assert.match(String(code), /^PROVENDER_(CONFIG|NATIVE_MISSING)$/);
  assert.match(String(message), /PROVENDER_KERNEL=abacus: .*typescript/);
});

test('without the addon the twin runs, and the reason names the cure', () => {
  const { info } = run({ PROVENDER_CORE: '../../build/absent/core.node', PROVENDER_KERNEL: '' });
  assert.deepEqual([info?.native, info?.path], [false, 'typescript']);
  assert.match(String(info?.reason), /not built; run: npm run build:native/);
});

test('a native path without the addon is PROVENDER_NATIVE_MISSING with the cure', () => {
  const { code, message } = run({
    PROVENDER_CORE: '../../build/absent/core.node',
    PROVENDER_KERNEL: 'shani4',
  });
  assert.equal(code, 'PROVENDER_NATIVE_MISSING');
  assert.match(String(message), /npm run build:native/);
});

test('an addon that does not load, or is another one, is a reason with the cure, and the twin runs', () => {
  for (const [file, reason] of [
    ['../../README.md', /does not load .*npm run build:native/s],
    ['../../package.json', /not the one of this version; run: npm run build:native/],
  ] as const) {
    const { info } = run({ PROVENDER_CORE: file, PROVENDER_KERNEL: '' });
    assert.deepEqual([info?.native, info?.path], [false, 'typescript']);
    assert.match(String(info?.reason), reason);
  }
});
