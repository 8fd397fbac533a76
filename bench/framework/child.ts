import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CommandMap, CpuTime, Reply, Request } from './commands.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STOP_LIMIT_MS = 60_000;

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

type Input<C extends CommandMap, K extends keyof C> = Parameters<C[K]>[0];
type Output<C extends CommandMap, K extends keyof C> = Awaited<ReturnType<C[K]>>;

/**
 * A measured process of its own, so that its CPU and memory are its own too. `C` is the type of the command map that its entry
 * point gives to `serveCommands`.
 */
export class Child<C extends CommandMap> {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #stopping = false;

  private constructor(name: string, process_: ChildProcess) {
    this.name = name;
    this.#process = process_;
    process_.on('message', (reply: Reply) => this.#settle(reply));
    process_.once('exit', (code, signal) => this.#failAll(`${name} ended with ${signal ?? `code ${code}`}`));
  }

  /**
   * Starts `entry` and waits until it answers.
   * @param options - `nodeFlags` come before those of this process
   * @throws Error when the process ends before it is ready
   */
  static async start<C extends CommandMap>(
    name: string,
    entry: URL,
    options: { nodeFlags?: readonly string[]; onSpawn?: (child: Child<C>) => void } = {},
  ): Promise<Child<C>> {
    const process_ = fork(fileURLToPath(entry), [], {
      cwd: ROOT, // `--import tsx` is looked up from here
      serialization: 'advanced',
      execArgv: [...(options.nodeFlags ?? []), ...process.execArgv],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const child = new Child<C>(name, process_);
    options.onSpawn?.(child);
    await new Promise<unknown>((resolve, reject) => child.#pending.set(0, { resolve, reject }));
    return child;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Runs a command in the process. @throws Error with the process' own stack when the command fails, or when the process ends */
  async call<K extends keyof C & string>(name: K, input: Input<C, K>): Promise<Output<C, K>> {
    // The answer comes from the map that C is the type of.
    return (await this.#ask(name, input)) as Output<C, K>;
  }

  /** CPU time since its start. */
  async cpu(): Promise<CpuTime> {
    return (await this.#ask('cpu', undefined)) as CpuTime;
  }

  /** Lets the process run its command `close` where it has one, then ends it, by force after 60 s. */
  async stop(closing?: () => Promise<unknown>): Promise<void> {
    if (this.#ended()) return;
    this.#stopping = true;
    const exited = once(this.#process, 'exit');
    const limit = setTimeout(() => void this.kill(), STOP_LIMIT_MS);
    try {
      await closing?.();
      if (this.#process.connected) this.#process.disconnect();
      await exited;
    } finally {
      clearTimeout(limit);
    }
  }

  /** Ends the process at once and waits for its end. */
  async kill(): Promise<void> {
    if (this.#ended()) return;
    this.#stopping = true;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }

  #ended(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async #ask(name: string, input: unknown): Promise<unknown> {
    if (this.#ended()) throw new Error(`${this.name} has ended, ${name} cannot run`);
    const id = ++this.#lastId;
    const request: Request = { id, name, input };
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#process.send(request);
    });
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('error' in reply) pending?.reject(new Error(`${this.name}: ${reply.error}`));
    else pending?.resolve(reply.result);
  }

  #failAll(why: string): void {
    const text = this.#stopping ? `${why}, it was stopped` : why;
    for (const { reject } of this.#pending.values()) reject(new Error(text));
    this.#pending.clear();
  }
}
