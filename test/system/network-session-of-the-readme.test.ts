import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { blockBelow, runAsPasted } from '../support/document-commands.ts';
import { CLI_ARGS, cleanEnvironment } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';

const SECTION = '## A network on this machine';
const START_LIMIT_MS = 90_000;

/** The command of the first terminal, from when its network takes work. Disposing it is Ctrl-C. */
async function firstTerminal(command: string, folder: string) {
  const words = command.trim().split(' ');
  assert.deepEqual(words.splice(0, 2), ['npx', 'provender']);
  const child = spawn(process.execPath, [...CLI_ARGS, ...words], {
    cwd: folder,
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let shown = '';
  const limit = AbortSignal.timeout(START_LIMIT_MS);
  child.stderr.on('data', (text: Buffer) => (shown += text.toString()));
  child.stdout.on('data', (text: Buffer) => (shown += text.toString()));
  const end = async (): Promise<number | null> => {
    child.kill('SIGINT');
    const [code] = await exited;
    return code;
  };
  while (!shown.includes('Ctrl-C ends the network')) {
    const turn = await Promise.race([
      once(child.stdout, 'data', { signal: limit }).then(() => 'told'),
      exited.then(() => 'ended'),
    ]).catch(() => 'late');
    if (turn === 'told') continue;
    await end();
    throw new Error(`the network did not start (${turn}): ${shown}`);
  }
  return { shown: () => shown, end, [Symbol.asyncDispose]: async () => void (await end()) };
}

test('the network of the README runs as it stands, and the file outlives a holder', async () => {
  await using scratch = await openScratch();
  await using terminal = await firstTerminal(await blockBelow('README.md', SECTION), scratch.path);
  const session = await runAsPasted(await blockBelow('README.md', SECTION, 1), { folder: scratch.path });
  const shown = `${session.stdout.toString()}${session.stderr}`;
  assert.equal(session.code, 0, shown);
  assert.match(shown, /^holds: file [0-9a-f]{64} of 2\.9 MiB, 3 replicas$/m);
  assert.match(shown, /5 nodes of devnet/);
  assert.match(shown, /^the same$/m);
  assert.match(terminal.shown(), /node-0[2-5] ended \(SIGKILL\)/);
  assert.equal(await terminal.end(), 0, terminal.shown());
});
