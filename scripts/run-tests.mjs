import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CephService } from './ceph-service.mjs';
import { ROOT, fail, say } from './setup/command.mjs';
import { installCommand } from './setup/system-packages.mjs';

/** Groups run one after the other; a test file belongs to the folder group it lies in, and to `unit` otherwise. */
const GROUPS = [
  { name: 'unit', timeoutMs: 300_000, concurrency: 2 },
  { name: 'contract', timeoutMs: 300_000, concurrency: 2 },
  { name: 'native', timeoutMs: 300_000, concurrency: 1 },
  { name: 'system', timeoutMs: 900_000, concurrency: 1 },
  { name: 'ceph', timeoutMs: 900_000, concurrency: 1 },
];
/** How a reason begins when a test is skipped because there is no Ceph; see test/support/ceph-test.ts. */
const CEPH_SKIP = /: Ceph: (.*)$/;
const LONG_FACTOR = process.env.PROVENDER_TEST_LONG === '1' ? 10 : 1;

/** The group of a test file, from its path below `test/`. */
function groupOf(file) {
  const folder = file.split('/')[1];
  return GROUPS.some((group) => group.name === folder) ? folder : 'unit';
}

/** All test files, sorted: Node 20 expands no globs, and given a folder it finds no `.ts` and passes with 0 tests. */
function listTestFiles() {
  return readdirSync(join(ROOT, 'test'), { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `test/${name}`)
    .toSorted();
}

/**
 * Chooses the files that the words of the command line name: a group, or a part of a path.
 *
 * @param words - empty chooses all
 */
export function selectTestFiles(files, words) {
  const names = GROUPS.map((group) => group.name);
  const matches = (file, word) => (names.includes(word) ? groupOf(file) === word : file.includes(word));
  for (const word of words) {
    if (!files.some((file) => matches(file, word)))
      fail(`no test file matches "${word}" (groups: ${names.join(', ')})`);
  }
  return words.length === 0 ? files : files.filter((file) => words.some((word) => matches(file, word)));
}

/** Runs `node --test` over the files of one group. @returns its exit code, its counts and how long it took */
async function runGroup(group, files, options, env) {
  const folder = mkdtempSync(join(tmpdir(), 'provender-tests-'));
  const countsFile = join(folder, 'counts.json');
  const args = [
    '--import=tsx',
    '--test',
    `--test-timeout=${group.timeoutMs * LONG_FACTOR}`,
    `--test-concurrency=${group.concurrency}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=./scripts/test-counts-reporter.mjs',
    `--test-reporter-destination=${countsFile}`,
    ...options,
    ...files,
  ];
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const code = await new Promise((resolve) => child.once('close', (status) => resolve(status ?? 1)));
  const counts = readCounts(countsFile);
  rmSync(folder, { recursive: true });
  return {
    name: group.name,
    files: files.length,
    code,
    counts,
    seconds: (performance.now() - startedAt) / 1000,
  };
}

function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: [], empty: [] }; // the run ended before it could report: never a success
  }
}

/** Prints one line per group, what was skipped and why, and returns true when everything passed. */
function report(results) {
  process.stdout.write('\n');
  for (const { name, files, counts, seconds } of results) {
    const { passed, failed, skipped } = counts;
    say(
      `${name}: ${files} files, ${passed} passed, ${failed} failed, ${skipped.length} skipped, ${seconds.toFixed(1)} s`,
    );
  }
  for (const { counts } of results) {
    for (const line of counts.skipped) say(`SKIPPED ${line}`);
    for (const file of counts.empty) say(`FAILED ${file}: has no test in it`);
  }
  const isGood = ({ code, counts }) => code === 0 && counts.failed === 0 && counts.empty.length === 0;
  const passed = results.every(isGood);
  say(passed ? 'all tests passed' : 'TESTS FAILED');
  reportSkips(results.flatMap(({ counts }) => counts.skipped));
  return passed;
}

/** Says in the very last line what was not tested and what helps: a skip looks like a success from afar. */
function reportSkips(skipped) {
  if (skipped.length === 0) return;
  const forCeph = skipped.map((line) => CEPH_SKIP.exec(line)?.[1]).filter((reason) => reason !== undefined);
  const others = skipped.length - forCeph.length;
  if (others > 0) say(`NOT EVERYTHING WAS TESTED: ${others} tests skipped, see above`);
  if (forCeph.length === 0) return;
  const reasons = [...new Set(forCeph)].join('; ');
  const cure = `as root: ${installCommand(['ceph'])} && npm test`;
  say(`NOT EVERYTHING WAS TESTED: ${forCeph.length} tests skipped for want of Ceph (${reasons}); ${cure}`);
}

/**
 * Runs the tests that `args` name: groups and parts of paths choose files, what starts with `-` goes to `node --test`.
 *
 * @returns true when at least one file ran and everything passed
 */
export async function runTests(args, env = {}) {
  const options = args.filter((arg) => arg.startsWith('-'));
  const words = args.filter((arg) => !arg.startsWith('-'));
  const files = selectTestFiles(listTestFiles(), words);
  if (files.length === 0) fail('there are no test files');
  const results = [];
  const ceph = await CephService.open();
  try {
    const all = { ...env, PROVENDER_CEPH_SERVICE: ceph.address };
    for (const group of GROUPS) {
      const own = files.filter((file) => groupOf(file) === group.name);
      if (own.length > 0) results.push(await runGroup(group, own, options, all));
    }
  } finally {
    await ceph.close();
  }
  return report(results);
}
