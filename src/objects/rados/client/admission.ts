import { ProvenderError } from '../../../content/provender-error.ts';
import type { Operation, OperationOwner, OperationPlace } from './operation.ts';
import type { AdmissionLimits, RadosLoad } from './rados-cluster-types.ts';

const RETRY_AFTER_MS = 100;

/** What an admission is made of. */
export interface AdmissionOptions {
  readonly limits: AdmissionLimits;
  /** An operation that waited this long in the queue ends as timed out: with a silent OSD the queue must not outlive the op time-out many times. */
  readonly maxWaitMs: number;
  /** Submits; throws when the operation was not handed over. */
  readonly submit: (operation: Operation) => void;
}

/**
 * Keeps the operations in flight below the bounds at which librados would block the event loop, in order of arrival: nothing overtakes, so a large
 * operation is not starved. One that is larger than a bound runs alone. One admission per handle and environment.
 *
 * @see native-addon.md, section 4
 */
export class Admission implements OperationPlace {
  readonly #options: AdmissionOptions;
  readonly #queue = new Set<Operation>();
  #inFlight = 0;
  #inFlightBytes = 0;
  #waitTimer: NodeJS.Timeout | undefined;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** What it counts now. */
  load(): RadosLoad {
    return { inFlight: this.#inFlight, inFlightBytes: this.#inFlightBytes, queued: this.#queue.size };
  }

  /** Submits, or lets it wait. @throws ProvenderError `PROVENDER_BUSY` when the queue is full */
  enter(operation: Operation): void {
    if (this.#queue.size === 0 && this.#fits(operation)) {
      this.#start(operation);
      return;
    }
    if (this.#queue.size >= this.#options.limits.maxQueued) throw this.#busy();
    operation.queuedAtMs = performance.now();
    this.#queue.add(operation);
    if (this.#waitTimer === undefined) this.#waitTimer = this.#timer(this.#options.maxWaitMs);
  }

  /** Takes an operation out of the queue. */
  withdraw(operation: Operation): void {
    if (!this.#queue.delete(operation)) return;
    operation.stage = 'ended';
    this.pump();
  }

  /** Ends all that wait for one owner. */
  abandonQueued(owner: OperationOwner): void {
    for (const operation of this.#queue) {
      if (operation.owner === owner) owner.abandon(operation, 'closed');
    }
  }

  /** Gives the place of a finished operation free; `pump` then fills it. */
  release(operation: Operation): void {
    this.#inFlight -= operation.task.slots;
    this.#inFlightBytes -= operation.task.bytes;
  }

  /** Submits what fits now, in order. */
  pump(): void {
    for (const operation of this.#queue) {
      if (!this.#fits(operation)) return;
      this.#queue.delete(operation);
      this.#start(operation);
    }
  }

  #fits({ task }: Operation): boolean {
    const { maxInFlight, maxInFlightBytes } = this.#options.limits;
    if (this.#inFlight === 0) return true;
    return this.#inFlight + task.slots <= maxInFlight && this.#inFlightBytes + task.bytes <= maxInFlightBytes;
  }

  #start(operation: Operation): void {
    this.#inFlight += operation.task.slots;
    this.#inFlightBytes += operation.task.bytes;
    operation.stage = 'inFlight';
    try {
      this.#options.submit(operation);
    } catch (error) {
      operation.stage = 'ended';
      this.release(operation);
      operation.fail(error);
      operation.owner.left();
    }
  }

  #timer(ms: number): NodeJS.Timeout {
    // Something is in flight while anything waits, and keeps the process alive.
    return setTimeout(() => this.#endOld(), ms).unref();
  }

  /** Ends those at the head that waited too long; the next one in the queue came later. */
  #endOld(): void {
    const { maxWaitMs } = this.#options;
    const now = performance.now();
    this.#waitTimer = undefined;
    for (const operation of this.#queue) {
      const restMs = operation.queuedAtMs + maxWaitMs - now;
      if (restMs > 0) {
        this.#waitTimer = this.#timer(Math.ceil(restMs));
        return;
      }
      operation.owner.abandon(operation, 'timedOut');
    }
  }

  #busy(): ProvenderError {
    const { inFlight, inFlightBytes, queued } = this.load();
    const { maxQueued } = this.#options.limits;
    return new ProvenderError(
      'PROVENDER_BUSY',
      `${queued} operations wait for Ceph, limit ${maxQueued}, ${inFlight} are in flight: repeat in ${RETRY_AFTER_MS} ms`,
      { details: { queued, maxQueued, inFlight, inFlightBytes, retryAfterMs: RETRY_AFTER_MS } },
    );
  }
}
