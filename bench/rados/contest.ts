import type { CephPool } from '../../test/support/ceph-pool.ts';
import type { Child } from '../framework/child.ts';
import { measureCost } from '../framework/cost.ts';
import type { Rounds } from '../framework/rounds.ts';
import type { Workspace } from '../framework/workspace.ts';
import type { CephUnderLoad } from '../framework/ceph-under-load.ts';
import { type RadosBenchRun, type RadosBenchTask, runRadosBench } from '../support/rados-bench.ts';
import type { Done, ObjectSet, RadosClientCommands } from '../support/rados-client-process.ts';
import type { RadosPlace } from '../framework/rados-place.ts';
import { MB } from '../support/rate.ts';
import { BATCH, caseOf, cpuOf, daemonCpuOf, peerOf, type Size, SIZES, SMALL, type Verb } from './cases.ts';

/** How much one case of one side does. */
export interface ContestSizes {
  /** Whole seconds: `rados bench` knows no others. */
  readonly seconds: number;
  /** Objects that a write makes at most. */
  readonly written: ReadonlyMap<Size, number>;
  /** Objects that reads choose from; both sides read the same ones. */
  readonly read: ReadonlyMap<Size, number>;
}

/** A size, what is done with it, and how much of it at once. */
export interface ContestCase {
  readonly size: Size;
  readonly verb: Verb;
  readonly depth: number;
}

/** What one side did and what it cost, core-ms. */
interface Outcome extends Done {
  readonly clientMs: number;
  readonly daemonsMs: number;
}

interface Side {
  readonly name: string;
  readonly run: () => Promise<Outcome>;
}

const NAMESPACE = 'contest';
const WARM_UP_DEPTH = 64;
const FILL = { inFlight: 16, seconds: 300 } as const;

/** Our client and `rados bench` in turn on one pool, each in a process of its own. */
export class Contest {
  readonly #workspace: Workspace;
  readonly #ceph: CephUnderLoad;
  readonly #place: RadosPlace;
  readonly #client: Child<RadosClientCommands>;
  readonly #sizes: ContestSizes;
  readonly #sets = new Map<Size, { set: ObjectSet; runName: string }>();
  #writes = 0;

  private constructor(parts: {
    workspace: Workspace;
    ceph: CephUnderLoad;
    place: RadosPlace;
    client: Child<RadosClientCommands>;
    sizes: ContestSizes;
  }) {
    this.#workspace = parts.workspace;
    this.#ceph = parts.ceph;
    this.#place = parts.place;
    this.#client = parts.client;
    this.#sizes = parts.sizes;
  }

  /** Connects our client and has `rados bench` make the objects that both read; our client compares all of them. */
  static async start(
    workspace: Workspace,
    { ceph, pool }: { ceph: CephUnderLoad; pool: CephPool },
    sizes: ContestSizes,
  ): Promise<Contest> {
    const place = ceph.place(pool, NAMESPACE);
    const entry = new URL('../support/rados-client-process.ts', import.meta.url);
    const client = await workspace.start<RadosClientCommands>('rados client', entry);
    await client.call('connect', place);
    const contest = new Contest({ workspace, ceph, place, client, sizes });
    for (const size of SIZES) await contest.#fill(size);
    await contest.#warmUp();
    return contest;
  }

