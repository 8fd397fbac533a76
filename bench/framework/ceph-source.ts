import { dirname } from 'node:path';
import { radosInfo } from '../../src/objects/rados/client/loader.ts';
import { CephCluster } from '../../test/support/ceph-cluster.ts';
import { cephLack, isCephRequired } from '../../test/support/ceph-presence.ts';
import { CephUnderLoad } from './ceph-under-load.ts';

/**
 * The Ceph cluster of a run of benchmarks: a given one, or one of our own that is started when the first benchmark asks for it and
 * goes with the run.
 */
export class CephSource implements AsyncDisposable {
  readonly #given: string | undefined;
  readonly #restLimitMs: number;
  readonly #leftOut: string[] = [];
  #opening: Promise<CephUnderLoad> | undefined;

  /** Without `given`, ceph.conf of a cluster to use, one of our own is started. */
  constructor({ given, restLimitMs }: { given?: string | undefined; restLimitMs: number }) {
    this.#given = given;
    this.#restLimitMs = restLimitMs;
  }

  /** Why there is no cluster to be had on this machine, or no addon; undefined when there are both. */
  get lack(): string | undefined {
    const env = { ...process.env, PROVENDER_CEPH_CONF: this.#given };
    const addon = radosInfo();
    return cephLack({ env, uid: process.getuid?.() }) ?? ('reason' in addon ? addon.reason : undefined);
  }

  /** What was left out because there is no Ceph. */
  get leftOut(): readonly string[] {
    return this.#leftOut;
  }

  /**
   * Says loudly that rows are left out for lack of Ceph.
   * @throws Error in CI, and with `PROVENDER_REQUIRE_CEPH=1`
   */
  leaveOut(what: string): void {
    const text = `${what}: LEFT OUT, no Ceph (${this.lack ?? 'not asked for'})`;
    if (isCephRequired()) throw new Error(text);
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
      return this.#underLoad(cluster, cluster.confFile);
    }
    // Daemons of a cluster on this machine name its configuration file, or one beside it.
    return this.#underLoad(await CephCluster.connectTo(this.#given), this.#given);
  }

  #underLoad(cluster: CephCluster, confFile: string): CephUnderLoad {
    return new CephUnderLoad(cluster, { daemonFolder: dirname(confFile), restLimitMs: this.#restLimitMs });
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
