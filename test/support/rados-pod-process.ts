import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CephOfFile } from './ceph-test.ts';
import type { RadosNamespace } from './rados-pod.ts';
import { until } from './until.ts';

/** What a pod in a process of its own is told. */
export interface PodOrders {
  readonly confFile: string;
  readonly user: string;
  readonly pool: string;
  readonly namespace: string;
  readonly beatMs: number;
  readonly deadMs: number;
  /** `stage` writes on and on; else it only closes the dead. */
  readonly work?: 'stage';
  /** Kills itself in this step, from 1. */
  readonly killAtStep?: number;
  /** Counts only steps whose names begin so. */
  readonly stepsOf?: string;
}

const CHILD = fileURLToPath(new URL('./rados-pod-child.ts', import.meta.url));

/** A pod in a process of its own; killed when it is disposed of. */
export class PodProcess implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', (line) => this.lines.push(line));
  }

  /** Starts one; it may take a second until it is `ready`. */
  static async start(
    ceph: CephOfFile,
    store: RadosNamespace,
    more: Partial<PodOrders> = {},
  ): Promise<PodProcess> {
    const [{ confFile }, { user, name: pool }] = [await ceph.cluster(), await ceph.pool()];
    const orders: PodOrders = {
      confFile,
      user,
      pool,
      namespace: store.namespace,
      beatMs: 50,
      deadMs: 400,
      ...more,
    };
    const child = spawn(process.execPath, ['--import', 'tsx', CHILD, JSON.stringify(orders)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return new PodProcess(child);
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Waits for a line that begins so; fails when the process ends without it. */
  async says(start: string): Promise<string> {
    const found = (): string | undefined => this.lines.find((line) => line.startsWith(start));
    await until(`the child says "${start}"`, () => found() !== undefined || this.hasEnded);
    const line = found();
    if (line === undefined) throw new Error(`the child ended without "${start}": ${this.lines.join(', ')}`);
    return line;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until it has ended by itself. */
  async ended(): Promise<void> {
    if (!this.hasEnded) await once(this.#child, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.hasEnded) return;
    this.#child.kill('SIGCONT');
    this.#child.kill('SIGKILL');
    await this.ended();
  }
}
