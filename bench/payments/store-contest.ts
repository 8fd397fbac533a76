import { type EtcdCluster, startEtcdCluster } from '../../test/support/etcd-cluster.ts';
import type { Child } from '../framework/child.ts';
import type { Rounds } from '../framework/rounds.ts';
import type { Workspace } from '../framework/workspace.ts';
import type { LoadResult } from '../support/payment-load.ts';
import type { PaymentPlace, PaymentsCommands, PaymentWay } from '../support/payments-process.ts';
import {
  CALLERS,
  CHANNELS,
  caseOf,
  JUDGED_MEMBERS,
  naive,
  p50,
  p99,
  plainWrite,
  type StoreCase,
} from './cases.ts';

const PROCESS = new URL('../support/payments-process.ts', import.meta.url);

/** How much is measured. */
export interface PaymentSizes {
  readonly rounds: number;
  /** Payments of one case, over all its channels; at least two on each. */
  readonly payments: number;
  /** Longest time of the contended cases. */
  readonly mostMs: number;
}

/** Above all channels that one replica has for itself. */
const FIRST_SHARED = 10_000_000;
/** Channels of the warm-up. */
const WARM_UP = 64;
const WAYS: readonly PaymentWay[] = ['ours', 'naive', 'compare-and-set'];
const NAMES: Readonly<Record<PaymentWay, (name: string) => string>> = {
  ours: (name) => name,
  naive,
  'compare-and-set': plainWrite,
};

/** Replicas over one store, which are measured case by case. */
export class StoreContest {
  readonly #store: StoreCase;
  readonly #sizes: PaymentSizes;
  readonly #replicas: readonly Child<PaymentsCommands>[];
  readonly #cluster: EtcdCluster | undefined;
  /** Channels that all replicas had so far. */
  #shared = 0;

  private constructor(
    store: StoreCase,
    sizes: PaymentSizes,
    parts: { replicas: readonly Child<PaymentsCommands>[]; cluster: EtcdCluster | undefined },
  ) {
    this.#store = store;
    this.#sizes = sizes;
    this.#replicas = parts.replicas;
    this.#cluster = parts.cluster;
  }

  /** Starts the store and its replicas: three where it is judged, else one. */
  static async start(workspace: Workspace, store: StoreCase, sizes: PaymentSizes): Promise<StoreContest> {
    const { members } = store;
    const cluster = members === 0 ? undefined : await startEtcdCluster({ members });
    if (cluster !== undefined) workspace.defer(() => cluster.close());
    const replicas: Child<PaymentsCommands>[] = [];
    for (let replica = 1; replica <= (members === JUDGED_MEMBERS ? 3 : 1); replica++) {
      const child = await workspace.start<PaymentsCommands>('payments', PROCESS);
      await child.call('open', { place: await placeOf(workspace, cluster), replica });
      replicas.push(child);
    }
    return new StoreContest(store, sizes, { replicas, cluster });
  }

  get #first(): Child<PaymentsCommands> {
    const [first] = this.#replicas;
    if (first === undefined) throw new Error('no replica');
    return first;
  }

  /** Has every way be compiled before anything counts. */
  async warmUp(): Promise<void> {
    for (const way of WAYS) {
      await this.#first.call('prepare', { channels: WARM_UP, each: 2 });
      await this.#first.call('payEach', { way });
    }
  }

  /** Measures each number of channels by each way; who is first changes from round to round. */
  async measure(rounds: Rounds, round: number): Promise<void> {
    const ways = round % 2 === 0 ? WAYS : WAYS.toReversed();
    for (const channels of CHANNELS) {
      const each = Math.max(2, Math.ceil(this.#sizes.payments / channels));
      for (const way of ways) {
        await this.#first.call('prepare', { channels, each });
        const result = await this.#first.call('payEach', { way });
        this.#add(rounds, NAMES[way](caseOf.rate(this.#store, channels)), result);
        if (way === 'ours' && this.#store.members === JUDGED_MEMBERS && channels === 1)
          rounds.add(caseOf.chainReads, result.chainReads / result.done);
      }
    }
    await this.#contend(rounds);
    if (this.#replicas.length > 1) await this.#contendOverAll(rounds);
  }

  /** Signatures that a core checks. */
  async signatures(rounds: Rounds, minMs: number): Promise<void> {
    await this.#first.call('prepare', { channels: 1, each: 1 });
    rounds.add(caseOf.signatures, await this.#first.call('signatures', { minMs }));
  }

  async stop(): Promise<void> {
    for (const child of this.#replicas) await child.stop(() => child.call('close', undefined));
    await this.#cluster?.close();
  }

  async #contend(rounds: Rounds): Promise<void> {
    const { payments, mostMs } = this.#sizes;
    await this.#first.call('prepare', { channels: 1, each: payments });
    const result = await this.#first.call('payTogether', { callers: CALLERS, mostMs });
    this.#add(rounds, caseOf.contended(this.#store), result);
  }

  /** Every replica has the same payments of the same channel; each may be taken once in all. */
  async #contendOverAll(rounds: Rounds): Promise<void> {
    const { payments, mostMs } = this.#sizes;
    const callers = Math.ceil(CALLERS / this.#replicas.length);
    const channel = FIRST_SHARED + this.#shared++;
    for (const child of this.#replicas) await child.call('alignStock', { channel });
    for (const child of this.#replicas) await child.call('prepare', { channels: 1, each: payments });
    const results = await Promise.all(
      this.#replicas.map((child) => child.call('payTogether', { callers, mostMs })),
    );
    const done = results.reduce((sum, result) => sum + result.done, 0);
    if (done > payments) throw new Error(`${done} payments were taken of ${payments} that were signed`);
    const seconds = Math.max(...results.map((result) => result.seconds));
    const name = caseOf.together(this.#store);
    rounds.add(name, done / seconds);
    rounds.add(caseOf.leastInASecond(this.#store), fewestInASecond(results));
  }

  #add(rounds: Rounds, name: string, { done, seconds, latenciesMs }: LoadResult): void {
    rounds.add(name, done / seconds);
    rounds.add(p50(name), quantile(latenciesMs, 0.5));
    rounds.add(p99(name), quantile(latenciesMs, 0.99));
  }
}

async function placeOf(workspace: Workspace, cluster: EtcdCluster | undefined): Promise<PaymentPlace> {
  if (cluster === undefined) return { store: 'level', directory: await workspace.folder('state') };
  const { clientUrl: leader } = await cluster.leader();
  return { store: 'etcd', endpoints: cluster.endpoints, leader };
}

/** Payments of the worst whole second, over all replicas; of the whole time where that is shorter than a second. */
function fewestInASecond(results: readonly LoadResult[]): number {
  const seconds = Math.min(...results.map(({ perSecond }) => perSecond.length));
  const sums = Array.from({ length: seconds }, (_, i) =>
    results.reduce((sum, { perSecond }) => sum + (perSecond[i] ?? 0), 0),
  );
  return sums.length > 0 ? Math.min(...sums) : results.reduce((sum, { done }) => sum + done, 0);
}

function quantile(ascending: readonly number[], part: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * part))] ?? Number.NaN;
}
