import type { CephPool } from '../../test/support/ceph-pool.ts';
import type { CephUnderLoad } from '../framework/ceph-under-load.ts';
import type { Child } from '../framework/child.ts';
import { measureCost } from '../framework/cost.ts';
import type { Rounds } from '../framework/rounds.ts';
import type { Workspace } from '../framework/workspace.ts';
import type { StoreCallsCommands } from '../support/store-calls-process.ts';
import { caseOf, cpuOf, STORE_DEPTH } from './cases.ts';

const NAMESPACE = 'store';
/** A round of gets takes as long as one of bare reads, some seconds. */
const READS_PER_CHUNK = 5;

/** Single calls of the store above the client: heads and guards are in them, gRPC and hashes are not. */
export class StoreCalls {
  readonly #ceph: CephUnderLoad;
  readonly #child: Child<StoreCallsCommands>;
  readonly #count: number;

  private constructor(ceph: CephUnderLoad, child: Child<StoreCallsCommands>, count: number) {
    this.#ceph = ceph;
    this.#child = child;
    this.#count = count;
  }

  /** @param count - objects of each kind in a round */
  static async start(
    workspace: Workspace,
    { ceph, pool }: { ceph: CephUnderLoad; pool: CephPool },
    count: number,
  ): Promise<StoreCalls> {
    const entry = new URL('../support/store-calls-process.ts', import.meta.url);
    const child = await workspace.start<StoreCallsCommands>('store on RADOS', entry);
    await child.call('open', { store: 'rados', directory: '', rados: ceph.place(pool, NAMESPACE) });
    return new StoreCalls(ceph, child, count);
  }

  async measure(rounds: Rounds): Promise<void> {
    const pace = { inFlight: STORE_DEPTH };
    await this.#child.call('prepare', { count: this.#count });
    const count = this.#count;
    await this.#record(rounds, caseOf.setChunk, count, () => this.#child.call('setChunks', pace));
    await this.#child.call('check', pace); // the OSDs have read each once, as they have the objects of the bare reads
    const calls = READS_PER_CHUNK * count;
    await this.#record(rounds, caseOf.getChunk, calls, () =>
      this.#child.call('getChunks', { ...pace, calls }),
    );
    await this.#record(rounds, caseOf.publish, count, () => this.#child.call('publish', pace));
    await this.#child.call('remove', pace);
  }

  async stop(): Promise<void> {
    await this.#child.stop(() => this.#child.call('close', undefined));
  }

  async #record(rounds: Rounds, name: string, calls: number, work: () => Promise<number>): Promise<void> {
    await this.#ceph.rest();
    const { result: ms, cost } = await measureCost({ child: this.#child }, work);
    rounds.add(name, (calls / ms) * 1000);
    rounds.add(cpuOf(name), (cost.cpuMs * 1000) / calls);
  }
}
