import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockBelow, runAsPasted } from '../support/document-commands.ts';
import { startNode } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';

test('the first session of the README runs as it stands', async () => {
  await using scratch = await openScratch();
  await using node = await startNode({ dataDir: scratch.at('provender-data') });
  const { code, stdout, stderr } = await runAsPasted(await blockBelow('README.md', '## A first session'), {
    folder: scratch.path,
    env: {
      PROVENDER_NODE: node.address,
      PROVENDER_LISTEN: node.address,
      PROVENDER_HTTP_LISTEN: node.httpAddress,
    },
  });
  const shown = `${stdout.toString()}${stderr}`;
  assert.equal(code, 0, shown);
  assert.match(shown, /^the same$/m);
  assert.match(shown, /^valid: file [0-9a-f]{64} of 10000000 bytes/m);
  assert.match(shown, /already held, nothing sent/);
  assert.match(shown, /running node: ready/);
});
