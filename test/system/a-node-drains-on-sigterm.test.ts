import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvenderError, ProvenderClient } from '../../src/rpc/client/index.ts';
import { contentOf } from '../support/content.ts';
import { gatedSource } from '../support/gated-source.ts';
import { startNode } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';
import { until } from '../support/until.ts';

const content = contentOf('drain', 6_000_000);

/** A node with an upload that stands in its middle. */
async function withUpload(directory: string, args: readonly string[]) {
  const node = await startNode({ dataDir: directory, args });
  const client = await ProvenderClient.open({ address: node.address });
  const source = gatedSource(content);
  const setting = client.setFile({ sizeBytes: content.length }, source.pieces()).then(
    ({ stat }) => ({ id: stat.id }),
    (error: unknown) => ({ error }),
  );
  await until('the upload runs', async () => (await node.metric('provender_reserved_bytes')) > 0);
  return { node, client, source, setting };
}

test('SIGTERM: not ready, new calls refused, the running upload is acknowledged and kept, exit code 0', async () => {
  await using scratch = await openScratch();
  const { node, client, source, setting } = await withUpload(scratch.at('data'), ['--grace', '60s']);
  const ended = node.end('SIGTERM');
  await node.logged('not-ready');
  const ready = await fetch(`http://${node.httpAddress}/ready`);
  assert.equal(ready.status, 503);
  assert.match(await ready.text(), /the node is shutting down/);
  assert.equal((await fetch(`http://${node.httpAddress}/live`)).status, 200);
  await using late = await ProvenderClient.open({ address: node.address });
  await assert.rejects(
    late.setShare(contentOf('late', 10)),
    (error) => isProvenderError(error) && error.retryable,
  );
  source.open();
  const outcome = await setting;
  assert.ok('id' in outcome, 'the upload was acknowledged');
  await client.close();
  assert.equal(await ended, 0);
  await node.logged('stopped');

  await using again = await startNode({ dataDir: scratch.at('data') });
  await using reader = await ProvenderClient.open({ address: again.address });
  assert.equal((await reader.statFile(outcome.id)).sizeBytes, content.length);
});

test('an upload that outlasts the grace is told so and leaves nothing', async () => {
  await using scratch = await openScratch();
  const { node, client, source, setting } = await withUpload(scratch.at('data'), ['--grace', '200ms']);
  assert.equal(await node.end('SIGTERM'), 0);
  const outcome = await setting;
  assert.ok('error' in outcome && isProvenderError(outcome.error), 'the upload failed');
  source.open(); // lets the sender end
  await client.close();
  await using again = await startNode({ dataDir: scratch.at('data') });
  assert.equal(await again.metric('provender_stored_bytes'), 0);
  assert.equal(await again.metric('provender_objects{kind="file"}'), 0);
});

test('a second signal cuts the grace; the exit code is that of the signal', async () => {
  await using scratch = await openScratch();
  const { node, client, source, setting } = await withUpload(scratch.at('data'), [
    '--grace',
    '1h',
    '--drain-delay',
    '10m',
  ]);
  node.child.kill('SIGTERM');
  await node.logged('draining');
  assert.equal(await node.end('SIGINT'), 130);
  assert.ok('error' in (await setting));
  source.open();
  await client.close();
});
