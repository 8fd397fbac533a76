import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseObjectId, type ObjectId, ProvenderClient } from '../../src/rpc/client/index.ts';
import { contentOf } from '../support/content.ts';
import { gatedSource } from '../support/gated-source.ts';
import { type NodeProcess, startNode } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';
import { until } from '../support/until.ts';

const CLOCK = new URL('../support/jumping-clock.mjs', import.meta.url).href;

async function isReady(node: NodeProcess): Promise<boolean> {
  return (await fetch(`http://${node.httpAddress}/ready`)).status === 200;
}

test('a wall clock that goes a day back, then ten years ahead, breaks no upload, no deadline and no health', async () => {
  await using scratch = await openScratch();
  const args = ['--log-level', 'debug'];
  const node = await startNode({
    dataDir: scratch.at('data'),
    args,
    env: { NODE_OPTIONS: `--import=${CLOCK}` },
  });
  const stored: { id: ObjectId; content: Uint8Array }[] = [];
  {
    await using client = await ProvenderClient.open({ address: node.address });
    for (const years of ['2025', '2035']) {
      const content = contentOf(`jump-${years}`, 6_000_000);
      const source = gatedSource(content);
      const setting = client.setFile({ sizeBytes: content.length }, source.pieces());
      await until('the upload runs', async () => (await node.metric('provender_reserved_bytes')) > 0);
      node.child.kill('SIGUSR2');
      // the clock has jumped when a line that is written after the signal says so; a failed call writes one
      const lines = node.log.length;
      await until('the clock has jumped', async () => {
        await assert.rejects(client.getShare(parseObjectId('ab'.repeat(32))), {
          code: 'PROVENDER_NOT_FOUND',
        });
        return node.log.slice(lines).some(({ time }) => isFar(String(time)));
      });
      const { stat } = await client.setShare(contentOf(`chunk-${years}`, 100));
      assert.equal(Buffer.compare(await client.getShare(stat.id), contentOf(`chunk-${years}`, 100)), 0);
      source.open();
      stored.push({ id: (await setting).stat.id, content });
      assert.ok(await isReady(node));
    }
  }
  assert.equal(await node.end('SIGKILL'), 'SIGKILL');

  await using again = await startNode({ dataDir: scratch.at('data') });
  await using client = await ProvenderClient.open({ address: again.address });
  for (const { id, content } of stored) {
    const pieces: Uint8Array[] = [];
    for await (const piece of (await client.getFile(id)).data) pieces.push(piece);
    assert.equal(Buffer.compare(Buffer.concat(pieces), content), 0);
  }
});

/** More than half a day from the clock of this process. */
function isFar(time: string): boolean {
  return Math.abs(Date.parse(time) - Date.now()) > 43_200_000;
}
