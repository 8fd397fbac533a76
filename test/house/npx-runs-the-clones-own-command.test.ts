import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScriptsCopy } from './scripts-in-copy.ts';

/** A registry that cannot answer: whoever asks it fails. */
const NO_REGISTRY = { npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0' };

test('npx provender runs what this clone built and asks no registry', async () => {
  await using copy = await ScriptsCopy.create();
  await copy.plant(
    'src/cli/main.ts',
    "#!/usr/bin/env node\nconsole.log('ours', ...process.argv.slice(2));\n",
  );
  assert.equal((await copy.run('node', ['scripts/build.mjs'])).code, 0);
  const { code, output } = await copy.run('npx', ['provender', 'ls', '--json'], NO_REGISTRY);
  assert.match(output, /ours ls --json/);
  assert.equal(code, 0);
});

test('before the first build npx provender fails and asks no registry either', async () => {
  await using copy = await ScriptsCopy.create();
  const { code, output } = await copy.run('npx', ['provender', 'ls'], NO_REGISTRY);
  assert.notEqual(code, 0);
  assert.match(output, /not found/);
});
