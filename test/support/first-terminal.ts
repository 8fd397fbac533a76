import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CLI_ARGS, cleanEnvironment } from './node-process.ts';

const START_LIMIT_MS = 90_000;

/** A command that runs in a terminal of its own. */
export interface FirstTerminal extends AsyncDisposable {
  /** What it has printed so far. */
  shown(): string;
  /** Ctrl-C. @returns its exit code */
  end(): Promise<number | null>;
}

/** Runs a command of a page in `folder`, from when it says that it can be ended. Disposing it is Ctrl-C. */
export async function firstTerminal(command: string, folder: string): Promise<FirstTerminal> {
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
  while (!shown.includes('Ctrl-C ends the ')) {
    const turn = await Promise.race([
      once(child.stdout, 'data', { signal: limit }).then(() => 'told'),
      exited.then(() => 'ended'),
    ]).catch(() => 'late');
    if (turn === 'told') continue;
    await end();
    throw new Error(`it did not start (${turn}): ${shown}`);
  }
  return { shown: () => shown, end, [Symbol.asyncDispose]: async () => void (await end()) };
}