  /** One case on both sides; who begins changes from round to round. */
  async measure(rounds: Rounds, it: ContestCase, weBegin: boolean): Promise<void> {
    const { size, verb, depth } = it;
    const name = caseOf.operation(size, verb, depth);
    const perUnit = size.unit === 'MB/s' ? MB / size.bytes : 1;
    const isWrite = verb === 'write_full';
    const theirs = { name: peerOf(name), run: () => (isWrite ? this.#theirWrite(it) : this.#theirRead(it)) };
    const ours = { name, run: () => (isWrite ? this.#ourWrite(it) : this.#ourRead(it)) };
    await this.#take(rounds, weBegin ? [ours, theirs] : [theirs, ours], perUnit);
  }

  /** readMany against as many single reads. */
  async measureBatches(rounds: Rounds, weBegin: boolean): Promise<void> {
    const { set } = this.#setOf(SMALL);
    const task = { set, seconds: this.#sizes.seconds };
    await this.#client.call('reserve', { inFlight: BATCH, sizeBytes: SMALL.bytes });
    const sideOf = (name: string, command: 'readMany' | 'readSingly'): Side => ({
      name,
      run: async () => {
        const outcome = await this.#ours(() => this.#client.call(command, task));
        await this.#client.call('checkLanded', set);
        return outcome;
      },
    });
    const sides = [sideOf(caseOf.readSingly, 'readSingly'), sideOf(caseOf.readMany, 'readMany')];
    await this.#take(rounds, weBegin ? sides.toReversed() : sides, 1);
  }

  async stop(): Promise<void> {
    await this.#client.stop(() => this.#client.call('disconnect', undefined));
  }

  async #take(rounds: Rounds, sides: readonly Side[], operationsPerUnit: number): Promise<void> {
    for (const { name, run } of sides) {
      await this.#ceph.rest();
      const { operations, ms, clientMs, daemonsMs } = await run();
      rounds.add(name, (operations / operationsPerUnit / ms) * 1000);
      rounds.add(cpuOf(name), (clientMs * 1000) / operations);
      rounds.add(daemonCpuOf(name), (daemonsMs * 1000) / operations);
    }
  }

  async #fill(size: Size): Promise<void> {
    const runName = `read-${size.bytes}`;
    const maxObjects = this.#sizes.read.get(size) ?? 1;
    const task = { verb: 'write', ...FILL, runName, sizeBytes: size.bytes, maxObjects } as const;
    const { operations: count, prefix: name = '' } = await runRadosBench(this.#workspace, this.#place, task);
    const set: ObjectSet = { name, count, sizeBytes: size.bytes, from: 'rados bench' };
    await this.#client.call('check', set);
    this.#sets.set(size, { set, runName });
  }

  /** What our client runs hot has to be compiled first; that of the peer is. */
  async #warmUp(): Promise<void> {
    await this.#ourWrite({ size: SMALL, verb: 'write_full', depth: WARM_UP_DEPTH });
    await this.#ourRead({ size: SMALL, verb: 'random read', depth: WARM_UP_DEPTH });
  }

  #setOf(size: Size): { set: ObjectSet; runName: string } {
    const filled = this.#sets.get(size);
    if (filled === undefined) throw new Error(`no objects of ${size.name}`);
    return filled;
  }

  async #theirWrite({ size, depth }: ContestCase): Promise<Outcome> {
    const runName = `write-${++this.#writes}`;
    const maxObjects = this.#written(size, depth);
    const task = { verb: 'write', inFlight: depth, runName, sizeBytes: size.bytes, maxObjects } as const;
    const { outcome, run } = await this.#theirs({ ...task, seconds: this.#sizes.seconds });
    await this.#client.call('remove', { name: run.prefix ?? '', count: run.operations, runName });
    return outcome;
  }

  async #ourWrite({ size, depth }: ContestCase): Promise<Outcome> {
    const name = `ours-${++this.#writes}`;
    const maxObjects = this.#written(size, depth);
    const task = { name, inFlight: depth, seconds: this.#sizes.seconds, sizeBytes: size.bytes, maxObjects };
    const outcome = await this.#ours(() => this.#client.call('write', task));
    const count = outcome.operations;
    await this.#client.call('check', { name, count, sizeBytes: size.bytes, from: 'us' });
    await this.#client.call('remove', { name, count });
    return outcome;
  }

  async #theirRead({ size, depth }: ContestCase): Promise<Outcome> {
    const { runName } = this.#setOf(size);
    const task = { verb: 'rand', inFlight: depth, seconds: this.#sizes.seconds, runName } as const;
    return (await this.#theirs(task)).outcome;
  }

  async #ourRead({ size, depth }: ContestCase): Promise<Outcome> {
    const { set } = this.#setOf(size);
    await this.#client.call('reserve', { inFlight: depth, sizeBytes: size.bytes });
    const task = { set, inFlight: depth, seconds: this.#sizes.seconds };
    const outcome = await this.#ours(() => this.#client.call('read', task));
    await this.#client.call('checkLanded', set);
    return outcome;
  }

  /** A write never makes fewer objects than it has in flight. */
  #written(size: Size, depth: number): number {
    return Math.max(this.#sizes.written.get(size) ?? 1, depth);
  }

  async #ours(work: () => Promise<Done>): Promise<Outcome> {
    const { result, cost } = await measureCost({ client: this.#client, daemons: this.#ceph }, work);
    const { client, daemons } = cost.parts;
    return { ...result, clientMs: client.totalMs, daemonsMs: daemons.totalMs };
  }

  async #theirs(task: RadosBenchTask): Promise<{ outcome: Outcome; run: RadosBenchRun }> {
    const { result: run, cost } = await measureCost({ daemons: this.#ceph }, () =>
      runRadosBench(this.#workspace, this.#place, task),
    );
    const { operations, seconds, cpuMs: clientMs } = run;
    const daemonsMs = cost.parts.daemons.totalMs;
    return { outcome: { operations, ms: seconds * 1000, clientMs, daemonsMs }, run };
  }
}
