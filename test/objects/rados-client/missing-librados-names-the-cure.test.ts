import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openScratch } from '../../support/scratch.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CORE = `${ROOT}build/Release/core.node`;
const RADOS = `${ROOT}build/Release/rados.node`;
const NEEDS_CORE = { skip: existsSync(CORE) ? false : 'no core.node is built' };
const NEEDS_RADOS = { skip: existsSync(RADOS) ? false : 'no rados.node is built' };

/** Says what `radosInfo` and `RadosCluster.connect` say of an addon, in a process of its own: an addon is loaded once per process. */
const PROBE = `
import { radosInfo } from './src/objects/rados/client/loader.ts';
import { RadosCluster } from './src/objects/rados/client/rados-cluster.ts';
const info = radosInfo();
const error = await RadosCluster.connect({ configFile: '/nowhere/ceph.conf', user: 'u' }).catch((e) => e);
console.log(JSON.stringify({ info, code: error.code, message: error.message }));
`;

async function probe(addon: string): Promise<{ info: object; code: string; message: string }> {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', PROBE];
  const env = { ...process.env, PROVENDER_RADOS: addon };
  const { stdout } = await run(process.execPath, args, { cwd: ROOT, env });
  return JSON.parse(stdout);
}

async function assertMissing(addon: string, cure: RegExp): Promise<void> {
  const { info, code, message } = await probe(addon);
  assert.equal(code, 'PROVENDER_NATIVE_MISSING');
  assert.match(message, cure);
  assert.deepEqual(info, { reason: message });
}

test('an addon that is not built: install librados-dev, then build', async () => {
  await using scratch = await openScratch();
  const cure = /install the Debian package librados-dev, then npm run build:native/;
  await assertMissing(scratch.at('rados.node'), cure);
});

test('a file that is no addon of this system: build', async () => {
  await using scratch = await openScratch();
  const addon = scratch.at('rados.node');
  await writeFile(addon, 'not a shared library\n');
  await assertMissing(addon, /does not fit this system \(.*\); npm run build:native/s);
});

test('an addon built for another Node: build', NEEDS_CORE, async () => {
  await using scratch = await openScratch();
  const addon = scratch.at('rados.node');
  const source = scratch.at('old.c');
  // What the addons of old carry: they register themselves with the number of the ABI that they were built for.
  await writeFile(
    source,
    `struct module { int version; unsigned flags; void *handle; const char *file; void *init; void *context;
       const char *name; void *data; void *next; } old = {1, 0, 0, "old.c", 0, 0, "old", 0, 0};
     void node_module_register(void *);
     __attribute__((constructor)) static void enter(void) { node_module_register(&old); }`,
  );
  await run('cc', ['-shared', '-fPIC', '-o', addon, source]);
  await assertMissing(addon, /NODE_MODULE_VERSION 1\b.*npm run build:native/s);
});

test('an addon of another kind: build', NEEDS_CORE, async () => {
  await using scratch = await openScratch();
  const addon = scratch.at('rados.node');
  await copyFile(CORE, addon);
  await assertMissing(addon, /not the one of this version; npm run build:native/);
});

test('a system without librados.so.2: install librados2', NEEDS_RADOS, async () => {
  await using scratch = await openScratch();
  const addon = scratch.at('rados.node');
  const built = await readFile(RADOS);
  const at = built.indexOf('librados.so.2\0');
  assert.ok(at > 0);
  built.write('librados.so.9', at); // a library that nobody has
  await writeFile(addon, built);
  await assertMissing(addon, /librados\.so\.9.*install the Debian package librados2/);
});

test('with librados, its version is told, and the error is that of the connection', NEEDS_RADOS, async () => {
  const { info, code, message } = await probe(RADOS);
  assert.match(JSON.stringify(info), /^\{"version":"\d+\.\d+\.\d+"\}$/);
  assert.equal(code, 'ENOENT');
  assert.match(message, /rados_conf_read_file/);
});
