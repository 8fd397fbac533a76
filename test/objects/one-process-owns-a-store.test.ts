import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { openScratch } from '../support/scratch.ts';
import { EMBEDDED } from '../support/store-adapters.ts';
import { makeChunk } from '../support/store-objects.ts';
import { readChunk } from '../support/store-reading.ts';

const CHILD = fileURLToPath(new URL('../support/store-crash-child.ts', import.meta.url));

for (const adapter of EMBEDDED) {
  const { name } = adapter;
  test(`${name}: a second process is told who has the folder and what to do, and harms nothing`, async () => {
    await using scratch = await openScratch();
    const directory = scratch.at('store');
    const orders = JSON.stringify({ adapter: name, directory, seed: 1 });
    const child = spawn(process.execPath, ['--import', 'tsx', CHILD, orders], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(createInterface({ input: child.stdout }), 'line');
      await assert.rejects(adapter.open({ directory }), (error) => {
        assert.ok(error instanceof ProvenderError);
        assert.equal(error.code, 'PROVENDER_CONFIG');
        assert.match(error.message, new RegExp(`in use by process ${child.pid}: `));
        assert.ok(error.message.includes(directory));
        return true;
      });
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await using store = await adapter.open({ directory });
    assert.deepEqual(store.health(), { writable: true });
  });

  test(`${name}: an open that failed leaves the first one working`, async () => {
    await using scratch = await openScratch();
    const directory = scratch.at('store');
    const chunk = makeChunk('a');
    await using store = await adapter.open({ directory });
    await assert.rejects(adapter.open({ directory }), { code: 'PROVENDER_CONFIG' });
    await store.setChunk(chunk);
    assert.ok(await readChunk(store, chunk.id));
    await store.close();
    await using again = await adapter.open({ directory });
    assert.ok(await readChunk(again, chunk.id));
  });

  test(`${name}: a path that is no folder is refused with the path`, async () => {
    await using scratch = await openScratch();
    const directory = scratch.at('file');
    await writeFile(directory, '');
    await assert.rejects(adapter.open({ directory }), (error) => {
      assert.ok(error instanceof ProvenderError);
      assert.equal(error.code, 'PROVENDER_CONFIG');
      assert.ok(error.message.includes(directory));
      return true;
    });
  });
}
