import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { confFileOf, derivedConf, OSD_COUNT } from './ceph-config.ts';
import { CephDaemon, daemonsOf } from './ceph-daemon.ts';
import { type CephObject, type CephPlace, type DamagedCopies, damageCopies, placeOf } from './ceph-damage.ts';
import { forgetCephFolder } from './ceph-exit.ts';
import { deepScrub, giveUpUnfound, untilClean, untilFull, untilOsdsUp } from './ceph-facts.ts';
import { keepCephFolder, removeCephFolder, removeLeftovers } from './ceph-folder.ts';
import { type CephCaps, type CephPool, type CephPoolOptions, type CephUser } from './ceph-pool.ts';
import { createPool, createUser } from './ceph-pool.ts';
import { type CephProgress, startCeph } from './ceph-start.ts';
import { CephTools, runTool, type ToolOptions } from './ceph-tools.ts';

const Ratios = z.object({ full_ratio: z.number() });
/** Shares of an OSD's room at which it warns, takes no moved data, and takes nothing: Ceph's defaults. */
const USUAL_RATIOS = { nearfull: 0.85, backfillfull: 0.9, full: 0.95 };

/** How a cluster is had. */
interface Ownership {
  /** Folder of a cluster of ours; undefined for a given one, whose daemons are not touched. */
  readonly folder?: string;
  readonly end: () => Promise<void>;
}

/**
 * A real Ceph cluster for tests: its pools, users, facts and bad luck.
 *
 * @see spec/test-ceph.md
 */
export class CephCluster implements AsyncDisposable {
  readonly #tools: CephTools;
  readonly #folder: string | undefined;
  readonly #end: () => Promise<void>;
  #isStopped = false;

  private constructor(tools: CephTools, { folder, end }: Ownership) {
    this.#tools = tools;
    this.#folder = folder;
    this.#end = end;
  }

  /** Starts a cluster of our own after removing what dead runs left. It ends with `stop`, or else with this process. */
  static async start(progress: CephProgress = () => undefined): Promise<CephCluster> {
    for (const folder of await removeLeftovers()) progress(`removed what a dead run left in ${folder}`);
    const folder = await startCeph(progress);
    const end = async (): Promise<void> => {
      if (process.env['PROVENDER_KEEP_CEPH'] === '1') {
        keepCluster(folder);
        process.stderr.write(`provender: the Ceph cluster stays: ${confFileOf(folder)}\n`);
        return;
      }
      await removeCephFolder(folder);
      forgetCephFolder(folder);
    };
    return new CephCluster(CephTools.in(folder), { folder, end });
  }

  /**
   * Uses a cluster that another process of ours started; faults are allowed.
   *
   * @param end - called by `stop`, which leaves the cluster itself to the other process
   */
  static attach(confFile: string, end: () => Promise<void>): CephCluster {
    return new CephCluster(new CephTools(confFile), { folder: dirname(confFile), end });
  }

  /**
   * Uses a given cluster, whose configuration must lead to the key of `client.admin`. Nothing but pools and users of
   * ours is touched: faults are refused.
   */
  static async connectTo(confFile: string): Promise<CephCluster> {
    const asked = ['-c', confFile, '-n', 'client.admin', '--show-config-value', 'keyring'];
    const adminKeyring = (await runTool('ceph-conf', asked)).toString().trim();
    const folder = mkdtempSync(join(tmpdir(), 'provender-ceph-'));
    const remove = (): void => rmSync(folder, { recursive: true, force: true });
    process.once('exit', remove);
    const derived = confFileOf(folder);
    await writeFile(derived, derivedConf(await readFile(confFile, 'utf8'), { folder, adminKeyring }));
    const end = async (): Promise<void> => {
      process.off('exit', remove);
      remove();
    };
    return new CephCluster(new CephTools(derived), { end });
  }

  /** Configuration that leads to the monitors and to the keys of all users made here. */
  get confFile(): string {
    return this.#tools.confFile;
  }

  /** Whether its daemons may be paused and killed. */
  get isOurs(): boolean {
    return this.#folder !== undefined;
  }

