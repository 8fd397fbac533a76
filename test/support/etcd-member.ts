import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { until } from './until.ts';

const LIMIT_MS = 60_000;
const LOG_LINES = 20;

/** Asks the HTTP side of a member. */
export type EtcdAsk = (url: string, body?: string) => Promise<unknown>;

/** One etcd process with its own data, and the bad luck that it may have. */
export class EtcdMember {
  readonly name: string;
  readonly clientUrl: string;
  readonly #args: readonly string[];
  readonly #logFile: string;
  readonly #ask: EtcdAsk;
  #child: ChildProcess | undefined;

  /** @param options.args - the whole command line of etcd */
  constructor(options: {
    readonly name: string;
    readonly clientUrl: string;
    readonly args: readonly string[];
    readonly logFile: string;
    readonly ask: EtcdAsk;
  }) {
    this.name = options.name;
    this.clientUrl = options.clientUrl;
    this.#args = options.args;
    this.#logFile = options.logFile;
    this.#ask = options.ask;
  }

  /** Process id; undefined when it does not run. */
  get pid(): number | undefined {
    const child = this.#child;
    return child !== undefined && child.exitCode === null && child.signalCode === null
      ? child.pid
      : undefined;
  }

  /** Starts the process and does not wait. It ends with this process, also when that is killed. */
  launch(): void {
    if (this.pid !== undefined) throw new Error(`${this.name} runs`);
    const log = openSync(this.#logFile, 'a');
    try {
      this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', 'etcd', ...this.#args], {
        stdio: ['ignore', log, log],
        env: { PATH: process.env['PATH'] },
      });
    } finally {
      closeSync(log);
    }
    // a command that is not there shows as a member that does not get healthy
    this.#child.once('error', () => undefined);
  }

  /** Waits until it answers a linearizable read. Throws with the end of its log when it ends before. */
  async healthy(): Promise<void> {
    await until(
      `${this.name} is healthy`,
      async () => {
        if (this.pid === undefined) return true;
        const answer = await this.#ask(`${this.clientUrl}/health`);
        return JSON.stringify(answer).includes('"health":"true"');
      },
      LIMIT_MS,
    );
    if (this.pid === undefined) throw new Error(`${this.name} has ended: ${await this.log()}`);
  }

  /** What it says of itself: ids as decimal text; undefined when it does not answer in time. */
  async status(): Promise<{ readonly member: string; readonly leader: string } | undefined> {
    if (this.pid === undefined) return undefined;
    const answer = await this.#ask(`${this.clientUrl}/v3/maintenance/status`, '{}').catch(() => undefined);
    const text = JSON.stringify(answer ?? {});
    const member = /"member_id":"(\d+)"/.exec(text)?.[1];
    const leader = /"leader":"(\d+)"/.exec(text)?.[1];
    return member === undefined || leader === undefined ? undefined : { member, leader };
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || this.pid === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Makes it silent: connections stay, nothing is answered. */
  async stop(): Promise<void> {
    this.#signal('SIGSTOP');
    await until(`${this.name} is paused`, () => this.#state() === 'T', LIMIT_MS);
  }

  /** Lets it go on. What was sent to it meanwhile is done now, also what its sender gave up. */
  async cont(): Promise<void> {
    this.#signal('SIGCONT');
    await until(`${this.name} goes on`, () => this.#state() !== 'T', LIMIT_MS);
  }

  /** Starts it again, killing it first when it runs, with the data that it had; waits until it is healthy, which takes a quorum. */
  async restart(): Promise<void> {
    await this.kill();
    this.launch();
    await this.healthy();
  }

  /** The end of its log. */
  async log(): Promise<string> {
    const text = await readFile(this.#logFile, 'utf8').catch(() => '');
    return text.trimEnd().split('\n').slice(-LOG_LINES).join('\n');
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.pid === undefined || this.#child?.kill(signal) !== true)
      throw new Error(`${this.name} does not run`);
  }

  /** State of the process as the kernel says it, `T` for paused. */
  #state(): string | undefined {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0];
  }
}
