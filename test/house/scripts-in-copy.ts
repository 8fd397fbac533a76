import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COPIED = ['scripts', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/** What a finished command left: its exit code and all that it printed. */
export interface Finished {
  readonly code: number | null;
  readonly output: string;
}

/** A command that runs in the copy. */
export interface Running {
  readonly child: ChildProcess;
  /** Waits until the output holds `text`; rejects when the command ends first. */
  shows(text: string): Promise<void>;
  readonly finished: Promise<Finished>;
}

/** A throw-away checkout that has this one's scripts and packages, and the sources that a test plants in it. */
export class ScriptsCopy implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<ScriptsCopy> {
    const folder = await mkdtemp(join(tmpdir(), 'provender-scripts-'));
    for (const name of COPIED) await cp(join(ROOT, name), join(folder, name), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    return new ScriptsCopy(folder);
  }

  /** Writes a file; folders are made as needed. */
  async plant(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), text);
  }

  /** Starts a command in a process group of its own, as a terminal does. */
  start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    // NODE_TEST_CONTEXT would make a nested `node --test` believe that it is one of our own files
    const { NODE_TEST_CONTEXT: _, CI: __, ...inherited } = process.env;
    const child = spawn(command, args, {
      cwd: this.folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...inherited, ...env },
    });
    return watch(child);
  }

  /** Runs a command to its end. */
  async run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
    return this.start(command, args, env).finished;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}

function watch(child: ChildProcess): Running {
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const finished = once(child, 'close').then(([code]: (number | null)[]) => ({ code: code ?? null, output }));
  const shows = async (text: string): Promise<void> => {
    const ended = finished.then(() => 'ended');
    while (!output.includes(text)) {
      const next = Promise.race([
        once(child.stdout ?? child, 'data'),
        once(child.stderr ?? child, 'data'),
        ended,
      ]);
      if ((await next) === 'ended' && !output.includes(text))
        throw new Error(`ended without "${text}":\n${output}`);
    }
  };
  return { child, shows, finished };
}
