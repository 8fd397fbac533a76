import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockBelow, runAsPasted } from '../support/document-commands.ts';
import { firstTerminal } from '../support/first-terminal.ts';
import { openScratch } from '../support/scratch.ts';

const SECTION = '## A network on this machine';

test('the network of the README runs as it stands, and the file outlives a holder', async () => {
  await using scratch = await openScratch();
  await using terminal = await firstTerminal(await blockBelow('README.md', SECTION), scratch.path);
  const session = await runAsPasted(await blockBelow('README.md', SECTION, 1), { folder: scratch.path });
  const shown = `${session.stdout.toString()}${session.stderr}`;
  assert.equal(session.code, 0, shown);
  assert.match(shown, /^holds: file [0-9a-f]{64} of 2\.9 MiB, 3 replicas$/m);
  assert.match(shown, /5 nodes of devnet/);
  assert.match(shown, /^the same$/m);
  assert.match(terminal.shown(), /node-0[2-5] ended \(SIGKILL\)/);
  assert.equal(await terminal.end(), 0, terminal.shown());
});
