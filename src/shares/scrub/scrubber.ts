import { ProvenderError } from '../../content/provender-error.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import type { TreeHasher } from '../../proof/tree-hasher.ts';
import { throwIfAborted } from '../abort.ts';
import { BlockHashing } from '../memory/block-hashing.ts';
import { DamageReports } from '../damage-reports.ts';
import { Heads } from '../heads.ts';
import type { LayerReader } from '../reading/layer-reader.ts';
import { makeReaders } from '../reading/readers.ts';
import type { Shares } from '../shares.ts';
import { TreeCache } from '../memory/tree-cache.ts';
import { Findings } from './findings.ts';
import { contentOf } from './content.ts';
import { HeadCheck, type HeadOwner } from './head-check.ts';
import { Pace } from './pace.ts';
import { ProgressMeter } from './progress-meter.ts';
import type { RoundPosition, ScrubRecord } from './round-position.ts';
import type { Scrub, ScrubEvents, ScrubStart, ScrubStatus } from './scrub.ts';
import { type ScrubClock, systemClock } from './scrub-clock.ts';
import { emptyRecord, parseRecord, type ScrubMemory } from './scrub-memory.ts';
import { firstPosition, ScrubRound } from './scrub-round.ts';
import { isNoUsage } from './usage-count.ts';

/** What a scrubber is opened with. */
export interface ScrubberOptions {
  /** Stays the owner's, who closes it after the scrubber. */
  readonly store: ObjectStore;
  readonly owner: HeadOwner;
  /** Reads whole objects for deep rounds, as its callers would. */
  readonly shares: Shares;
  readonly hasher: TreeHasher;
  readonly memory: ScrubMemory;
  readonly events: ScrubEvents;
  /** Bytes per second at most when nobody says otherwise; 0 for no bound. */
  readonly bytesPerSecond: number;
  /** Milliseconds between two rounds; 0 for none by itself. */
  readonly intervalMs: number;
  /** Whether `usage` of the store counts exactly what the listings name; true for the embedded ones. */
  readonly hasExactUsage: boolean;
  readonly clock?: ScrubClock;
}

/** Time between two saved positions: what a crash makes to be checked again. */
const SAVE_EVERY_MS = 10_000;
/** Pause after a failure, of the store for instance. */
const RETRY_MS = 30_000;
/** Tree roots that are kept while manifests are read; apart from those of the readers, whom a round would rob of theirs. */
const TREE_CACHE_BYTES = 1024 * 1024;
/** Longer than a set takes from being seen to being counted: an fsync. */
const SETTLE_MS = 3000;
/** How often it looks whether a round is due. */
const LOOK_EVERY_MS = 60_000;

/** A round that runs, or waits for its pause to end. */
interface Running {
  readonly round: ScrubRound;
  readonly ended: AbortController;
  readonly done: Promise<void>;
}

/**
 * Checks all that a store holds against its trees, round after round: at a bounded rate, one MiB at a time, with about 2 MiB of memory. Where it is
 * outlives the process. States: open (from `open`), closed; what it does meanwhile is its status.
 */
export class Scrubber implements Scrub, AsyncDisposable {
  readonly #options: ScrubberOptions;
  readonly #clock: ScrubClock;
  readonly #pace: Pace;
  readonly #heads: HeadCheck;
  readonly #hashing: BlockHashing;
  readonly #layers: LayerReader;
  readonly #meter: ProgressMeter;
  readonly #listeners = new Set<() => void>();
  readonly #closed = new AbortController();
  #record: ScrubRecord;
  #running: Running | undefined;
  #trouble: string | undefined;
  #wake = (): void => undefined;
  #savedAt: number;
  #saving: Promise<void> = Promise.resolve();
  #schedule: Promise<void> = Promise.resolve();

