import { ProvenderError } from '../../src/content/provender-error.ts';
import type { ReadResult, ReadStep, WriteStep } from '../../src/objects/rados/client/operations.ts';
import type { RadosConnection } from '../../src/objects/rados/client/rados-cluster-types.ts';
import { RadosError } from '../../src/objects/rados/client/rados-error.ts';
import type { RadosPool } from '../../src/objects/rados/client/rados-pool.ts';

interface Thing {
  bytes: Uint8Array;
  readonly xattrs: Map<string, Uint8Array>;
  readonly omap: Map<string, Uint8Array>;
}

const ERRNO = { ENOENT: -2, EEXIST: -17, ESHUTDOWN: -108, ECANCELED: -125 } as const;

/**
 * A cluster in memory behind the port of the client, for the protocol of the store where no Ceph is at hand. Every operation is done when it arrives and
 * is answered later, or never when a test says so; a client on the blocklist is refused from that moment on. There are no daemons: those are what Ceph is
 * for.
 */
export class MemoryRados {
  readonly #namespaces = new Map<string, Map<string, Thing>>();
  readonly #blocked = new Set<string>();
  #clients = 0;
  /** Tells the changes that are done and never answered, by the name of the object. */
  isLost: (key: string) => boolean = () => false;

  /** A connection with an address of its own. */
  readonly connect = async (): Promise<RadosConnection> => {
    const address = `v1:10.0.0.1:0/${++this.#clients}`;
    const close = async (): Promise<void> => undefined;
    return {
      pool: async (name, o) => this.#pool(name, o?.namespace ?? '', address),
      usage: async () => ({ totalBytes: 2n ** 40n, usedBytes: 0n, objects: 0n }),
      address: () => address,
      blocklist: async (other) => void this.#blocked.add(other),
      waitForLatestMap: async () => undefined,
      monCommand: async () => ({}),
      load: () => ({ inFlight: 0, inFlightBytes: 0, queued: 0 }),
      close,
      [Symbol.asyncDispose]: close,
    };
  };

  /** Puts a client on the blocklist of the OSDs that serve a namespace: others may not have heard of it yet. */
  block(address: string, namespace: string): void {
    this.#blocked.add(`${address} ${namespace}`);
  }

