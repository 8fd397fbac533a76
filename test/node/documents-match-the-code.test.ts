import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { exitCodeFor } from '../../src/cli/exit-codes.ts';
import { ERROR_CODES, isErrorCode } from '../../src/content/error-codes.ts';
import { loadConfig } from '../../src/node/load-config.ts';
import { memoryBound } from '../../src/node/memory-bound.ts';
import { SETTING_FACTS } from '../../src/node/settings.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';

/** Rows of the tables of a page: cells without their quotes. */
async function rowsOf(page: string): Promise<string[][]> {
  const text = await readFile(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

test('errors.md has one row for each code, with its retryability, exit code and cure', async () => {
  const rows = (await rowsOf('errors.md')).filter(([code = '']) => code.startsWith('PROVENDER_'));
  assert.deepEqual(rows.map(([code = '']) => code).toSorted(), Object.keys(ERROR_CODES).toSorted());
  for (const [code = '', retryable, exit, meaning = '', cause = '', cure = ''] of rows) {
    assert.ok(isErrorCode(code));
    const facts = ERROR_CODES[code];
    assert.equal(retryable, facts.retryable ? 'yes' : 'no', code);
    assert.equal(Number(exit), exitCodeFor(code), code);
    assert.ok(meaning.length > 0 && cause.length > 0, code);
    if (code !== 'PROVENDER_CONFIG') assert.equal(cure, facts.cure);
  }
});

test('configuration.md has one row for each setting, in order, with flag, variable and meaning', async () => {
  const rows = (await rowsOf('configuration.md')).filter(([, flag = '']) => flag.startsWith('--'));
  const shown = SETTING_FACTS.map(({ name, flag, variable, meaning }) => [
    name,
    name === 'reflection' ? '--no-reflection' : flag,
    variable,
    meaning.replaceAll('`', ''),
  ]);
  assert.deepEqual(
    rows.map(([name, flag, variable, , meaning]) => [name, flag, variable, meaning]),
    shown,
  );
});

test('the defaults that configuration.md names are those that are used', async () => {
  const rows = (await rowsOf('configuration.md')).filter(([, flag = '']) => flag.startsWith('--'));
  const { config: defaults } = await loadConfig({ flags: {}, environment: {} });
  const untold = new Set(['at first start', 'cores - 1', 'none']);
  const told = rows.filter(([, , , value = '']) => !untold.has(value));
  const flags = Object.fromEntries(told.map(([name, , , value]) => [name, value]));
  const { config } = await loadConfig({ flags, environment: {} });
  assert.deepEqual(config, defaults);
  const withoutDefault = rows.filter(([, , , value]) => value === 'none').map(([name = '']) => name);
  assert.deepEqual(
    withoutDefault,
    SETTING_FACTS.map(({ name }) => name).filter((name) => defaults[name] === undefined && name !== 'limit'),
  );
});

test('operations.md names every metric of a node, and no other', async () => {
  const metrics = new Metrics();
  metrics.watchUsage(() => ({
    storedBytes: 0,
    limitBytes: 0,
    reservedBytes: 0,
    chunks: 0,
    files: 0,
    collections: 0,
  }));
  metrics.watchReady(() => true);
  metrics.store.watchCluster(
    () => ({ inFlight: 0, inFlightBytes: 0, queued: 0 }),
    () => 0,
  );
  metrics.watchCertificates(() => ({}));
  metrics.placement.watchRounds(() => ({ head: 0n, unixMs: 0n, isFaulty: false }));
  const { text } = await metrics.page();
  const names = text.matchAll(/^# TYPE (provender_\w+) /gm);
  const rows = (await rowsOf('operations.md')).filter(([name = '']) => name.startsWith('provender_'));
  assert.deepEqual(
    rows.map(([name = '']) => name).toSorted(),
    [...names].map(([, name = '']) => name).toSorted(),
  );
});

test('the sum of memory in operations.md is that of the bounds', async () => {
  const { config } = await loadConfig({ flags: { hashThreads: '1' }, environment: {} });
  const bounds = memoryBound(config).map(({ bytes }) => `${bytes / 2 ** 20} MiB`);
  const sum = memoryBound(config).reduce((total, { bytes }) => total + bytes, 0) / 2 ** 20;
  const rows = (await rowsOf('operations.md')).filter(([, , last = '']) => /^\**\d+ MiB\**$/.test(last));
  assert.deepEqual(
    rows.map(([, , last = '']) => last),
    [...bounds, `**${sum} MiB**`],
  );
});

test('the sum of memory on Ceph in operations.md is that of the bounds', async () => {
  const flags = { hashThreads: '1', store: 'rados', pool: 'p' };
  const { config } = await loadConfig({ flags, environment: {} });
  const bounds = new Map(memoryBound(config).map(({ part, bytes }) => [part, bytes / 2 ** 20]));
  const sum = [...bounds.values()].reduce((total, mebibytes) => total + mebibytes, 0);
  const text = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const told =
    /store is (\d+) MiB \(librados.*`opBytesInFlight` \((\d+) MiB\) come on top: (\d+) MiB in sum/.exec(text);
  assert.deepEqual(told?.slice(1).map(Number), [bounds.get('store'), bounds.get('opBytesInFlight'), sum]);
});

test('every row of threats.md about an attack names tests that exist', async () => {
  const text = await readFile(new URL('../../docs/threats.md', import.meta.url), 'utf8');
  const tables = text.split('\n\n').filter((part) => /^\|.*\| test \|\n/.test(part));
  assert.equal(tables.length, 5);
  for (const row of tables.flatMap((table) => table.trimEnd().split('\n').slice(2))) {
    const files = Array.from(
      (row.split('|').at(-2) ?? '').matchAll(/`(test\/[^`]+\.test\.ts)`/g),
      ([, file = '']) => file,
    );
    assert.ok(files.length > 0, row);
    for (const file of files) await access(new URL(`../../${file}`, import.meta.url));
  }
});

test('threats.md claims of a proof what may be claimed, word for word', async () => {
  const text = await readFile(new URL('../../docs/threats.md', import.meta.url), 'utf8');
  const [, section = ''] = text.split('\n## What a proof shows\n');
  assert.equal(
    section.trim().split('\n')[0],
    '> A valid proof shows that the storer could, at audit time, produce random parts of an encoding of this object bound to its key. ' +
      'It makes pretending to hold several replicas more expensive than holding them under stated price and audit-rate assumptions; ' +
      'it does not make it impossible.',
  );
});
