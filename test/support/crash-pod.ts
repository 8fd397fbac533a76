import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CrashOrders } from './store-crash-plan.ts';
import { until } from './until.ts';

const CHILD = fileURLToPath(new URL('./store-crash-child.ts', import.meta.url));

/** A crash child that goes on until it is killed, and can be paused; killed when it is disposed of. */
export class CrashPod implements AsyncDisposable {
  /** What it has told so far. */
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(orders: CrashOrders) {
    this.#child = spawn(process.execPath, ['--import', 'tsx', CHILD, JSON.stringify(orders)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#ended = once(this.#child, 'close');
    if (this.#child.stdout !== null)
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.lines.push(line));
  }

  /** Waits until it has told so many more lines. */
  async tells(lines: number): Promise<void> {
    const goal = this.lines.length + lines;
    await until(`${lines} more lines of a child`, () => {
      if (this.#child.exitCode !== null) throw new Error(`it ended with ${this.#child.exitCode}`);
      return this.lines.length >= goal;
    });
  }

  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** Ends it as a power cut would. All that it told is in `lines` then. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
