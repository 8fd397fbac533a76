import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ProvenderError } from '../../content/provender-error.ts';

const START_LIMIT_MS = 60_000;
/** Longer than a node's own grace: only what hangs is killed. */
const END_LIMIT_MS = 30_000;
const TAIL_LINES = 5;

/** One listener for all of them: Node.js warns of more than ten. */
const running = new Set<NodeProcess>();

/** How a node of a devnet is started. */
export interface NodeProcessOptions {
  /** What it is called on the screen: `node-01`. */
  readonly name: string;
  /** Arguments of Node that run this program: those of this process, unless told. */
  readonly program?: readonly string[];
  /** Arguments behind `provender serve`. */
  readonly args: readonly string[];
  /** Gets its log, one JSON object a line. */
  readonly logFile: string;
}

/** A `provender serve` in a process of its own. It does not outlive this process, unless that is killed. */
export class NodeProcess {
  readonly name: string;
  readonly pid: number | undefined;
  readonly #child: ChildProcess;
  readonly #exited: Promise<string>;
  readonly #lastLines: string[] = [];
  readonly #ready: Promise<void>;

  constructor({ name, args, logFile, program = thisProgram() }: NodeProcessOptions) {
    this.name = name;
    this.#child = spawn(process.execPath, [...program, 'serve', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PROVENDER_LOG_FORMAT: 'json' },
      // Ctrl-C of a terminal goes to the whole group: the nodes are ended by us, in order
      detached: true,
    });
    this.pid = this.#child.pid;
    const log = createWriteStream(logFile, { flags: 'a' });
    this.#child.stdout?.pipe(log);
    this.#child.stderr?.on('data', (text: Buffer) => this.#keep(text.toString()));
    this.#exited = once(this.#child, 'close').then(([code, signal]) => String(signal ?? code));
    this.#endWithUs();
    this.#ready = new Promise((resolve) => {
      const { stdout } = this.#child;
      if (stdout === null) return;
      createInterface({ input: stdout }).on('line', (line) => {
        this.#keep(line);
        if (line.includes('"event":"ready"')) resolve();
      });
    });
  }

  /** Resolves with how it ended: an exit code or the name of a signal. */
  get exited(): Promise<string> {
    return this.#exited;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits until it takes work. @throws ProvenderError `PROVENDER_UNAVAILABLE` with its last words when it ends before or takes too long */
  async ready(): Promise<void> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), START_LIMIT_MS);
    const end = await Promise.race([
      this.#ready.then(() => undefined),
      this.#exited.then((how) => `it ended (${how})`),
      once(limit.signal, 'abort').then(() => `it is not ready after ${START_LIMIT_MS / 1000} s`),
    ]);
    clearTimeout(timer);
    if (end === undefined) return;
    const last = this.#lastLines.join('\n');
    throw new ProvenderError('PROVENDER_UNAVAILABLE', `${this.name}: ${end}; its last words:\n${last}`);
  }

  /** Ends it in order, and by force when that takes too long. */
  async end(): Promise<void> {
    if (!this.isRunning) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), END_LIMIT_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Ends it as a power cut would. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** A second Ctrl-C ends this process at once. */
  #endWithUs(): void {
    if (running.size === 0) process.on('exit', killRunning);
    running.add(this);
    void this.#exited.then(() => {
      running.delete(this);
      if (running.size === 0) process.off('exit', killRunning);
    });
  }

  #keep(text: string): void {
    this.#lastLines.push(text.trimEnd());
    if (this.#lastLines.length > TAIL_LINES) this.#lastLines.shift();
  }
}

function killRunning(): void {
  for (const node of running) node.kill();
}

function thisProgram(): readonly string[] {
  const [, file] = process.argv;
  return file === undefined ? process.execArgv : [...process.execArgv, file];
}
