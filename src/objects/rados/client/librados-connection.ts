import { ProvenderError } from '../../../content/provender-error.ts';
import type { Admission } from './admission.ts';
import { answerError } from './call-error.ts';
import { checkName, checkWhole } from './check-arguments.ts';
import type { ConnectSettings } from './connect-settings.ts';
import type { Engine } from './engine.ts';
import { LibradosPool } from './librados-pool.ts';
import type { NativeCluster, NativePool } from './native-binding.ts';
import type { RadosConnection, RadosLoad } from './rados-cluster-types.ts';
import type { RadosPool } from './rados-pool.ts';
import { RunningCalls } from './running-calls.ts';

const DEFAULT_GRACE_MS = 5000;

/** A pool that the connection closes with itself. */
interface OpenPool {
  readonly pool: LibradosPool;
  readonly calls: RunningCalls;
}

/** The connection over the addon. Owns its share of the handle and its pools. Thread: the one that connected. */
export class LibradosConnection implements RadosConnection {
  readonly #engine: Engine;
  readonly #native: NativeCluster;
  readonly #settings: ConnectSettings;
  readonly #admission: Admission;
  readonly #calls: RunningCalls;
  readonly #pools = new Set<OpenPool>();
  #closing: Promise<void> | undefined;

  constructor(engine: Engine, native: NativeCluster, settings: ConnectSettings) {
    const { digest, limits, opTimeoutMs } = settings;
    this.#engine = engine;
    this.#native = native;
    this.#settings = settings;
    this.#admission = engine.enterHandle(digest, limits, opTimeoutMs);
    this.#calls = this.#callsOf('the connection to Ceph', undefined);
  }

  async pool(name: string, o: { namespace?: string; signal?: AbortSignal } = {}): Promise<RadosPool> {
    const { namespace = '', signal } = o;
    checkName('pool', name);
    checkName('namespace', namespace, 0);
    const native = await this.#calls.runRare(() => this.#native.pool(name, namespace), {
      what: `pool '${name}'`,
      pool: name,
      signal,
      discard: async (late: NativePool) => late.close(),
    });
    if (this.#closing !== undefined) {
      native.close(); // it came within the grace of a close, which does not know of it
      throw new ProvenderError('PROVENDER_CLOSED', `pool '${name}': the connection closes`);
    }
    return this.#open(native, name, namespace);
  }

  async usage(): Promise<{ totalBytes: bigint; usedBytes: bigint; objects: bigint }> {
    const what = 'usage of the cluster';
    const [totalBytes, usedBytes, objects] = await this.#calls.runRare(() => this.#native.usage(), { what });
    return { totalBytes, usedBytes, objects };
  }

  address(): string {
    if (this.#closing === undefined) return this.#native.address();
    throw new ProvenderError('PROVENDER_CLOSED', 'the connection to Ceph is closed');
  }

  async blocklist(address: string, seconds: number): Promise<void> {
    checkName('address', address);
    checkWhole('seconds', seconds, 0, 2 ** 31 - 1);
    const what = `blocklist of ${address}`;
    await this.#calls.runRare(() => this.#native.blocklist(address, seconds), { what, isWrite: true });
  }

  async waitForLatestMap(): Promise<void> {
    const what = 'wait for the latest map';
    await this.#calls.runRare(() => this.#native.waitForLatestMap(), { what });
  }

  async monCommand(command: Readonly<Record<string, unknown>>): Promise<unknown> {
    const what = `monitor command ${String(command['prefix'])}`;
    const json = JSON.stringify({ format: 'json', ...command });
    const [rc, output, status] = await this.#calls.runRare(() => this.#native.monCommand(json), { what });
    if (rc < 0) throw answerError(rc, { syscall: 'rados_mon_command', status, isWrite: false });
    return output.length === 0 ? undefined : parseAnswer(what, output);
  }

  load(): RadosLoad {
    return this.#admission.load();
  }

  close(o: { graceMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(o.graceMs ?? DEFAULT_GRACE_MS);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #callsOf(name: string, pool: string | undefined): RunningCalls {
    return new RunningCalls({ name, pool, engine: this.#engine, admission: this.#admission });
  }

  #open(native: NativePool, name: string, namespace: string): RadosPool {
    const calls = this.#callsOf(`pool '${name}'`, name);
    const { slabs } = this.#engine;
    const { limits } = this.#settings;
    const open: OpenPool = {
      calls,
      pool: new LibradosPool({ name, namespace, native, calls, slabs, limits }, () =>
        this.#pools.delete(open),
      ),
    };
    this.#pools.add(open);
    return open.pool;
  }

  async #close(graceMs: number): Promise<void> {
    this.#calls.refuse();
    const closing = [...this.#pools];
    const closed = Promise.all([this.#calls.whenIdle(), ...closing.map(({ pool }) => pool.close())]);
    const timer = setTimeout(() => {
      for (const { calls } of [...closing, { calls: this.#calls }]) calls.abandonAll();
    }, graceMs);
    await closed;
    clearTimeout(timer);
    this.#engine.leaveHandle(this.#settings.digest);
    await this.#native.close();
  }
}

function parseAnswer(what: string, output: Uint8Array): unknown {
  const text = new TextDecoder().decode(output);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProvenderError('PROVENDER_INTERNAL', `${what}: the answer is no JSON`, { cause });
  }
}
