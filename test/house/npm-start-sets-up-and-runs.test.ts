import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ScriptsCopy } from './scripts-in-copy.ts';

/** Stands in for the node: counts signals, and ends a moment later with a code of its own. */
const FAKE_NODE = `
let signals = 0;
const stop = (signal: string): void => {
  signals += 1;
  console.log(\`got \${signal} number \${signals}\`);
  if (signals === 1) setTimeout(() => process.exit(7), 600);
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
setInterval(() => undefined, 1000);
console.log('up', ...process.argv.slice(2));
`;

test('npm start builds, passes arguments on, hands SIGTERM through and keeps the exit code', async () => {
  await using copy = await ScriptsCopy.create();
  await copy.plant('src/cli/main.ts', FAKE_NODE);
  const npm = copy.start('npm', ['start', '--', '--data-dir', 'here']);
  await npm.shows('up serve --data-dir here');
  npm.child.kill('SIGTERM');
  const { code, output } = await npm.finished;
  assert.match(output, /compiling TypeScript/);
  assert.match(output, /got SIGTERM number 1/);
  assert.equal(code, 7);
});

test('one Ctrl-C is one signal to the node, though npm repeats it', async () => {
  await using copy = await ScriptsCopy.create();
  await copy.plant('src/cli/main.ts', FAKE_NODE);
  const npm = copy.start('npm', ['start']);
  await npm.shows('up serve');
  process.kill(-Number(npm.child.pid), 'SIGINT'); // the whole group, as the terminal does
  const { code, output } = await npm.finished;
  assert.match(output, /got SIGINT number 1/);
  assert.doesNotMatch(output, /number 2/);
  assert.equal(code, 7);
});

test('a second build does nothing and says nothing', async () => {
  await using copy = await ScriptsCopy.create();
  await copy.plant('src/cli/main.ts', FAKE_NODE);
  assert.equal((await copy.run('node', ['scripts/build.mjs'])).code, 0);
  assert.deepEqual(await copy.run('node', ['scripts/build.mjs']), { code: 0, output: '' });
});

test('a changed and a removed source reach dist', async () => {
  await using copy = await ScriptsCopy.create();
  await copy.plant('src/cli/main.ts', 'export const version = 1;\n');
  await copy.plant('src/cli/gone.ts', 'export const gone = 1;\n');
  await copy.run('node', ['scripts/build.mjs']);
  await copy.plant('src/cli/main.ts', 'export const version = 2;\n');
  await rm(join(copy.folder, 'src/cli/gone.ts'));
  await copy.run('node', ['scripts/build.mjs']);
  assert.match(await readFile(join(copy.folder, 'dist/cli/main.js'), 'utf8'), /version = 2/);
  await assert.rejects(readFile(join(copy.folder, 'dist/cli/gone.js')), { code: 'ENOENT' });
});

test('a type error stops the build and leaves the last good dist in place', async () => {
  await using copy = await ScriptsCopy.create();
  await copy.plant('src/cli/main.ts', 'export const version = 1;\n');
  await copy.run('node', ['scripts/build.mjs']);
  await copy.plant('src/cli/main.ts', "export const version: number = 'two';\n");
  const { code, output } = await copy.run('node', ['scripts/build.mjs']);
  assert.equal(code, 1);
  assert.match(output, /TS2322/);
  assert.match(await readFile(join(copy.folder, 'dist/cli/main.js'), 'utf8'), /version = 1/);
});

test('a Node that is too old is refused before anything is done', async () => {
  await using copy = await ScriptsCopy.create();
  const file = join(copy.folder, 'package.json');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/"node": ">=[\d.]+"/, '"node": ">=99.1"'));
  const { code, output } = await copy.run('node', ['scripts/build.mjs']);
  assert.equal(code, 1);
  assert.match(output, /is too old, >=99\.1 is needed/);
});

test('a native core that cannot be built is said, stops CI, and stops nobody else', async () => {
  await using copy = await ScriptsCopy.create();
  await copy.plant('src/cli/main.ts', 'export const version = 1;\n');
  await copy.plant('binding.gyp', "{ 'targets': [{ 'target_name': 'core', 'sources': ['native/bad.cc'] }] }");
  await copy.plant('native/bad.cc', '#error this does not compile\n');
  const { code, output } = await copy.run('node', ['scripts/build.mjs']);
  assert.match(output, /this does not compile/);
  assert.match(output, /going on with the TypeScript twins/);
  assert.equal(code, 0);
  assert.equal((await copy.run('node', ['scripts/build.mjs'], { CI: 'true' })).code, 1);
});
