import { ProvenderError } from '../../content/provender-error.ts';
import type { Clock } from '../clock.ts';
import type { NodePeer } from '../ports.ts';
import { HolderFailure, StalledStream } from './holder-failure.ts';
import type { Step } from './holder-speeds.ts';
import type { HolderTeam } from './holder-team.ts';

/** One holder that gives values in order. */
export interface Runner<T> {
  readonly holder: NodePeer;
  /** What it is doing now. */
  readonly step: Step;
  /** The next value. @throws HolderFailure, StalledStream; other errors are not the holder's */
  take(): Promise<T>;
  /** Nothing more is wanted, a value that is still on its way neither. */
  stop(): void;
}

/** How values are fetched. */
export interface HedgedParts<T> {
  readonly team: HolderTeam;
  readonly clock: Clock;
  /** Has a holder begin with value `number`, from 0. */
  begin(holder: NodePeer, number: number): Runner<T>;
}

/** A runner and the value that it is asked for. */
interface Race<T> {
  readonly runner: Runner<T>;
  readonly sinceMs: number;
  readonly end: Promise<RaceEnd<T>>;
}

type RaceEnd<T> = { readonly race?: Race<T> } & (
  | { readonly value: T }
  | { readonly error: unknown }
  | { readonly isLate: true }
);

/**
 * Values in order from whoever is fastest: when the holder that is asked does not answer in the usual time, a second one is asked for the same; the
 * first good answer wins and that holder goes on, the other is stopped. A holder that fails is left for good, and another one begins where it failed.
 */
export class HedgedSource<T> {
  readonly #parts: HedgedParts<T>;
  #races: Race<T>[] = [];
  #winner: Runner<T> | undefined;
  #given = 0;
  #isStopped = false;

  constructor(parts: HedgedParts<T>) {
    this.#parts = parts;
  }

  /** The next value. @throws ProvenderError `PROVENDER_UNAVAILABLE` when no holder is left; what is not a holder's failure as it is */
  async next(): Promise<T> {
    const { team } = this.#parts;
    if (this.#winner !== undefined) this.#races = [this.#race(this.#winner)];
    this.#winner = undefined;
    let isHedged = false;
    for (;;) {
      if (this.#isStopped) throw stopped();
      if (this.#races.length === 0) this.#races.push(this.#race(this.#parts.begin(team.any(), this.#given)));
      const end = await this.#first(isHedged);
      if (this.#isStopped) throw stopped();
      if ('value' in end) return this.#won(end.race, end.value);
      isHedged = 'isLate' in end;
      if ('error' in end) this.#failed(end.race, end.error);
      else this.#hedge();
    }
  }

  /** Stops everything; a value that is waited for fails. */
  stop(): void {
    this.#isStopped = true;
    this.#winner?.stop();
    for (const { runner } of this.#races) runner.stop();
    this.#races = [];
    this.#winner = undefined;
  }

  #race(runner: Runner<T>): Race<T> {
    const taken = runner.take();
    const race: Race<T> = {
      runner,
      sinceMs: this.#parts.clock.now(),
      end: taken.then(
        (value) => ({ race, value }),
        (error: unknown) => ({ race, error }),
      ),
    };
    return race;
  }

  /** Waits for the first answer, or until it is time to ask another holder. */
  async #first(isHedged: boolean): Promise<RaceEnd<T>> {
    const ends = this.#races.map(({ end }) => end);
    const [only] = this.#races;
    if (isHedged || only === undefined || this.#races.length > 1) return Promise.race(ends);
    const timer = new AbortController();
    const { clock, team } = this.#parts;
    const late = clock
      .sleep(team.speeds.hedgeMs(only.runner.step), timer.signal)
      .then((): RaceEnd<T> => ({ isLate: true }));
    late.catch(() => undefined); // the timer that nobody needs any more
    try {
      return await Promise.race([...ends, late]);
    } finally {
      timer.abort();
    }
  }

  #hedge(): void {
    const { team } = this.#parts;
    const [slow] = this.#races;
    const by = team.other(this.#races.map(({ runner }) => runner.holder));
    if (slow === undefined || by === undefined) return;
    team.hedged(slow.runner.holder, by);
    this.#races.push(this.#race(this.#parts.begin(by, this.#given)));
  }

  #won(race: Race<T> | undefined, value: T): T {
    const { clock, team } = this.#parts;
    for (const other of this.#races) {
      if (other === race) continue;
      team.speeds.lost(other.runner.holder, clock.now() - other.sinceMs);
      other.runner.stop();
    }
    this.#races = [];
    this.#winner = race?.runner;
    this.#given++;
    return value;
  }

  #failed(race: Race<T> | undefined, error: unknown): void {
    const isStalled = error instanceof StalledStream;
    if (race === undefined || !(isStalled || error instanceof HolderFailure)) throw error;
    this.#races = this.#races.filter((other) => other !== race);
    race.runner.stop();
    if (!isStalled) this.#parts.team.leave(race.runner.holder, error);
  }
}

function stopped(): ProvenderError {
  return new ProvenderError('PROVENDER_CANCELLED', 'the reading was left before its end');
}
