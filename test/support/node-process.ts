import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const START_LIMIT_MS = 60_000;
const EXIT_LIMIT_MS = 60_000;
const ATTEMPTS = 3;

const PROGRAM = process.env['PROVENDER_TEST_PROGRAM'];

/** Arguments of Node that run the command line: as `npm test` has compiled it, else from its sources. */
export const CLI_ARGS: readonly string[] =
  PROGRAM === undefined ? ['--import', import.meta.resolve('tsx'), MAIN] : [PROGRAM];

/** A line of a node's log. */
type LogLine = Readonly<Record<string, unknown>>;

/** A real `provender serve` in a process of its own, on free ports. */
export interface NodeProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** `host:port` of gRPC. */
  readonly address: string;
  /** `host:port` of HTTP. */
  readonly httpAddress: string;
  /** What it has logged so far. */
  readonly log: readonly LogLine[];
  /** What it has written to standard error so far. */
  stderr(): string;
  /** Waits for a line whose `event` is this one; one that is there counts. */
  logged(event: string): Promise<LogLine>;
  /** Sends a signal and waits for the end. @returns exit code, or the name of the signal that ended it */
  end(signal: NodeJS.Signals): Promise<number | string>;
  /** Waits for the end. */
  exited(): Promise<number | string>;
  /** Value of one line of /metrics; 0 when there is none. */
  metric(line: string): Promise<number>;
}

/** How a node is started. */
export interface NodeOptions {
  readonly dataDir: string;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Words before `node` on the command line: `strace -f ...`. */
  readonly wrapper?: readonly string[];
}

/** Environment without the settings of whoever runs the tests. */
export function cleanEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('PROVENDER_') && name !== 'NODE_OPTIONS',
  );
  return { ...Object.fromEntries(own), ...extra };
}

/** Starts a node and waits until it is ready. Throws with its standard error when it ends before. */
export async function startNode(options: NodeOptions): Promise<NodeProcess> {
  const node = launchNode(options);
  const limit = AbortSignal.timeout(START_LIMIT_MS);
  const ready = await Promise.race([
    node.logged('ready').then(() => true),
    node.exited().then(() => false),
    once(limit, 'abort').then(() => false),
  ]);
  if (ready) return node;
  node.child.kill('SIGKILL');
  throw new Error(`the node did not get ready: ${node.stderr()} ${JSON.stringify(node.log)}`);
}

/** Starts a node and does not wait; `address` is empty until it is up. */
function launchNode({ dataDir, args = [], env, wrapper = [] }: NodeOptions): NodeProcess {
  const [command, ...before] = [...wrapper, process.execPath];
  const serve = [
    'serve',
    '--data-dir',
    dataDir,
    '--listen',
    '127.0.0.1:0',
    '--http-listen',
    '127.0.0.1:0',
    ...args,
  ];
  const child = spawn(command, [...before, ...CLI_ARGS, ...serve], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: cleanEnvironment(env),
  });
  const log: LogLine[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    log.push(JSON.parse(line));
    for (const wake of waiting) wake();
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended: Promise<number | string> = once(child, 'close').then(([code, signal]) => code ?? signal);
  const started = () => log.find((line) => line['event'] === 'started');
  return {
    child,
    log,
    get address() {
      return textOf(started()?.['address']);
    },
    get httpAddress() {
      return textOf(started()?.['httpAddress']);
    },
    stderr: () => stderr,
    logged: (event) => lineOf(log, waiting, event),
    exited: () => ended,
    async end(signal) {
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), EXIT_LIMIT_MS);
      const code = await ended;
      clearTimeout(timer);
      return code;
    },
    async metric(line) {
      const text = await fetchText(`http://${textOf(started()?.['httpAddress'])}/metrics`);
      const found = text.split('\n').find((candidate) => candidate.startsWith(`${line} `));
      return found === undefined ? 0 : Number(found.slice(line.length + 1));
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

async function lineOf(log: readonly LogLine[], waiting: Set<() => void>, event: string): Promise<LogLine> {
  return await new Promise((resolve) => {
    const look = (): void => {
      const found = log.find((line) => line['event'] === event);
      if (found === undefined) return;
      waiting.delete(look);
      resolve(found);
    };
    waiting.add(look);
    look();
  });
}

async function fetchText(url: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

/** What a command did. */
export interface CliResult {
  readonly code: number | string;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** How a command is run. */
export interface CliOptions {
  /** `host:port`; else the command's own default. */
  readonly node?: string;
  readonly input?: string | Uint8Array;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Starts a command and does not wait for it. */
export function launchCli(args: readonly string[], { node, env, cwd }: CliOptions = {}): ChildProcess {
  const target = node === undefined ? [] : ['--node', node];
  return spawn(process.execPath, [...CLI_ARGS, ...target, ...args], {
    stdio: 'pipe',
    env: cleanEnvironment(env),
    ...(cwd === undefined ? {} : { cwd }),
  });
}

/** Runs a command to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const child = launchCli(args, options);
  child.stdin?.on('error', () => undefined); // a command that reads no input closes it
  child.stdin?.end(options.input ?? '');
  return await resultOf(child);
}

/** Waits for a command's end. */
export async function resultOf(child: ChildProcess): Promise<CliResult> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (piece: Buffer) => stdout.push(piece));
  child.stderr?.on('data', (piece: Buffer) => stderr.push(piece));
  const [code, signal] = await once(child, 'close');
  return { code: code ?? signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}

/** The one JSON object that a command with --json printed. */
export function jsonOf(result: CliResult) {
  return JSON.parse(result.stdout.toString());
}
