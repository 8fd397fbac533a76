import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { hubTestPath } from '../support/hub-test.ts';

const ADDON = hubTestPath();
const LOAD = `const hub = require(${JSON.stringify(ADDON)});`;
const run = promisify(execFile);
/** Holds 64 operations, keeps 64 going, and has calls in the background. */
const BUSY = `
  ${LOAD}
  hub.start((pairs) => { for (let i = 0; i < pairs.length; i += 2) if (pairs[i] >= 1000) hub.submit(pairs[i], 0); });
  for (let id = 0; id < 64; id++) { hub.hold(id); hub.submit(1000 + id, 0); hub.inBackground(id); }
`;

/** Runs a script in a process of its own; rejects with its exit code and signal when it fails. */
async function runScript(script: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['-e', script], { timeout: 60_000 });
  return stdout;
}

test('a worker that is terminated with operations in flight ends them and nothing else, 100 times', async () => {
  for (let round = 0; round < 100; round++) {
    const worker = new Worker(`${BUSY} require('node:worker_threads').parentPort.postMessage('busy');`, {
      eval: true,
    });
    await once(worker, 'message');
    assert.equal(await worker.terminate(), 1);
  }
});

test('a worker that ends by itself waits for what is in flight, and then is not kept alive', async () => {
  const script = `
    ${LOAD}
    const found = [];
    hub.start((pairs) => { found.push(...pairs); require('node:worker_threads').parentPort.postMessage(found); });
    hub.submit(5, 6);
  `;
  const worker = new Worker(script, { eval: true });
  const [[message], [code]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  assert.deepEqual([message, code], [[5, 6], 0]);
});

test('process.exit with operations in flight ends the process with its code', async () => {
  for (let round = 0; round < 10; round++) {
    await assert.rejects(runScript(`${BUSY} setTimeout(() => process.exit(7), 5);`), {
      code: 7,
      signal: null,
    });
  }
});

test('an uncaught exception with operations in flight ends the process with code 1', async () => {
  for (let round = 0; round < 10; round++) {
    const script = `${BUSY} setTimeout(() => { throw new Error('on purpose'); }, 5);`;
    await assert.rejects(runScript(script), { code: 1, signal: null, stderr: /on purpose/ });
  }
});

test('a sink that throws is an uncaught exception, and later results still come', async () => {
  const script = `
    ${LOAD}
    process.on('uncaughtException', (error) => { console.log(error.message); hub.submit(2, 0); });
    hub.start((pairs) => { if (pairs[0] === 1) throw new Error('from the sink'); console.log(pairs[0]); });
    hub.submit(1, 0);
  `;
  assert.equal(await runScript(script), 'from the sink\n2\n');
});