  private constructor(options: ScrubberOptions, record: ScrubRecord) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#pace = new Pace(this.#clock, options.bytesPerSecond);
    this.#heads = new HeadCheck(options.owner);
    this.#hashing = new BlockHashing(options.hasher);
    this.#layers = ownLayers(options.store, this.#hashing);
    this.#meter = new ProgressMeter(this.#clock);
    this.#record = record;
    this.#savedAt = this.#clock.nowMs();
  }

  /** Opens it; a round that was running when the last one ended goes on. */
  static async open(options: ScrubberOptions): Promise<Scrubber> {
    const clock = options.clock ?? systemClock;
    const text = await options.memory.load();
    let record = emptyRecord(clock.unixMs());
    try {
      if (text !== undefined) record = parseRecord(text);
    } catch (error) {
      options.events.failed({ error, retryMs: 0 });
    }
    const scrubber = new Scrubber(options, record);
    if (text === undefined) await scrubber.#save();
    if (record.state === 'running' && record.round !== undefined) scrubber.#begin(record.round, true);
    if (options.intervalMs > 0) scrubber.#schedule = scrubber.#runWhenDue();
    return scrubber;
  }

  async start(start: ScrubStart): Promise<ScrubStatus> {
    this.#checkOpen();
    if (start.isRestart === true) await this.#giveUp();
    const { round } = this.#record;
    if (round === undefined) this.#begin(this.#first(start), false);
    else this.#join(round, start);
    await this.#save();
    return this.status();
  }

  async pause(): Promise<ScrubStatus> {
    this.#checkRound('pause');
    if (this.#record.state === 'running') {
      this.#setState('paused');
      this.#options.events.paused();
    }
    await this.#save();
    return this.status();
  }

  async resume(): Promise<ScrubStatus> {
    this.#resume(this.#checkRound('resume'));
    await this.#save();
    return this.status();
  }

  async stop(): Promise<ScrubStatus> {
    this.#checkOpen();
    if (await this.#giveUp()) this.#options.events.stopped();
    await this.#save();
    return this.status();
  }

  status(): ScrubStatus {
    const { state, last, lastDamage, sinceUnixMs } = this.#record;
    const position = this.#position();
    const expected = this.#options.store.usage();
    const eta = state === 'running' ? this.#meter.etaSeconds(expected.storedBytes) : undefined;
    const { intervalMs } = this.#options;
    return {
      state,
      isDeep: position?.isDeep ?? last?.isDeep ?? false,
      bytesPerSecond: this.#pace.bytesPerSecond,
      counts: position?.counts ?? last?.counts ?? NO_COUNTS,
      expected,
      damage: position?.damage ?? lastDamage,
      ...(position && { phase: position.phase, startedUnixMs: position.startedUnixMs }),
      ...(eta !== undefined && { etaSeconds: eta }),
      ...(this.#trouble !== undefined && { trouble: this.#trouble }),
      ...(last && { last }),
      ...(state === 'idle' && intervalMs > 0 && { nextUnixMs: sinceUnixMs + intervalMs }),
    };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Seconds since the last round ended, or since there is a scrubber. */
  lagSeconds(): number {
    const since = this.#record.last?.finishedUnixMs ?? this.#record.sinceUnixMs;
    return Math.max(0, (this.#clock.unixMs() - since) / 1000);
  }

  /** Ends it and saves where it is; the next one goes on. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    this.#running?.ended.abort(closed());
    await Promise.all([this.#running?.done, this.#schedule]);
    await this.#saveOrTell();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #first({ bytesPerSecond, isDeep }: ScrubStart): RoundPosition {
    return firstPosition({
      startedUnixMs: this.#clock.unixMs(),
      isDeep: isDeep ?? false,
      usage: this.#options.store.usage(),
      ...(bytesPerSecond !== undefined && { bytesPerSecond }),
    });
  }

  /** Takes the wishes of a start over to the round that is not finished. */
  #join(round: RoundPosition, { isDeep, bytesPerSecond }: ScrubStart): void {
    if (isDeep === true && !round.isDeep) {
      throw new ProvenderError(
        'PROVENDER_CONFLICT',
        'a round that is not deep is not finished: wait for it, or start a deep one from the beginning (--restart)',
      );
    }
    if (bytesPerSecond !== undefined) this.#pace.bytesPerSecond = bytesPerSecond;
    this.#resume(round);
  }

  #resume(round: RoundPosition): void {
    if (this.#record.state !== 'paused') return;
    if (this.#running === undefined) return this.#begin(round, true);
    this.#setState('running');
    this.#meter.begin(round.counts.checkedBytes);
    this.#options.events.resumed();
    this.#wake();
  }

  #begin(position: RoundPosition, isContinued: boolean): void {
    this.#pace.bytesPerSecond = position.bytesPerSecond ?? this.#options.bytesPerSecond;
    const ended = new AbortController();
    const round = this.#round(position, ended.signal);
    this.#record = { ...this.#record, round: position };
    this.#meter.begin(position.counts.checkedBytes);
    const { isDeep } = position;
    const { bytesPerSecond } = this.#pace;
    this.#options.events.started({ isDeep, bytesPerSecond, isContinued });
    this.#setState('running');
    this.#running = { round, ended, done: this.#work(round, ended.signal) };
  }

  #round(position: RoundPosition, signal: AbortSignal): ScrubRound {
    const { store, shares, events, hasExactUsage } = this.#options;
    const findings = new Findings(store, this.#clock, (damage, message) => {
      round.found(damage);
      events.damaged(damage, message);
      this.#changed();
    });
    const round: ScrubRound = new ScrubRound(position, {
      store,
      layers: this.#layers,
      content: (object, ended) => contentOf(shares, object, ended),
      events,
      hasExactUsage,
      findings,
      signal,
      heads: this.#heads,
      hashing: this.#hashing,
      isDeep: position.isDeep,
      turn: (bytes) => this.#turn(bytes, signal),
      settle: () => this.#clock.sleep(SETTLE_MS, signal),
      onProgress: () => this.#onProgress(),
    });
    return round;
  }

  /** Runs a round to its end, again and again when the store fails. */
  async #work(round: ScrubRound, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const difference = await round.run();
        return await this.#finish(round.position, difference);
      } catch (error) {
        if (signal.aborted) return;
        this.#trouble = error instanceof Error ? error.message : String(error);
        this.#options.events.failed({ error, retryMs: RETRY_MS });
        this.#changed();
        await this.#clock.sleep(RETRY_MS, signal);
      }
    }
  }

  async #finish(
    { isDeep, startedUnixMs, counts, damage }: RoundPosition,
    difference: Awaited<ReturnType<ScrubRound['run']>>,
  ): Promise<void> {
    const finishedUnixMs = this.#clock.unixMs();
    const last = { isDeep, startedUnixMs, finishedUnixMs, counts, ...(difference && { difference }) };
    this.#running = undefined;
    this.#trouble = undefined;
    this.#record = { version: 1, state: 'idle', sinceUnixMs: finishedUnixMs, last, lastDamage: damage };
    if (difference !== undefined && !isNoUsage(difference)) this.#options.events.usageDiffers(difference);
    this.#options.events.finished(last);
    await this.#saveOrTell();
    this.#changed();
  }

  /** Ends the round, if there is one, and forgets it. */
  async #giveUp(): Promise<boolean> {
    this.#running?.ended.abort(new ProvenderError('PROVENDER_CANCELLED', 'the round was given up'));
    await this.#running?.done;
    this.#running = undefined;
    this.#trouble = undefined;
    const { round, ...record } = this.#record;
    if (round === undefined) return false;
    this.#record = { ...record, sinceUnixMs: this.#clock.unixMs() };
    this.#setState('idle');
    return true;
  }

  /** Lets a round read on: when its rate allows it, and not while it is paused. */
  async #turn(bytes: number, signal: AbortSignal): Promise<void> {
    await this.#pace.take(bytes, signal);
    while (this.#record.state === 'paused') {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
        if (signal.aborted) resolve();
      });
      throwIfAborted(signal);
    }
  }

  async #onProgress(): Promise<void> {
    this.#trouble = undefined;
    this.#meter.reached(this.#position()?.counts.checkedBytes ?? 0);
    this.#changed();
    if (this.#clock.nowMs() - this.#savedAt >= SAVE_EVERY_MS) await this.#saveOrTell();
  }

  /** Starts a round whenever one is due, until it is closed. */
  async #runWhenDue(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      const due = this.#record.sinceUnixMs + this.#options.intervalMs;
      if (this.#record.state === 'idle' && this.#clock.unixMs() >= due) {
        this.#begin(this.#first({}), false);
        await this.#saveOrTell();
      }
      await this.#clock.sleep(LOOK_EVERY_MS, signal);
    }
  }

  #position(): RoundPosition | undefined {
    return this.#running?.round.position ?? this.#record.round;
  }

  /** Saves, one after the other. */
  #save(): Promise<void> {
    this.#savedAt = this.#clock.nowMs();
    const position = this.#position();
    const record: ScrubRecord = { ...this.#record, ...(position && { round: position }) };
    const text = `${JSON.stringify(record)}\n`;
    const before = this.#saving;
    const saved = (async () => {
      await before;
      await this.#options.memory.save(text);
    })();
    this.#saving = saved.catch(() => undefined); // whoever saves is told
    return saved;
  }

  /** Saves what nobody waits for: a disk that takes no writes ends no round. */
  async #saveOrTell(): Promise<void> {
    await this.#save().catch((error: unknown) =>
      this.#options.events.failed({ error, retryMs: SAVE_EVERY_MS }),
    );
  }

  #setState(state: ScrubRecord['state']): void {
    this.#record = { ...this.#record, state };
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #checkOpen(): void {
    if (this.#closed.signal.aborted) throw closed();
  }

  #checkRound(verb: string): RoundPosition {
    this.#checkOpen();
    const position = this.#position();
    if (position !== undefined) return position;
    throw new ProvenderError('PROVENDER_INVALID', `no round to ${verb}: start one with provender scrub`);
  }
}

/** Damage that it meets is told by the round. */
function ownLayers(store: ObjectStore, hashing: BlockHashing): LayerReader {
  const damage = new DamageReports(store, undefined);
  const heads = new Heads(store, damage);
  return makeReaders({ store, heads, damage, hashing, cache: new TreeCache(TREE_CACHE_BYTES) }).layers;
}

const NO_COUNTS = { chunks: 0, files: 0, collections: 0, checkedBytes: 0, damaged: 0 };

function closed(): ProvenderError {
  return new ProvenderError(
    'PROVENDER_CLOSED',
    'the scrubber is closed with its node; ask again when it is back',
  );
}
