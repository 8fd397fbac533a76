import { ProvenderError } from '../../content/provender-error.ts';
import type { WatchCreateRequest, WatchResponse } from '../../generated/etcd/etcdserverpb/rpc.ts';
import { type Event, Event_EventType } from '../../generated/etcd/mvccpb/kv.ts';
import type { StateChange } from '../state-store.ts';
import { keyText, prefixEnd, prefixStart, recordOf } from './etcd-wire.ts';
import { News } from './news.ts';

/** Bytes that may wait for a slow reader; what comes behind is read again later. */
const MAX_WAITING_BYTES = 16 * 2 ** 20;
/** What came after the call is not compacted within this time: etcd keeps an hour. */
const BEGIN_MS = 60_000;
/** What a change costs beside its bytes, about. */
const CHANGE_BYTES = 200;

/** What carries watches: streams of endpoints. */
export interface WatchCarrier {
  /** Begins it, or waits until it can. */
  attach(watch: EtcdWatch): void;
  /** Takes nothing more for it. */
  detach(watch: EtcdWatch): void;
}

/** One watch, which outlives the streams that carry it: each goes on at the revision behind the last one that was told. */
export class EtcdWatch {
  readonly #prefix: string;
  readonly #carrier: WatchCarrier;
  /** Until then it may begin where etcd's history does: its first revision is older than the call, which nobody has asked for by name. */
  #mayBeginLaterUntil: number;
  #next: bigint;
  #waiting: { readonly changes: readonly StateChange[]; readonly bytes: number }[] = [];
  #waitingBytes = 0;
  /** Changes of a revision of which more may follow. */
  #open: StateChange[] = [];
  #openRevision = 0n;
  #isAttached = false;
  #hasEnded = false;
  #failure: ProvenderError | undefined;
  readonly #news = new News();

  constructor(
    carrier: WatchCarrier,
    options: { readonly prefix: string; readonly from: bigint; readonly mayBeginLater: boolean },
  ) {
    this.#carrier = carrier;
    this.#prefix = options.prefix;
    this.#next = options.from;
    this.#mayBeginLaterUntil = options.mayBeginLater ? performance.now() + BEGIN_MS : 0;
  }

  /** What to ask a stream for. */
  request(watchId: bigint): WatchCreateRequest {
    return {
      key: prefixStart(this.#prefix),
      rangeEnd: prefixEnd(this.#prefix),
      startRevision: this.#next,
      progressNotify: true,
      watchId,
      fragment: true,
    };
  }

  /** Batches in order, one for each revision. @throws ProvenderError `PROVENDER_CONFLICT` when history is gone, and what ended the store */
  async *batches(signal: AbortSignal | undefined): AsyncGenerator<readonly StateChange[]> {
    try {
      while (signal?.aborted !== true) {
        const batch = this.#waiting.shift();
        if (batch !== undefined) {
          this.#waitingBytes -= batch.bytes;
          yield batch.changes;
        } else if (this.#failure !== undefined) {
          throw this.#failure;
        } else if (this.#hasEnded) {
          return;
        } else if (this.#isAttached) {
          await this.#news.wait({ signal });
        } else {
          this.#isAttached = true;
          this.#carrier.attach(this);
        }
      }
    } finally {
      this.end();
    }
  }

  /** An answer of the stream that carries it. @returns false when it must be detached */
  receive({ header, events, fragment, compactRevision }: WatchResponse): boolean {
    if (compactRevision > 0n) return this.#compacted(compactRevision);
    this.#mayBeginLaterUntil = 0;
    for (const event of events) this.#take(event);
    if (!fragment) {
      this.#flush();
      // an answer without events says that there was nothing until then
      const told = header?.revision ?? 0n;
      if (events.length === 0 && told >= this.#next) this.#next = told + 1n;
    }
    this.#news.ring();
    return this.#waitingBytes <= MAX_WAITING_BYTES;
  }

  /** Its stream has ended. What was told of a revision in part will be told again. */
  released(): void {
    this.#isAttached = false;
    this.#mayBeginLaterUntil = 0;
    this.#open = [];
    this.#news.ring();
  }

  /** Ends it. @param failure - what its reader gets; it ends quietly without */
  end(failure?: ProvenderError): void {
    this.#hasEnded = true;
    this.#failure ??= failure;
    this.#isAttached = false;
    this.#carrier.detach(this);
    this.#news.ring();
  }

  #compacted(first: bigint): false {
    if (performance.now() < this.#mayBeginLaterUntil) this.#next = first;
    else
      this.#failure = new ProvenderError(
        'PROVENDER_CONFLICT',
        `state history from revision ${this.#next} is gone, kept from ${first}: read the records, then watch from their revision`,
      );
    return false;
  }

  #take({ type, kv }: Event): void {
    if (kv === undefined || kv.modRevision < this.#next) return;
    if (kv.modRevision !== this.#openRevision) this.#flush();
    this.#openRevision = kv.modRevision;
    const key = keyText(kv.key);
    this.#open.push(
      type === Event_EventType.DELETE
        ? { deleted: { key, modRevision: kv.modRevision } }
        : { put: recordOf(kv) },
    );
  }

  #flush(): void {
    if (this.#open.length === 0) return;
    const changes = this.#open;
    const bytes = changes.reduce(
      (sum, one) => sum + CHANGE_BYTES + ('put' in one ? one.put.value.length : 0),
      0,
    );
    this.#waiting.push({ changes, bytes });
    this.#waitingBytes += bytes;
    this.#open = [];
    this.#next = this.#openRevision + 1n;
  }
}
