import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { test } from 'node:test';
import { CLI_ARGS, cleanEnvironment, resultOf, startNode } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';

/** The first shell block below a heading of the README, as it can be pasted. */
async function blockBelow(heading: string): Promise<string> {
  const text = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const [, below = ''] = text.split(`\n## ${heading}\n`);
  const [, block] = /```sh\n([\s\S]*?)```/.exec(below) ?? [];
  assert.ok(block, `README.md has a shell block below "${heading}"`);
  return block;
}

test('the first session of the README runs as it stands', async () => {
  await using scratch = await openScratch();
  await using node = await startNode({ dataDir: scratch.at('provender-data') });
  // npx itself is tested in test/house; here it means the sources
  const npx = scratch.at('bin', 'npx');
  await mkdir(scratch.at('bin'));
  const words = [process.execPath, ...CLI_ARGS].map((word) => `'${word}'`).join(' ');
  await writeFile(npx, `#!/bin/sh\n[ "$1" = provender ] || exit 9\nshift\nexec ${words} "$@"\n`);
  await chmod(npx, 0o755);
  const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', await blockBelow('A first session')], {
    cwd: scratch.path,
    env: cleanEnvironment({
      PATH: `${scratch.at('bin')}${delimiter}${process.env['PATH'] ?? ''}`,
      PROVENDER_NODE: node.address,
      PROVENDER_LISTEN: node.address,
      PROVENDER_HTTP_LISTEN: node.httpAddress,
    }),
  });
  child.stdin.end();
  const { code, stdout, stderr } = await resultOf(child);
  const shown = `${stdout.toString()}${stderr}`;
  assert.equal(code, 0, shown);
  assert.match(shown, /^the same$/m);
  assert.match(shown, /already held, nothing sent/);
  assert.match(shown, /running node: ready/);
});
