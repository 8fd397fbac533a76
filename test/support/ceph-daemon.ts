import { hasEnded, processesOf, sendSignal, stateOf } from './ceph-processes.ts';
import { confFileOf } from './ceph-config.ts';
import { runTool } from './ceph-tools.ts';
import { until } from './until.ts';

/** The kinds of daemons of a cluster. */
export type CephDaemonKind = 'mon' | 'mgr' | 'osd';

const LIMIT_MS = 30_000;

/**
 * One daemon of a cluster of ours, with the bad luck it may have. Who injects a fault undoes it: see
 * `CephCluster.heal`.
 */
export class CephDaemon {
  readonly #folder: string;
  readonly #program: string;
  readonly #id: string;
  /** As Ceph calls it: `osd.0`, `mon.x`. */
  readonly name: string;

  constructor(folder: string, kind: CephDaemonKind, id: string) {
    this.#folder = folder;
    this.#program = `ceph-${kind}`;
    this.#id = id;
    this.name = `${kind}.${id}`;
  }

  /** Its process; undefined when it does not run. */
  get pid(): number | undefined {
    return processesOf(this.#folder).find(({ name }) => name === this.name)?.pid;
  }

  /** True when it runs and is paused. */
  get isPaused(): boolean {
    const { pid } = this;
    return pid !== undefined && stateOf(pid) === 'T';
  }

  /** Starts it. It goes into the background by itself, and has then taken its ports. */
  async start(): Promise<void> {
    await runTool(this.#program, ['-c', confFileOf(this.#folder), '-i', this.#id]);
  }

  /** Starts it again after a kill; the data it had is the data it has. Does not wait until the others know. */
  async revive(): Promise<void> {
    if (this.pid !== undefined) throw new Error(`${this.name} runs, there is nothing to revive`);
    await this.start();
  }

  /** Makes it silent: connections stay, nothing is answered. Its peers report it after `osd heartbeat grace` (20 s). */
  async pause(): Promise<void> {
    this.#signal('SIGSTOP');
    await until(`${this.name} is paused`, () => this.isPaused, LIMIT_MS);
  }

  /** Lets it go on. What was sent to it meanwhile is done now, also what its sender gave up. */
  async resume(): Promise<void> {
    this.#signal('SIGCONT');
    await until(`${this.name} goes on`, () => !this.isPaused, LIMIT_MS);
  }

  /** Ends it as a power cut would. Connections are refused from now on, and its peers see that in about a second. */
  async kill(): Promise<void> {
    const pid = this.#signal('SIGKILL');
    await until(`${this.name} is gone`, () => hasEnded(pid), LIMIT_MS);
  }

  /** @returns the process it was sent to */
  #signal(signal: NodeJS.Signals): number {
    const { pid } = this;
    if (pid === undefined || !sendSignal(pid, signal)) throw new Error(`${this.name} does not run`);
    return pid;
  }
}

/** All daemons of a cluster of ours, in the order in which they start. */
export function daemonsOf(folder: string, osdCount: number): CephDaemon[] {
  return [
    new CephDaemon(folder, 'mon', 'x'),
    new CephDaemon(folder, 'mgr', 'x'),
    ...Array.from({ length: osdCount }, (_, id) => new CephDaemon(folder, 'osd', String(id))),
  ];
}
