import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { openScratch } from '../support/scratch.ts';

/** The part of set-up that is tested; plain JavaScript, so it is loaded by its address. */
interface Services {
  readonly withoutServiceStarts: (install: () => void, policy: string) => void;
}

async function loadServices(): Promise<Services> {
  const loaded: Services = await import(new URL('../../scripts/setup/services.mjs', import.meta.url).href);
  return loaded;
}

test('while packages are installed Debian is told to start nothing, and not afterwards', async () => {
  await using scratch = await openScratch();
  const { withoutServiceStarts } = await loadServices();
  const policy = scratch.at('policy-rc.d');
  let seen = false;
  withoutServiceStarts(() => {
    seen = existsSync(policy);
  }, policy);
  assert.equal(seen, true);
  assert.equal(existsSync(policy), false);
  assert.throws(() =>
    withoutServiceStarts(() => {
      throw new Error('no network');
    }, policy),
  );
  assert.equal(existsSync(policy), false);
});

test('a policy that somebody else has put stays as it is', async () => {
  await using scratch = await openScratch();
  const { withoutServiceStarts } = await loadServices();
  const policy = scratch.at('policy-rc.d');
  await writeFile(policy, 'mine', { mode: 0o600 });
  withoutServiceStarts(() => undefined, policy);
  assert.equal(await readFile(policy, 'utf8'), 'mine');
  assert.equal((await stat(policy)).mode & 0o777, 0o600);
});
