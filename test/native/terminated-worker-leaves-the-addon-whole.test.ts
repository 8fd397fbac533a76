import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { blockRoots } from '../../src/proof/kernels.ts';
import { hex, referenceDataRoot, testBytes } from '../proof/reference-tree.ts';

const MODULE = new URL('../../src/proof/kernels.ts', import.meta.url).href;
// tsx does not reach into worker threads by itself (privatenumber/tsx's own API has to be called there)
const SCRIPT = `
  const { parentPort } = require('node:worker_threads');
  import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(async ({ register }) => {
    register();
    const { blockRoots } = await import(${JSON.stringify(MODULE)});
    const data = new Uint8Array(1 << 20), out = new Uint8Array(1 << 13);
    parentPort.postMessage('hashing');
    for (;;) blockRoots(data, out);
  });
`;

test('workers that are terminated while they hash harm neither each other nor the main thread', async () => {
  for (let round = 0; round < 6; round++) {
    const worker = new Worker(SCRIPT, { eval: true });
    const [message] = await once(worker, 'message');
    assert.equal(message, 'hashing');
    await worker.terminate();
    const data = testBytes(4096, round);
    const out = new Uint8Array(32);
    blockRoots(data, out);
    assert.equal(hex(out), hex(referenceDataRoot(data)));
  }
});
