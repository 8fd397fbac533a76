import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockBelow, runAsPasted } from '../support/document-commands.ts';
import { firstTerminal } from '../support/first-terminal.ts';
import { openScratch } from '../support/scratch.ts';

const SECTION = '## Paid calls on this machine';

test('the paid session of the README runs as it stands, and the provider has the money', async () => {
  await using scratch = await openScratch();
  await using terminal = await firstTerminal(await blockBelow('README.md', SECTION), scratch.path);
  const session = await runAsPasted(await blockBelow('README.md', SECTION, 1), { folder: scratch.path });
  const shown = `${session.stdout.toString()}${session.stderr}`;
  assert.equal(session.code, 0, shown);
  assert.match(shown, /^the same$/m);
  assert.match(shown, /paid [1-9]\d* in block/);
  assert.equal(await terminal.end(), 0, terminal.shown());
});
