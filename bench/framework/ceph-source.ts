import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { CephCluster } from '../../test/support/ceph-cluster.ts';
import { radosInfo } from '../../src/objects/rados/client/loader.ts';
import { CephUnderLoad } from './ceph-under-load.ts';

/** Commands that a given cluster needs on this machine, and those that one of our own needs besides. */
const CLIENT_COMMANDS = ['ceph', 'rados'];
const DAEMON_COMMANDS = ['ceph-mon', 'ceph-mgr', 'ceph-osd'];

function isInstalled(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * The Ceph cluster of a run of benchmarks: a given one, or one of our own that is started when the first benchmark asks for it and
 * goes with the run.
 */
export class CephSource implements AsyncDisposable {
  readonly #given: string | undefined;
  readonly #leftOut: string[] = [];
  #opening: Promise<CephUnderLoad> | undefined;

  /** @param given - ceph.conf of a cluster to use; one of our own is started when absent */
  constructor(given?: string) {
    this.#given = given;
  }

  /** Why there is no cluster to be had on this machine, with the cure; undefined when there is one. */
  get lack(): string | undefined {
    const needed = this.#given === undefined ? [...CLIENT_COMMANDS, ...DAEMON_COMMANDS] : CLIENT_COMMANDS;
    const missing = needed.filter((command) => !isInstalled(command));
    if (missing.length > 0)
      return `no ${missing.join(', ')}: install the Debian packages ceph-mon ceph-mgr ceph-osd ceph-common librados-dev`;
    if (this.#given === undefined && process.getuid?.() !== 0)
      return 'not root, which a cluster of our own needs: give one with --ceph-conf';
    const addon = radosInfo();
    return 'reason' in addon ? addon.reason : undefined;
  }

  /** Whether a run without Ceph is a failure: in CI, or by `PROVENDER_REQUIRE_CEPH=1`. */
  get isRequired(): boolean {
    const { CI, PROVENDER_REQUIRE_CEPH: required } = process.env;
    return CI === 'true' || CI === '1' || required === '1';
  }

  /** What was left out because there is no Ceph. */
  get leftOut(): readonly string[] {
    return this.#leftOut;
  }

  /**
   * Says loudly that rows are left out for lack of Ceph.
   * @throws Error when Ceph is required
   */
  leaveOut(what: string): void {
    const text = `${what}: LEFT OUT, no Ceph (${this.lack ?? 'not asked for'})`;
    if (this.isRequired) throw new Error(text);
    process.stderr.write(`${text}\n`);
    this.#leftOut.push(text);
  }

  /** The cluster; the same one at each call. @throws Error with the reason when there is none */
  async open(): Promise<CephUnderLoad> {
    if (this.lack !== undefined) throw new Error(`no Ceph: ${this.lack}`);
    this.#opening ??= this.#start();
    return this.#opening;
  }

  async #start(): Promise<CephUnderLoad> {
    if (this.#given === undefined) {
      const cluster = await CephCluster.start((line) => process.stderr.write(`ceph: ${line}\n`));
      return new CephUnderLoad(cluster, dirname(cluster.confFile));
    }
    // Daemons of a cluster on this machine name its configuration file, or one beside it.
    return new CephUnderLoad(await CephCluster.connectTo(this.#given), dirname(this.#given));
  }

  /** Ends a cluster of our own. Once is enough. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    const opened = await opening?.catch(() => undefined); // one that did not start left nothing
    await opened?.cluster.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
