import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { until } from '../until.ts';
import type { PayEnd, PayOrder, ReplicaOrder, ReplicaOrders, ReplicaSays } from './orders.ts';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));

/** A replica in a process of its own; killed when it is disposed of. */
export class ReplicaProcess implements AsyncDisposable {
  /** What it reported, in order. */
  readonly events: string[] = [];
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, readonly PayEnd[]>();
  #isReady = false;
  #holding = 0;
  #orders = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: ReplicaSays) => this.#hear(message));
    child.on('error', () => undefined); // a message to one that was just killed
  }

  /** Starts one, and waits until it takes payments. */
  static async start(orders: ReplicaOrders): Promise<ReplicaProcess> {
    const child = fork(CHILD, [JSON.stringify(orders)], {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
    });
    const replica = new ReplicaProcess(child);
    await until('the replica is ready', () => replica.#isReady || replica.hasEnded);
    if (replica.hasEnded) throw new Error('the replica ended before it was ready');
    return replica;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Gives it an order; `undefined` when it was killed before it answered. */
  async order(what: ReplicaOrder): Promise<readonly PayEnd[] | undefined> {
    const order = ++this.#orders;
    this.#child.send({ order, what });
    await until(`answer to "${what.do}"`, () => this.#answers.has(order) || this.hasEnded, 120_000);
    return this.#answers.get(order);
  }

  /** How a payment ended; `killed` when the process did. */
  async pay(what: Omit<PayOrder, 'do'>): Promise<string> {
    const [end] = (await this.order({ do: 'pay', ...what })) ?? [];
    return end?.end ?? 'killed';
  }

  /** Starts a call that works until it is told to go on; gives how it ended. */
  async hold(what: Omit<PayOrder, 'do' | 'hold'>): Promise<{ readonly ended: Promise<string> }> {
    const before = this.#holding;
    const ended = this.pay({ ...what, hold: true });
    await until('the call works', () => this.#holding > before);
    return { ended };
  }

  /** Hammers a channel until it is told to rest; gives how all attempts ended. */
  hammer(channelId: bigint, lanes: number): { rest(): Promise<readonly PayEnd[]> } {
    const ends = this.order({ do: 'hammer', channelId, attempts: Number.MAX_SAFE_INTEGER, lanes });
    return {
      rest: async () => {
        await this.order({ do: 'rest' });
        const all = await ends;
        if (all === undefined) throw new Error('the replica was killed');
        return all;
      },
    };
  }

  async kill(): Promise<void> {
    if (this.hasEnded) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** Stops all of it, timers and connections, as a machine that sleeps. */
  async stop(): Promise<void> {
    this.#child.kill('SIGSTOP');
    await until('the replica is paused', () => this.#state() === 'T');
  }

  /** Lets it go on. */
  cont(): void {
    this.#child.kill('SIGCONT');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  #hear(message: ReplicaSays): void {
    if (message.says === 'ready') this.#isReady = true;
    else if (message.says === 'holding') this.#holding++;
    else if (message.says === 'event') this.events.push(message.event);
    else this.#answers.set(message.order, message.ends);
  }

  #state(): string | undefined {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0];
  }
}