  /** Names in a namespace, sorted. */
  names(namespace: string): string[] {
    return [...(this.#namespaces.get(namespace)?.keys() ?? [])].toSorted();
  }

  #pool(name: string, namespace: string, address: string): RadosPool {
    const things = this.#namespaces.get(namespace) ?? new Map<string, Thing>();
    this.#namespaces.set(namespace, things);
    const run = async <T>(key: string, work: () => T): Promise<T> => {
      const refuse = (code: keyof typeof ERRNO): never => {
        throw new RadosError(ERRNO[code], { syscall: 'memory', key, pool: name });
      };
      if (this.#blocked.has(address) || this.#blocked.has(`${address} ${namespace}`)) refuse('ESHUTDOWN');
      try {
        return work();
      } catch (error) {
        if (error instanceof Refusal) refuse(error.code);
        throw error;
      } finally {
        await new Promise(setImmediate);
      }
    };
    const change = async (key: string, work: () => void): Promise<void> => {
      await run(key, work);
      if (this.isLost(key)) throw new ProvenderError('PROVENDER_AMBIGUOUS', `${key}: no answer`);
    };
    return poolOver(things, { name, namespace, run, change });
  }
}

/** What an operation is answered with. */
class Refusal extends Error {
  readonly code: keyof typeof ERRNO;

  constructor(code: keyof typeof ERRNO) {
    super(code);
    this.code = code;
  }
}

interface PoolFace {
  readonly name: string;
  readonly namespace: string;
  readonly run: <T>(key: string, work: () => T) => Promise<T>;
  readonly change: (key: string, work: () => void) => Promise<void>;
}

function poolOver(things: Map<string, Thing>, { name, namespace, run, change }: PoolFace): RadosPool {
  const there = (key: string): Thing => things.get(key) ?? refused('ENOENT');
  const changed = (key: string, steps: readonly WriteStep[]): Promise<void> =>
    change(key, () => changeThing(things, key, steps));
  const unused = (): never => refused('ENOENT');
  const close = async (): Promise<void> => undefined;
  return {
    name,
    namespace,
    read: (key, { into, offset = 0, length = into.length }) =>
      run(key, () => copyTo(into, 0, there(key).bytes.subarray(offset, offset + length))),
    write: async () => unused(),
    append: async () => unused(),
    truncate: async () => unused(),
    readMany: async () => unused(),
    writeMany: async () => unused(),
    writeFull: (key, bytes) => changed(key, [{ do: 'writeFull', bytes }]),
    remove: (key) => changed(key, [{ do: 'assertExists' }, { do: 'remove' }]),
    stat: (key) => run(key, () => ({ size: there(key).bytes.length, mtimeMs: 0 })),
    change: changed,
    look: (key, steps, o) => run(key, () => lookAt(there(key), steps, o?.into)),
    getXattrs: (key) => run(key, () => new Map(there(key).xattrs)),
    async *omapEntries(key, { prefix = '' } = {}) {
      const rows = await run(key, () => rowsOf(there(key), prefix));
      yield* rows;
    },
    async *list({ slice = 0, slices = 1 } = {}) {
      const names = await run('', () => (slice === 0 || slices === 1 ? [...things.keys()] : []));
      yield* names;
    },
    stats: async () => ({ bytes: bytesIn(things), objects: BigInt(things.size) }),
    flush: close,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function refused(code: keyof typeof ERRNO): never {
  throw new Refusal(code);
}

function bytesIn(things: ReadonlyMap<string, Thing>): bigint {
  return BigInt([...things.values()].reduce((sum, { bytes }) => sum + bytes.length, 0));
}

function copyTo(into: Uint8Array, at: number, bytes: Uint8Array): number {
  into.set(bytes, at);
  return bytes.length;
}

function rowsOf({ omap }: Thing, prefix: string, after = ''): [string, Uint8Array][] {
  const rows = [...omap].filter(([row]) => row.startsWith(prefix) && row > after);
  return rows.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Guards first, on the object as it is; then all changes. */
function changeThing(things: Map<string, Thing>, key: string, steps: readonly WriteStep[]): void {
  const before = things.get(key);
  for (const step of steps) guard(before, step);
  if (steps.some((step) => step.do === 'remove')) {
    things.delete(key);
    return;
  }
  const thing = before ?? { bytes: new Uint8Array(), xattrs: new Map(), omap: new Map() };
  things.set(key, thing);
  for (const step of steps) {
    if (step.do === 'writeFull') thing.bytes = step.bytes.slice();
    if (step.do === 'setXattr') thing.xattrs.set(step.name, step.value.slice());
    if (step.do === 'omapSet') for (const [row, value] of step.rows) thing.omap.set(row, value.slice());
    if (step.do === 'omapRemove') for (const row of step.keys) thing.omap.delete(row);
  }
}

function guard(thing: Thing | undefined, step: WriteStep): void {
  const isSame = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
    Buffer.compare(a ?? new Uint8Array(), b) === 0;
  if (step.do === 'create' && step.exclusive && thing !== undefined) refused('EEXIST');
  if (step.do === 'assertExists' && thing === undefined) refused('ENOENT');
  if (step.do !== 'omapCmp' && step.do !== 'cmpXattr') return;
  if (thing === undefined) refused('ENOENT');
  const found = step.do === 'omapCmp' ? thing.omap.get(step.key) : thing.xattrs.get(step.name);
  if (!isSame(found, step.value)) refused('ECANCELED');
}

function lookAt(thing: Thing, steps: readonly ReadStep[], into: Uint8Array = new Uint8Array()): ReadResult {
  const lengths: number[] = [];
  const omap = new Map<string, Uint8Array>();
  let [at, more] = [0, false];
  for (const step of steps) {
    if (step.do === 'read') {
      lengths.push(copyTo(into, at, thing.bytes.subarray(step.offset, step.offset + step.length)));
      at += step.length;
    }
    if (step.do === 'omapKeys')
      for (const key of step.keys) {
        const value = thing.omap.get(key);
        if (value !== undefined) omap.set(key, value);
      }
    if (step.do === 'omapRange') {
      const rows = rowsOf(thing, step.prefix, step.after);
      for (const [row, value] of rows.slice(0, step.limit)) omap.set(row, value);
      more ||= rows.length > step.limit;
    }
  }
  return {
    lengths,
    xattrs: new Map(thing.xattrs),
    stat: { size: thing.bytes.length, mtimeMs: 0 },
    omap,
    more,
  };
}
