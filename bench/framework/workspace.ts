import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Child } from './child.ts';
import type { CommandMap } from './commands.ts';

const PREFIX = 'provender-bench-';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Removes what a run that was killed left in `parent`: its name carries the process id. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** A program that is no process of ours: its output is read. */
export type RunningProgram = ChildProcessByStdio<null, Readable, Readable>;

/** Owns the folders and the processes of one run, and removes all of them at its end, whatever the end is. */
export class Workspace implements AsyncDisposable {
  /** Folder of this run; all others are below it. */
  readonly root: string;
  readonly #stops = new Set<() => Promise<void>>();
  readonly #undo: (() => Promise<unknown>)[] = [];
  #folders = 0;
  #closed = false;

  private constructor(root: string) {
    this.root = root;
  }

  /** Opens a run below `parent`, which is made when it is not there. */
  static async open(parent: string): Promise<Workspace> {
    await mkdir(parent, { recursive: true });
    await removeLeftovers(parent);
    return new Workspace(await mkdtemp(join(parent, `${PREFIX}${process.pid}-`)));
  }

  /** Has something undone at the end of this run, when its processes have ended. */
  defer(undo: () => Promise<unknown>): void {
    this.#undo.push(undo);
  }

  /** Makes a new empty folder. */
  async folder(name: string): Promise<string> {
    const path = join(this.root, `${++this.#folders}-${name}`);
    await mkdir(path);
    return path;
  }

  /** Starts a process that ends with this run. @throws Error when the run is over */
  async start<C extends CommandMap>(
    name: string,
    entry: URL,
    options: { nodeFlags?: readonly string[] } = {},
  ): Promise<Child<C>> {
    if (this.#closed) throw new Error('the run is over');
    return Child.start<C>(name, entry, {
      ...options,
      onSpawn: (child) => this.#stops.add(() => child.kill()),
    });
  }

  /** Runs a program that ends with this run, with nothing on its standard input. @throws Error when the run is over */
  run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): RunningProgram {
    if (this.#closed) throw new Error('the run is over');
    const program = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    const ended = once(program, 'exit');
    const stop = async (): Promise<void> => {
      program.kill('SIGKILL');
      await ended;
    };
    this.#stops.add(stop);
    const forget = (): void => void this.#stops.delete(stop);
    ended.then(forget, forget); // it did not start: whoever asked for it sees 'error' too
    return program;
  }

  /** Runs a program to its end. @throws Error with its output when it does not end with 0 */
  async complete(command: string, args: readonly string[]): Promise<void> {
    const program = this.run(command, args);
    let output = '';
    for (const stream of [program.stdout, program.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    const [code, signal] = await once(program, 'close');
    if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${signal ?? `code ${code}`}\n${output}`);
  }

  /** Ends the processes and removes the folders. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    const stops = [...this.#stops];
    this.#stops.clear();
    await Promise.all(stops.map((stop) => stop()));
    for (const undo of this.#undo.splice(0).toReversed()) await undo();
    await rm(this.root, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
