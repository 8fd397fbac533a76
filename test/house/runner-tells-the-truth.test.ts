import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScriptsCopy } from './scripts-in-copy.ts';

const GOOD = "import { test } from 'node:test';\ntest('holds', () => undefined);\n";
const BAD = "import { test } from 'node:test';\ntest('breaks', () => { throw new Error('on purpose'); });\n";
const HANGS =
  "import { test } from 'node:test';\ntest('hangs', () => new Promise(() => setInterval(() => 0, 1000)));\n";
const SKIPS =
  "import { test } from 'node:test';\ntest('waits', { skip: 'no moon tonight' }, () => undefined);\n";

async function runTests(
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): ReturnType<ScriptsCopy['run']> {
  await using copy = await ScriptsCopy.create();
  await copy.plant('src/cli/main.ts', 'export const version = 1;\n');
  await copy.plant('test/README', 'here are the tests');
  for (const [path, text] of Object.entries(files)) await copy.plant(path, text);
  return await copy.run('node', ['scripts/test.mjs', ...args]);
}

test('no test files at all are a failure', async () => {
  const { code, output } = await runTests({});
  assert.equal(code, 1);
  assert.match(output, /there are no test files/);
});

test('groups run apart and are summed up', async () => {
  const { code, output } = await runTests({ 'test/content/a.test.ts': GOOD, 'test/system/b.test.ts': GOOD });
  assert.match(output, /unit: 1 files, 1 passed, 0 failed, 0 skipped/);
  assert.match(output, /system: 1 files, 1 passed, 0 failed, 0 skipped/);
  assert.match(output, /all tests passed/);
  assert.equal(code, 0);
});

test('a failed test, a file that does not load and a file without tests fail the run', async () => {
  for (const text of [BAD, 'throw new Error("on load");\n', 'export const nothing = 1;\n']) {
    const { code, output } = await runTests({
      'test/content/a.test.ts': text,
      'test/content/b.test.ts': GOOD,
    });
    assert.equal(code, 1, output);
    assert.match(output, /TESTS FAILED/);
  }
});

test('a test that hangs is ended and counted', async () => {
  const files = { 'test/content/a.test.ts': HANGS, 'test/content/b.test.ts': GOOD };
  const { code, output } = await runTests(files, ['--test-timeout=3000']);
  assert.equal(code, 1);
  assert.match(output, /unit: 2 files, 1 passed, [12] failed/);
});

test('a skipped test is named with its reason', async () => {
  const { code, output } = await runTests({ 'test/content/a.test.ts': SKIPS });
  assert.equal(code, 0);
  assert.match(output, /SKIPPED .*test\/content\/a\.test\.ts "waits": no moon tonight/);
});

test('a group, a folder and a part of a name choose files; a word that matches nothing fails', async () => {
  const files = { 'test/content/a.test.ts': GOOD, 'test/proof/b.test.ts': BAD, 'test/native/c.test.ts': BAD };
  for (const [args, code] of [
    [['unit'], 1],
    [['test/content'], 0],
    [['a.test'], 0],
    [['native'], 1],
    [['content', 'proof'], 1],
    [['nowhere'], 1],
  ] as const) {
    const finished = await runTests(files, args);
    assert.equal(finished.code, code, `${args.join(' ')}: ${finished.output}`);
  }
});
