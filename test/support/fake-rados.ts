import type {
  NativeCluster,
  NativePool,
  NativeRados,
  NativeStep,
  Sink,
} from '../../src/objects/rados/client/native-binding.ts';

/** An operation that the fake was given and has not answered. */
export interface FakeOperation {
  readonly verb: string;
  readonly key: string;
  /** Operations of librados: 1, or the length of a batch. */
  readonly count: number;
  /** Where a read goes, or what a write carries. */
  readonly bytes: Uint8Array | undefined;
  readonly steps: readonly NativeStep[] | undefined;
  readonly results: Int32Array | undefined;
  isCancelled: boolean;
}

/** An answer to give: the result code, and what comes with it. */
export interface FakeAnswer {
  readonly id: number;
  readonly rc: number;
  readonly extra?: unknown;
}

const NOTHING = { bytes: undefined, steps: undefined, results: undefined };

/** The port of the addon without librados: it keeps what it is given until the test answers. Stands for what the addon may do, in any order. */
export class FakeRados implements NativeRados {
  readonly version = [3, 0, 0] as const;
  /** In order of submission, by id. */
  readonly inFlight = new Map<number, FakeOperation>();
  readonly submitted: FakeOperation[] = [];
  readonly connects: Parameters<NativeRados['connect']>[0][] = [];
  openPools = 0;
  openClusters = 0;
  /** All that were ever opened. */
  readonly opened = { pools: 0, clusters: 0 };
  /** Waits in `connect` and `pool`, as a silent cluster would. */
  gate: Promise<void> = Promise.resolve();
  /** Thrown by the next submit. */
  refusal: Error | undefined;
  /** Answers each cancel in the next turn, as librados does. */
  answersCancels = false;
  #sink: Sink | undefined;

  start(sink: Sink): void {
    if (this.#sink !== undefined) throw new Error('started twice');
    this.#sink = sink;
  }

  async connect(o: Parameters<NativeRados['connect']>[0]): Promise<NativeCluster> {
    this.connects.push(o);
    await this.gate;
    this.openClusters++;
    this.opened.clusters++;
    return new FakeCluster(this);
  }

  /** Answers several in one turn of the sink. */
  answer(...answers: readonly FakeAnswer[]): void {
    const pairs = new Int32Array(2 * answers.length);
    for (const [at, { id, rc }] of answers.entries()) {
      if (!this.inFlight.delete(id)) throw new Error(`operation ${id} is not in flight`);
      pairs.set([id | 0, rc], 2 * at);
    }
    const extras = answers.map(({ extra }) => extra);
    if (extras.some((extra) => extra !== undefined)) this.#sink?.(pairs, extras);
    else this.#sink?.(pairs);
  }

  /** Answers all with one code, those that were cancelled with -ECANCELED. */
  answerAll(rc = 0): void {
    const all = [...this.inFlight];
    this.answer(...all.map(([id, { isCancelled }]) => ({ id, rc: isCancelled ? -125 : rc })));
  }

  /** Id of the operation on a key that is in flight. */
  idOf(key: string): number {
    for (const [id, operation] of this.inFlight) if (operation.key === key) return id;
    throw new Error(`nothing in flight for ${key}`);
  }

  /** Keys in flight, in order of submission. */
  keys(): string[] {
    return [...this.inFlight.values()].map(({ key }) => key);
  }

  take(id: number, operation: Omit<FakeOperation, 'isCancelled'>): void {
    const { refusal } = this;
    this.refusal = undefined;
    if (refusal !== undefined) throw refusal;
    if (this.inFlight.has(id)) throw new Error(`id ${id} is in use`);
    const taken = { ...operation, isCancelled: false };
    this.inFlight.set(id, taken);
    this.submitted.push(taken);
  }

  cancel(id: number): void {
    const operation = this.inFlight.get(id);
    if (operation === undefined || operation.isCancelled) return;
    operation.isCancelled = true;
    if (this.answersCancels) setImmediate(() => this.answer({ id, rc: -125 }));
  }
}

class FakeCluster implements NativeCluster {
  readonly #rados: FakeRados;

  constructor(rados: FakeRados) {
    this.#rados = rados;
  }

