import type { NativePool } from './native-binding.ts';
import { unwatchSignal } from './signal-fan.ts';

/** What is asked of the addon, and what it costs. */
export interface Task {
  readonly pool: NativePool;
  /** Function of librados that it comes to, for errors. */
  readonly syscall: string;
  /** Object that it is about; of a batch the first one. */
  readonly key: string | undefined;
  /** Its effect is unknown when it was submitted and not answered. */
  readonly isWrite: boolean;
  /** Operations of librados that it takes: 1, or the keys of a batch. */
  readonly slots: number;
  /** Bytes that it moves at most. */
  readonly bytes: number;
  /** Hands it over; what it throws ends the operation as not submitted. */
  submit(id: number): void;
  /** Takes the answer while the memory is still held; not called for an operation whose caller has gone. */
  deliver?(rc: number, extra: unknown): void;
  /** Gives memory back; called once after `submit`, when librados has let go of it. */
  free?(): void;
}

/** How an operation ended for its caller. */
export type Ending = 'answered' | 'failed' | 'cancelled' | 'timedOut' | 'closed';

/** Who is told when the memory and the place of an operation are free again, and ends it early. */
export interface OperationOwner {
  abandon(operation: Operation, ending: Ending): void;
  left(): void;
}

/** Where an operation has its place while it is in flight. */
export interface OperationPlace {
  release(operation: Operation): void;
  pump(): void;
}

/** One operation from its call to its callback. Its promise gives it back: errors are made after the `await`, where the stack names the caller. */
export class Operation {
  readonly task: Task;
  readonly owner: OperationOwner;
  /** `ended`: the callback came, or it never was submitted. */
  stage: 'queued' | 'inFlight' | 'ended' = 'queued';
  ending: Ending | undefined;
  /** At its ending; then the outcome of a write is unknown unless it was answered. */
  wasSubmitted = false;
  id = 0;
  place: OperationPlace | undefined;
  rc = 0;
  extra: unknown;
  failure: unknown;
  timer: NodeJS.Timeout | undefined;
  signal: AbortSignal | undefined;
  queuedAtMs = 0;
  readonly #resolve: (operation: Operation) => void;

  constructor(task: Task, owner: OperationOwner, resolve: (operation: Operation) => void) {
    this.task = task;
    this.owner = owner;
    this.#resolve = resolve;
  }

  /** Tells the caller; the first ending counts. */
  end(ending: Ending): void {
    if (this.ending !== undefined) return;
    this.ending = ending;
    this.wasSubmitted = this.stage === 'inFlight';
    if (this.timer !== undefined) clearTimeout(this.timer);
    if (this.signal !== undefined) unwatchSignal(this.signal, this);
    this.#resolve(this);
  }

  /** Ends it with an error of ours. */
  fail(error: unknown): void {
    this.failure = error;
    this.end('failed');
  }

  /** Takes the result code from the sink, and gives memory and owner free. */
  answer(rc: number, extra: unknown): void {
    if (this.ending === undefined) this.#deliver(rc, extra);
    this.stage = 'ended';
    this.task.free?.();
    this.owner.left();
  }

  onAbort(): void {
    this.owner.abandon(this, 'cancelled');
  }

  #deliver(rc: number, extra: unknown): void {
    this.rc = rc;
    this.extra = extra;
    try {
      this.task.deliver?.(rc, extra);
      this.end('answered');
    } catch (error) {
      this.fail(error);
    }
  }
}
