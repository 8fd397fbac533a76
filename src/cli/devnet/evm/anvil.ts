import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ProvenderError } from '../../../content/provender-error.ts';
import { findAnvil } from './anvil-binary.ts';

/** How a local chain is started. */
export interface AnvilOptions {
  /** Of loopback. Default 0: a free one. */
  readonly port?: number;
  /** Keeps the chain from one start to the next. Without it the chain ends with its process. */
  readonly directory?: string;
  /** Default 31337. */
  readonly evmChainId?: bigint;
}

/** A local Ethereum chain in a process of its own, which makes a block for each transaction. It does not outlive this process, unless that is killed. */
export interface Anvil extends AsyncDisposable {
  /** Of its JSON-RPC. */
  readonly url: string;
  readonly evmChainId: bigint;
  readonly pid: number;
  /** Ends it and keeps the chain where a directory was given. Idempotent. */
  close(): Promise<void>;
}

const START_LIMIT_MS = 30_000;
const LISTENING = /^Listening on (?<address>127\.0\.0\.1:\d+)$/;
const TAIL_LINES = 5;
const running = new Set<ChildProcess>();

/**
 * Starts anvil and waits until it answers.
 * @throws ProvenderError `PROVENDER_CONFIG` when its npm package is missing; `PROVENDER_UNAVAILABLE` with its last words when it ends or takes too long
 */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const { evmChainId = 31337n } = options;
  const program = findAnvil();
  if (options.directory !== undefined) await mkdir(options.directory, { recursive: true });
  const child = spawn(program, argumentsOf(options, evmChainId), {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C of a terminal goes to the whole group: the chain is ended by us, behind the nodes that use it
    detached: true,
  });
  const exited = once(child, 'close').then(([code, signal]) => String(signal ?? code));
  const close = async (): Promise<void> => {
    // SIGINT: the only signal at which every release writes its state
    child.kill('SIGINT');
    await exited;
  };
  endWithUs(child, exited);
  try {
    const address = await listening(child, exited);
    const pid = child.pid ?? 0;
    return { url: `http://${address}`, evmChainId, pid, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

function argumentsOf({ port = 0, directory }: AnvilOptions, evmChainId: bigint): string[] {
  // No accounts with known keys: who needs one makes it and gets its coins by RPC.
  const always = ['--port', String(port), '--chain-id', String(evmChainId), '--accounts', '0'];
  return directory === undefined ? always : [...always, '--state', join(directory, 'chain.json')];
}

async function listening(child: ChildProcess, exited: Promise<string>): Promise<string> {
  const last: string[] = [];
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), START_LIMIT_MS);
  const address = new Promise<string>((resolve) => {
    for (const input of [child.stdout, child.stderr]) {
      if (input === null) continue;
      createInterface({ input }).on('line', (line) => {
        last.push(line);
        if (last.length > TAIL_LINES) last.shift();
        const found = LISTENING.exec(line)?.groups?.['address'];
        if (found !== undefined) resolve(found);
      });
    }
  });
  const failed = Promise.race([
    exited.then((how) => `ended (${how})`),
    once(limit.signal, 'abort').then(() => `does not listen after ${START_LIMIT_MS / 1000} s`),
  ]);
  try {
    return await Promise.race([address, failed.then((how) => Promise.reject(unavailable(how, last)))]);
  } finally {
    clearTimeout(timer);
  }
}

function unavailable(how: string, last: readonly string[]): ProvenderError {
  return new ProvenderError('PROVENDER_UNAVAILABLE', `anvil ${how}; its last words:\n${last.join('\n')}`);
}

function endWithUs(child: ChildProcess, exited: Promise<string>): void {
  if (running.size === 0) process.on('exit', killRunning);
  running.add(child);
  void exited.then(() => {
    running.delete(child);
    if (running.size === 0) process.off('exit', killRunning);
  });
}

function killRunning(): void {
  for (const child of running) child.kill('SIGKILL');
}
