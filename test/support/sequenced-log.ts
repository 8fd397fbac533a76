import type { Clock } from '../../src/placement/clock.ts';
import type { LoggedRound } from '../../src/placement/rounds/round-log.ts';
import { ChainLog } from './chain-log.ts';
import type { TestNetwork } from './test-network.ts';

/** A chain in memory that takes records and appends a round of them after each interval while some wait, and one more behind an Announce. */
export class SequencedLog extends ChainLog {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #waiting: Uint8Array[] = [];
  #isDue = false;
  readonly #followers = new Set<AbortController>();
  #failure: Error | undefined;
  /** Records that were handed in, whatever became of them. */
  readonly submitted: Uint8Array[] = [];
  /** Decides what becomes of a record; throws to refuse it, answers false to lose it. */
  onSubmit: (record: Uint8Array) => boolean = () => true;

  constructor(network: TestNetwork, clock: Clock) {
    super(network);
    this.#clock = clock;
    this.#intervalMs = network.genesis.parameters.roundIntervalMs;
  }

  override submit(record: Uint8Array): Promise<void> {
    try {
      this.submitted.push(record);
      this.chain.admits(record);
      if (this.onSubmit(record)) this.#waiting.push(record);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    this.#schedule();
    return Promise.resolve();
  }

  /** Ends what follows, and what will, with an error. */
  failFollowers(error: Error): void {
    this.#failure = error;
    for (const follower of this.#followers) follower.abort();
  }

  override async *follow(
    from: bigint,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncIterable<LoggedRound> {
    const follower = new AbortController();
    const stop = (): void => follower.abort();
    signal?.addEventListener('abort', stop);
    this.#followers.add(follower);
    yield* super.follow(from, { signal: follower.signal });
    if (this.#failure !== undefined && signal?.aborted !== true) throw this.#failure;
  }

  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    void this.#clock.sleep(this.#intervalMs).then(() => {
      this.#isDue = false;
      const { records, refused } = this.chain.choose(this.#waiting);
      const gone = new Set([...records, ...refused.map((one) => one.record)]);
      this.#waiting = this.#waiting.filter((record) => !gone.has(record));
      this.add(...records);
      if (this.#waiting.length > 0 || records.some((record) => record[1] === 1)) this.#schedule();
    });
  }
}
