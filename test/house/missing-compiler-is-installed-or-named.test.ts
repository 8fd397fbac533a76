import assert from 'node:assert/strict';
import { chmod, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Finished, ScriptsCopy } from './scripts-in-copy.ts';

const COMMAND = 'install -y --no-install-recommends g++ make python3';

/** A machine with Node, a shell and an apt-get that only writes down what it is asked for; nothing is compiled. */
async function bareMachine(): Promise<ScriptsCopy> {
  const copy = await ScriptsCopy.create();
  await copy.plant('src/cli/main.ts', 'export const version = 1;\n');
  await copy.plant('binding.gyp', '{}');
  await copy.plant('bin/apt-get', `#!/bin/sh\necho "$@" >> "${join(copy.folder, 'asked')}"\n`);
  await chmod(join(copy.folder, 'bin/apt-get'), 0o755);
  await symlink('/bin/sh', join(copy.folder, 'bin/sh'));
  return copy;
}

/** Builds as the user with this id. */
async function buildAs(uid: number, copy: ScriptsCopy, env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  const who = `--import=data:text/javascript,process.getuid=()=>${uid}`;
  const path = join(copy.folder, 'bin');
  return copy.run(process.execPath, [who, 'scripts/build.mjs'], { PATH: path, ...env });
}

test('root gets the compiler from Debian', async () => {
  await using copy = await bareMachine();
  const { output } = await buildAs(0, copy);
  assert.match(output, /installing Debian packages: g\+\+/);
  const asked = await readFile(join(copy.folder, 'asked'), 'utf8');
  assert.match(asked, /^update/);
  assert.match(asked, /install -y --no-install-recommends .*g\+\+ make python3\n$/);
});

test('anybody else gets the exact command, and a node without the native core', async () => {
  await using copy = await bareMachine();
  const { code, output } = await buildAs(1000, copy);
  assert.ok(output.includes(`sudo apt-get ${COMMAND}`), output);
  assert.match(output, /going on with the TypeScript twins/);
  assert.equal(code, 0);
  await assert.rejects(readFile(join(copy.folder, 'asked')), { code: 'ENOENT' });
});

test('CI ends where the compiler cannot be had', async () => {
  await using copy = await bareMachine();
  const { code, output } = await buildAs(0, copy, { CI: 'true' });
  assert.equal(code, 1);
  assert.match(output, /CI needs g\+\+, make, python3/);
});
