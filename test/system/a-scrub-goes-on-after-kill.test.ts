import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { contentOf } from '../support/content.ts';
import { jsonOf, runCli, startNode } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';
import { until } from '../support/until.ts';

const MIB = 2 ** 20;

test('a round that kill -9 cut off goes on at its saved position, and ends with the figures of a whole one', async () => {
  await using scratch = await openScratch();
  const options = { dataDir: scratch.at('data'), args: ['--profile-files', 'none', '--scrub-rate', '1MiB'] };
  let saved: { round: { counts: { checkedBytes: number }; within?: { stripe: number } } };
  {
    await using node = await startNode(options);
    await writeFile(scratch.at('file'), contentOf('scrub-kill', 40 * MIB));
    await runCli(['put', 'file'], { node: node.address, cwd: scratch.path });
    // fast enough for some stripes within the ten seconds between two saved positions, too slow for all
    await runCli(['scrub', '--detach', '--rate', '2MiB'], { node: node.address });
    await until('a position within the file is saved', async () => {
      saved = JSON.parse(await readFile(scratch.at('data', 'state', 'scrub.json'), 'utf8'));
      return (saved.round.within?.stripe ?? 0) > 0;
    });
    await node.end('SIGKILL');
  }
  await using node = await startNode(options);
  assert.equal((await node.logged('scrub-started'))['isContinued'], true);
  const scrub = await runCli(['--json', 'scrub', '--rate', '0'], { node: node.address });
  assert.equal(scrub.code, 0, scrub.stderr);
  const { counts, difference } = jsonOf(scrub);
  assert.equal(counts.checkedBytes, await node.metric('provender_stored_bytes'));
  assert.deepEqual([counts.files, difference.storedBytes], [1, 0]);
  // the process that ended it had less to do than all
  assert.ok((await node.metric('provender_scrub_checked_bytes_total')) < counts.checkedBytes);
});