  /** OSD 0, 1 or 2. */
  osd(id: number): CephDaemon {
    return new CephDaemon(this.#ownFolder(), 'osd', String(id));
  }

  /** All OSDs. */
  get osds(): readonly CephDaemon[] {
    return Array.from({ length: OSD_COUNT }, (_, id) => this.osd(id));
  }

  get monitor(): CephDaemon {
    return new CephDaemon(this.#ownFolder(), 'mon', 'x');
  }

  get manager(): CephDaemon {
    return new CephDaemon(this.#ownFolder(), 'mgr', 'x');
  }

  /** Runs `ceph ARGS` as `client.admin`. @returns its answer, parsed from JSON; undefined when there is none */
  async admin(args: readonly string[], options?: ToolOptions): Promise<unknown> {
    return await this.#tools.admin(args, options);
  }

  /** Runs `ceph ARGS` as `client.admin`. @returns what it wrote */
  async adminText(args: readonly string[], options?: ToolOptions): Promise<string> {
    return await this.#tools.adminText(args, options);
  }

  /** Runs `rados ARGS` as `client.admin`. @returns its standard output */
  async rados(args: readonly string[], input?: string | Uint8Array): Promise<Buffer> {
    return await this.#tools.rados(args, input === undefined ? {} : { input });
  }

  /** Makes a pool with a user of its own, ready for use. The caller removes it. */
  async createPool(options?: CephPoolOptions): Promise<CephPool> {
    return await createPool(this.#tools, options);
  }

  /** Makes a user. */
  async createUser(caps: CephCaps, user?: string): Promise<CephUser> {
    return await createUser(this.#tools, caps, user);
  }

  /** Waits until every OSD is up and in and every placement group active and clean. */
  async waitClean(): Promise<void> {
    await untilOsdsUp(this.#tools);
    await untilClean(this.#tools);
  }

  /**
   * Undoes every fault: resumes what is paused, revives what is dead, makes room, gives up objects whose copies are all
   * damaged, and waits until everything is clean.
   */
  async heal(): Promise<void> {
    for (const daemon of daemonsOf(this.#ownFolder(), OSD_COUNT)) {
      if (daemon.isPaused) await daemon.resume();
      if (daemon.pid === undefined) await daemon.start();
    }
    const { full_ratio: full } = Ratios.parse(await this.admin(['osd', 'dump']));
    if (Math.abs(full - USUAL_RATIOS.full) > 0.001) await this.#setRatios(USUAL_RATIOS);
    await untilOsdsUp(this.#tools);
    await giveUpUnfound(this.#tools);
    await this.waitClean();
    await untilFull(this.#tools, 0);
  }

  /** Declares every OSD full, and waits until all know: they hold 0.3 GB of 4 GiB from the start. Ends with `heal`. */
  async fill(): Promise<void> {
    this.#ownFolder();
    await this.#setRatios({ nearfull: 0.01, backfillfull: 0.02, full: 0.03 });
    await untilFull(this.#tools, OSD_COUNT);
  }

  /** Asks where an object lies. */
  async placeOf(object: CephObject): Promise<CephPlace> {
    return await placeOf(this.#tools, object);
  }

  /**
   * Puts other bytes in the place of an object, in the OSD that answers reads or in all that hold it, and waits until
   * the cluster is clean again. Who reads the whole object makes Ceph look: it mends one copy from the other, and lets
   * the reader wait for ever when none is left.
   */
  async damage(object: CephObject, bytes: Uint8Array, copies: DamagedCopies = 'first'): Promise<void> {
    await damageCopies(this.#ownFolder(), this.#tools, { object, bytes, copies });
    await this.waitClean();
  }

  /** Has a pool compare its copies byte by byte, and waits for the end. */
  async deepScrub(pool: string): Promise<void> {
    await deepScrub(this.#tools, pool);
  }

  /** Lets the cluster outlive this process. */
  keep(): void {
    keepCluster(this.#ownFolder());
    this.#isStopped = true;
  }

  /** Ends a cluster that was started here and removes its data; lets go of any other. Once is enough. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #ownFolder(): string {
    if (this.#folder === undefined)
      throw new Error(`the daemons of a given cluster (${this.confFile}) are left alone`);
    return this.#folder;
  }

  async #setRatios(ratios: Readonly<Record<string, number>>): Promise<void> {
    for (const [name, value] of Object.entries(ratios))
      await this.admin(['osd', `set-${name}-ratio`, String(value)]);
  }
}

function keepCluster(folder: string): void {
  keepCephFolder(folder);
  forgetCephFolder(folder);
}