  async pool(name: string): Promise<NativePool> {
    await this.#rados.gate;
    if (name === 'missing') {
      throw Object.assign(new Error('no pool'), { errno: -2, syscall: 'rados_ioctx_create' });
    }
    this.#rados.openPools++;
    this.#rados.opened.pools++;
    return new FakePool(this.#rados);
  }

  usage(): Promise<[bigint, bigint, bigint]> {
    return this.#rados.gate.then(() => [3n, 2n, 1n]);
  }

  address(): string {
    return '127.0.0.1:0/1';
  }

  blocklist(): Promise<void> {
    return this.#rados.gate;
  }

  waitForLatestMap(): Promise<void> {
    return this.#rados.gate;
  }

  async monCommand(command: string): Promise<[number, Uint8Array, string]> {
    await this.#rados.gate;
    const bad = command.includes('unknown');
    return [bad ? -22 : 0, new TextEncoder().encode(bad ? '' : command), bad ? 'command not known' : ''];
  }

  async close(): Promise<void> {
    this.#rados.openClusters--;
    if (this.#rados.openClusters === 0 && this.#rados.inFlight.size > 0)
      throw new Error('the last share was closed with operations in flight');
  }
}

class FakePool implements NativePool {
  readonly #rados: FakeRados;
  #isClosed = false;

  constructor(rados: FakeRados) {
    this.#rados = rados;
  }

  read(id: number, key: string, _offset: number, bytes: Uint8Array): void {
    this.#take(id, { ...NOTHING, verb: 'read', key, count: 1, bytes });
  }

  write(id: number, key: string, _offset: number, bytes: Uint8Array): void {
    this.#take(id, { ...NOTHING, verb: 'write', key, count: 1, bytes: bytes.slice() });
  }

  writeFull(id: number, key: string, bytes: Uint8Array): void {
    this.#take(id, { ...NOTHING, verb: 'writeFull', key, count: 1, bytes: bytes.slice() });
  }

  append(id: number, key: string, bytes: Uint8Array): void {
    this.#take(id, { ...NOTHING, verb: 'append', key, count: 1, bytes: bytes.slice() });
  }

  truncate(id: number, key: string): void {
    this.#take(id, { ...NOTHING, verb: 'truncate', key, count: 1 });
  }

  remove(id: number, key: string): void {
    this.#take(id, { ...NOTHING, verb: 'remove', key, count: 1 });
  }

  stat(id: number, key: string): void {
    this.#take(id, { ...NOTHING, verb: 'stat', key, count: 1 });
  }

  readMany(
    id: number,
    keys: readonly string[],
    bytes: Uint8Array,
    _stride: number,
    results: Int32Array,
  ): void {
    this.#take(id, { ...NOTHING, verb: 'readMany', key: keys[0] ?? '', count: keys.length, bytes, results });
  }

  writeMany(id: number, keys: readonly string[], _bytes: readonly Uint8Array[], results: Int32Array): void {
    this.#take(id, { ...NOTHING, verb: 'writeMany', key: keys[0] ?? '', count: keys.length, results });
  }

  change(id: number, key: string, steps: readonly NativeStep[]): void {
    this.#take(id, { ...NOTHING, verb: 'change', key, count: 1, steps });
  }

  look(id: number, key: string, steps: readonly NativeStep[], bytes: Uint8Array | undefined): void {
    this.#take(id, { ...NOTHING, verb: 'look', key, count: 1, steps, bytes });
  }

  async listPage(): Promise<{ keys: string[]; cursor?: string }> {
    await this.#rados.gate;
    return { keys: [] };
  }

  async stats(): Promise<[bigint, bigint]> {
    await this.#rados.gate;
    return [2n, 1n];
  }

  flush(id: number): void {
    this.#take(id, { ...NOTHING, verb: 'flush', key: '', count: 0 });
  }

  cancel(id: number): void {
    this.#rados.cancel(id);
  }

  close(): void {
    if (this.#isClosed) throw new Error('a pool was closed twice');
    this.#isClosed = true;
    this.#rados.openPools--;
  }

  #take(id: number, operation: Omit<FakeOperation, 'isCancelled'>): void {
    if (this.#isClosed) throw new Error('the pool is closed');
    this.#rados.take(id, operation);
  }
}
