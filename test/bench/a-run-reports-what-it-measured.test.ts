import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { benchmarks } from '../../bench/benchmarks.ts';
import { reportSchema } from '../../bench/framework/report.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'provender-bench-test-'));
after(() => rm(folder, { recursive: true, force: true }));

function bench(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const argv = ['--import', 'tsx', 'bench/main.ts', ...args];
  return spawnSync(process.execPath, argv, { cwd: ROOT, encoding: 'utf8', timeout: 100_000 });
}

test('a quick run prints its report as one line of JSON and leaves report and chart, nothing else', async () => {
  const run = bench('merkle', '--quick', '--rounds', '1', '--json', '--dir', folder, '--results', folder);
  assert.equal(run.status, 0, run.stderr);
  const report = reportSchema.parse(JSON.parse(run.stdout));
  assert.equal(report.bench, 'merkle');
  assert.equal(report.conditions['mode'], 'quick');
  assert.equal(run.stdout.trim().split('\n').length, 1);
  assert.match(run.stderr, /round 1 of 1/);
  assert.deepEqual((await readdir(folder)).toSorted(), ['merkle.json', 'merkle.svg']);
  assert.deepEqual(JSON.parse(await readFile(join(folder, 'merkle.json'), 'utf8')), report);
});

test('the list names every benchmark, and a wrong name says which there are', () => {
  const list = bench('--help');
  assert.equal(list.status, 0);
  for (const { name, summary } of benchmarks)
    assert.ok(list.stdout.includes(name) && list.stdout.includes(summary));
  const wrong = bench('merkel');
  assert.equal(wrong.status, 2);
  assert.match(
    wrong.stderr,
    /no benchmark "merkel", known are all, merkle, proofs, placement, payments, grpc, rados, chunks-vs-files, memory/,
  );
});
