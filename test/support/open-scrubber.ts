import { setImmediate } from 'node:timers/promises';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import type { Signer } from '../../src/proof/commitment.ts';
import { inlineHasher } from '../../src/proof/tree-hasher.ts';
import type { ScrubClock } from '../../src/shares/scrub/scrub-clock.ts';
import type { ScrubDamage, ScrubEvents, ScrubResult, ScrubStart } from '../../src/shares/scrub/scrub.ts';
import { Scrubber, type ScrubberOptions } from '../../src/shares/scrub/scrubber.ts';
import type { Shares } from '../../src/shares/shares.ts';

/** A clock on which a wait takes no time: it goes forward when somebody sleeps, and by `goOn`. */
export class FakeClock implements ScrubClock {
  #now = 1000;
  /** Milliseconds slept in all. */
  sleptMs = 0;

  nowMs(): number {
    return this.#now;
  }

  unixMs(): number {
    return 1_800_000_000_000 + this.#now;
  }

  goOn(ms: number): void {
    this.#now += ms;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    await setImmediate();
    if (signal.aborted) return;
    this.#now += ms;
    this.sleptMs += ms;
  }
}

/** What a scrubber has told, in words: `started`, `damaged block`, `finished` ... */
class ToldEvents implements ScrubEvents {
  readonly told: string[] = [];
  readonly damage: ScrubDamage[] = [];
  readonly messages: string[] = [];
  readonly results: ScrubResult[] = [];
  readonly errors: unknown[] = [];
  checkedBytes = 0;
  /** Called with each event, before anything else happens. */
  onEvent: (event: string) => void = () => undefined;

  started({ isContinued }: { readonly isContinued: boolean }): void {
    this.#tell(isContinued ? 'continued' : 'started');
  }

  paused(): void {
    this.#tell('paused');
  }

  resumed(): void {
    this.#tell('resumed');
  }

  stopped(): void {
    this.#tell('stopped');
  }

  damaged(damage: ScrubDamage, message: string): void {
    this.damage.push(damage);
    this.messages.push(message);
    this.#tell(`damaged ${damage.kind}`);
  }

  usageDiffers(): void {
    this.#tell('usage differs');
  }

  finished(result: ScrubResult): void {
    this.results.push(result);
    this.#tell('finished');
  }

  failed({ error }: { readonly error: unknown }): void {
    this.errors.push(error);
    this.#tell('failed');
  }

  checked(kind: string, count: number): void {
    if (kind === 'bytes') this.checkedBytes += count;
    this.onEvent(`checked ${kind}`);
  }

  #tell(event: string): void {
    this.told.push(event);
    this.onEvent(event);
  }
}

/** A scrubber over a store, and what goes with it. */
export interface OpenScrubber extends AsyncDisposable {
  readonly scrubber: Scrubber;
  readonly events: ToldEvents;
  readonly clock: FakeClock;
  /** Texts that it saved, the last one last. */
  readonly saved: string[];
  /** Runs a round to its end. */
  round(start?: ScrubStart): Promise<ScrubResult>;
}

/** What a test scrubs. */
export interface ScrubbedShares {
  readonly shares: Shares;
  readonly store: ObjectStore;
  readonly signer: Signer;
}

/** Opens a scrubber without a bound and without rounds by itself, unless said otherwise. */
export async function openScrubber(
  { shares, store, signer }: ScrubbedShares,
  options: Partial<ScrubberOptions> & { saved?: string[] } = {},
): Promise<OpenScrubber> {
  const { saved = [], ...others } = options;
  const [events, clock] = [new ToldEvents(), new FakeClock()];
  const scrubber = await Scrubber.open({
    store,
    shares,
    owner: { storerKey: signer.publicKey, networkId: new Uint8Array(32) },
    hasher: inlineHasher,
    memory: {
      load: async () => saved.at(-1),
      save: async (text) => void saved.push(text),
    },
    events,
    bytesPerSecond: 0,
    intervalMs: 0,
    hasExactUsage: true,
    clock,
    ...others,
  });
  const round = async (start: ScrubStart = {}): Promise<ScrubResult> => {
    const before = events.results.length;
    const ended = new Promise<void>((resolve) => {
      const stop = scrubber.onChange(() => {
        if (events.results.length === before) return;
        stop();
        resolve();
      });
    });
    await scrubber.start(start);
    await ended;
    const result = events.results[before];
    if (result === undefined) throw new Error('a finished round has a result');
    return result;
  };
  return { scrubber, events, clock, saved, round, [Symbol.asyncDispose]: () => scrubber.close() };
}

/** Waits until a round that is about to start, or runs, has ended. */
export function roundEnd(scrubber: Scrubber): Promise<void> {
  let hasRun = scrubber.status().state !== 'idle';
  return new Promise((resolve) => {
    const stop = scrubber.onChange(() => {
      const isIdle = scrubber.status().state === 'idle';
      if (!isIdle) hasRun = true;
      else if (hasRun) {
        stop();
        resolve();
      }
    });
  });
}
