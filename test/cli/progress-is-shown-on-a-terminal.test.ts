import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import {
  CLI_ARGS,
  cleanEnvironment,
  jsonOf,
  type NodeProcess,
  resultOf,
  runCli,
  startNode,
} from '../support/node-process.ts';
import { openScratch, type Scratch } from '../support/scratch.ts';
import { hasSystemTool } from '../support/system-tool.ts';

/** Gives a command a terminal of its own (util-linux). */
const TERMINAL = 'script';

let scratch: Scratch;
let node: NodeProcess;

before(async () => {
  scratch = await openScratch();
  node = await startNode({ dataDir: scratch.at('data') });
});
after(async () => {
  await node[Symbol.asyncDispose]();
  await scratch[Symbol.asyncDispose]();
});

/** Runs a command on a terminal of its own (util-linux script). What it shows comes back as one text. */
async function onTerminal(args: readonly string[]): Promise<{ code: number | string; shown: string }> {
  const words = [process.execPath, ...CLI_ARGS, '--node', node.address, ...args];
  const command = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const child = spawn(TERMINAL, ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: scratch.path,
    env: cleanEnvironment({ TERM: 'xterm' }),
  });
  child.stdin.end();
  const { code, stdout } = await resultOf(child);
  return { code, shown: stdout.toString() };
}

test('on a terminal hashing and sending show rate and remaining time', async (t) => {
  if (!hasSystemTool(t, TERMINAL)) return;
  await writeFile(scratch.at('file'), Buffer.alloc(8 * 2 ** 20, 1));
  const { code, shown } = await onTerminal(['put', 'file']);
  assert.equal(code, 0, shown);
  assert.match(shown, /hashing .*100% \| 8 MiB of 8 MiB \| .*\/s \| 0 s left/);
  assert.match(shown, /sending .*100% \| 8 MiB of 8 MiB/);
  assert.ok(shown.includes('\u001b[?25h'), 'the cursor is back');
});

test('--quiet shows no progress on a terminal', async (t) => {
  if (!hasSystemTool(t, TERMINAL)) return;
  await writeFile(scratch.at('quiet'), Buffer.alloc(2 ** 20, 2));
  const { shown } = await onTerminal(['-q', 'put', 'quiet']);
  assert.match(shown, /^[0-9a-f]{64}\r?\n$/);
});

test('bytes do not go to a terminal unless -o - says so', async (t) => {
  if (!hasSystemTool(t, TERMINAL)) return;
  await writeFile(scratch.at('text'), 'some text');
  const { id } = jsonOf(await runCli(['--json', 'put', 'text'], { node: node.address, cwd: scratch.path }));
  const refused = await onTerminal(['get', id]);
  assert.equal(refused.code, 2);
  assert.match(refused.shown, /bytes do not go to a terminal: name a file with -o, or force it with -o -/);
  assert.match((await onTerminal(['get', id, '-o', '-'])).shown, /some text/);
});

test('in a pipe there is progress only with --progress, a line for each 10 %', async () => {
  await writeFile(scratch.at('piped'), Buffer.alloc(10 * 2 ** 20, 3));
  const put = await runCli(['put', '--progress', 'piped'], { node: node.address, cwd: scratch.path });
  const lines = put.stderr.split('\n').filter((line) => line.startsWith('sending '));
  assert.deepEqual(
    lines.map((line) => line.split(' ')[1]),
    Array.from({ length: 10 }, (_, i) => `${(i + 1) * 10}%`),
  );
  await writeFile(scratch.at('silent'), Buffer.alloc(10 * 2 ** 20, 4));
  const silent = await runCli(['put', 'silent'], { node: node.address, cwd: scratch.path });
  assert.ok(!silent.stderr.includes('%'), silent.stderr);
});
