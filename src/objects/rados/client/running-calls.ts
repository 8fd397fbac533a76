import { ProvenderError } from '../../../content/provender-error.ts';
import type { Admission } from './admission.ts';
import { operationError, rareError } from './call-error.ts';
import type { Engine } from './engine.ts';
import { type Ending, Operation, type OperationOwner, type Task } from './operation.ts';
import type { RadosCallOptions } from './rados-pool.ts';
import { RareCall, type RareCallOptions } from './rare-call.ts';
import { watchSignal } from './signal-fan.ts';

/** The longest that a timer of Node waits. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Ends an operation whose time is over; not a closure, since it may be set for each operation. */
function expire(operation: Operation): void {
  operation.owner.abandon(operation, 'timedOut');
}

/** Refuses what would end before it begins. @throws ProvenderError `PROVENDER_INVALID`, `PROVENDER_CANCELLED` */
export function checkCall({ signal, timeoutMs }: RadosCallOptions): void {
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs <= MAX_TIMER_MS)) {
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `timeoutMs: ${timeoutMs}, must be above 0 and at most ${MAX_TIMER_MS}`,
    );
  }
  if (signal?.aborted === true) {
    throw new ProvenderError('PROVENDER_CANCELLED', 'the caller ended the call before it began', {
      cause: signal.reason,
    });
  }
}

/** What calls run on. */
export interface RunningCallsParts {
  /** Names the owner in errors. */
  readonly name: string;
  /** Name of the pool; `undefined` for calls of the connection. */
  readonly pool: string | undefined;
  readonly engine: Engine;
  readonly admission: Admission;
}

/**
 * The calls of one pool, or of a connection, from the call to the callback: time-outs, signals, and the end. States: open -> closed.
 *
 * @see native-addon.md, section 4
 */
export class RunningCalls implements OperationOwner {
  readonly #parts: RunningCallsParts;
  readonly #rare = new Set<{ close(): void }>();
  readonly #waiters: (() => void)[] = [];
  #running = 0;
  #isClosed = false;

  constructor(parts: RunningCallsParts) {
    this.#parts = parts;
  }

  /**
   * Runs one operation; the promise is fulfilled however it ends. `answered` then makes the error, in the caller's own async function: one layer of
   * promises less for each operation, and the stack begins there.
   * @throws ProvenderError `PROVENDER_CLOSED`, `PROVENDER_CANCELLED`, `PROVENDER_INVALID` at once; rejects with `PROVENDER_BUSY`
   */
  run(task: Task, options: RadosCallOptions | undefined): Promise<Operation> {
    this.#checkOpen();
    if (options !== undefined) checkCall(options);
    return new Promise((resolve) => {
      const operation = new Operation(task, this, resolve);
      this.#running++;
      try {
        this.#parts.admission.enter(operation);
      } catch (error) {
        this.left();
        throw error;
      }
      if (options !== undefined && operation.ending === undefined) bound(operation, options);
    });
  }

  /**
   * The operation, when it was answered with a result code of 0 or more.
   * @throws ProvenderError, RadosError as RadosPool says
   */
  answered(operation: Operation): Operation {
    if (operation.ending === 'answered' && operation.rc >= 0) return operation;
    throw operationError(operation, this.#parts.pool);
  }

  /**
   * Runs a rare call, one that the addon answers with a promise.
   * @throws ProvenderError `PROVENDER_CLOSED`, `PROVENDER_CANCELLED`, `PROVENDER_TIMEOUT`; RadosError
   */
  async runRare<T>(call: () => Promise<T>, options: RareCallOptions<T>): Promise<T> {
    this.#checkOpen();
    checkCall(options);
    const rare = new RareCall(options);
    this.#rare.add(rare);
    this.#running++;
    try {
      return await rare.run(call());
    } catch (error) {
      const { pool = this.#parts.pool, isWrite = false } = options;
      throw rareError(error, { pool, isWrite });
    } finally {
      this.#rare.delete(rare);
      this.left();
    }
  }

  abandon(operation: Operation, ending: Ending): void {
    const { stage } = operation;
    if (stage === 'ended' || operation.ending !== undefined) return;
    operation.end(ending);
    if (stage === 'inFlight') {
      operation.task.pool.cancel(operation.id);
      return;
    }
    this.#parts.admission.withdraw(operation);
    this.left();
  }

  left(): void {
    this.#running--;
    if (this.#running > 0) return;
    for (const wake of this.#waiters.splice(0)) wake();
  }

  /** Refuses new calls with `PROVENDER_CLOSED`. */
  refuse(): void {
    this.#isClosed = true;
  }

  /** Ends those that run: waiting ones are withdrawn, those in flight cancelled. */
  abandonAll(): void {
    this.#parts.admission.abandonQueued(this);
    this.#parts.engine.abandonAll(this);
    for (const call of this.#rare) call.close();
  }

  /** Resolves when the callback of each operation came. */
  whenIdle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new ProvenderError('PROVENDER_CLOSED', `${this.#parts.name} is closed`);
  }
}

function bound(operation: Operation, { signal, timeoutMs }: RadosCallOptions): void {
  if (timeoutMs !== undefined) operation.timer = setTimeout(expire, timeoutMs, operation);
  if (signal === undefined) return;
  operation.signal = signal;
  watchSignal(signal, operation);
}
