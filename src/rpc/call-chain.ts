import { randomBytes } from 'node:crypto';
import type { StatusObject } from '@grpc/grpc-js';
import { isProvenderError, ProvenderError } from '../content/provender-error.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { Admission, type AdmissionLimits } from './admission.ts';
import { toStatus } from './error-map.ts';
import type { MethodGrant } from './methods.ts';
import type { Peer } from './operators.ts';
import { peerAddress } from './peer.ts';
import { RunningCall, type ServerCall, timeout } from './running-call.ts';
import { resetWhenStalled } from './stalled-stream.ts';

/** Times of calls, in milliseconds. */
export interface CallTimes {
  /** The most that a unary call may take, whatever deadline it brings. */
  readonly unaryMs: number;
  /** A stream may stand still this long. */
  readonly idleMs: number;
}

/** What the chain needs to know of the server. */
export interface CallChainOptions {
  readonly telemetry: Telemetry;
  readonly limits: AdmissionLimits;
  readonly times: CallTimes;
  /** Who may call what is for operators. */
  readonly isOperator: (peer: Peer) => boolean;
}

/** A method under its short name. */
export interface ChainedMethod extends MethodGrant {
  readonly name: string;
  readonly isStream: boolean;
}

/** How a call ended: with what its work gave, or with a status that says why not. */
export type Ended<T> = { readonly value: T } | { readonly status: StatusObject };

/** What every grpc-js call goes through before its handler; outermost first: log and metrics, error map, drain gate, operators, admission, deadline. Payment, innermost, is the work's. */
export class CallChain {
  readonly admission: Admission;
  readonly times: CallTimes;
  readonly #options: CallChainOptions;
  readonly #running = new Set<RunningCall>();
  #isDraining = false;
  #onIdle: (() => void) | undefined;

  constructor(options: CallChainOptions) {
    this.#options = options;
    this.times = options.times;
    this.admission = new Admission(options.limits);
  }

  /**
   * Runs the work of one call.
   * @returns what the work gives, or the status to send; never rejects
   */
  async run<T>(
    method: ChainedMethod,
    call: ServerCall,
    work: (running: RunningCall) => Promise<T>,
  ): Promise<Ended<T>> {
    const { metrics } = this.#options.telemetry;
    const ended = metrics.callStarted(method.name);
    const running = new RunningCall(call, (bytes) => this.admission.hold(bytes));
    try {
      const value = await this.#admitted(method, call, running, work);
      running.settle();
      ended({ code: 'OK', bytesIn: running.bytesIn, bytesOut: running.bytesOut });
      return { value };
    } catch (error) {
      const failure = this.#failure(error, running);
      running.settle();
      ended({ code: failure.code, bytesIn: running.bytesIn, bytesOut: running.bytesOut });
      return { status: this.#logged(failure, method, call) };
    }
  }

  /** Refuses new calls from now on; resolves when none runs any more. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** Ends the work of all running calls; their callers get UNAVAILABLE. */
  abortAll(): void {
    for (const running of this.#running) running.abort(closing());
  }

  async #admitted<T>(
    method: ChainedMethod,
    call: ServerCall,
    running: RunningCall,
    work: (running: RunningCall) => Promise<T>,
  ): Promise<T> {
    if (this.#isDraining) throw closing();
    if (method.isForOperators === true) this.#checkOperator(method, call);
    this.admission.enter(method.holdsBytes);
    const release = this.#track(method, call, running);
    // a call that has ended before its handler starts emits nothing any more
    if (call.cancelled) release();
    running.signal.throwIfAborted();
    return await work(running);
  }

  /** Holds the call's place until its stream is closed, since until then its answer is in memory. */
  #track(method: ChainedMethod, call: ServerCall, running: RunningCall): () => void {
    const { unaryMs, idleMs } = this.times;
    this.#running.add(running);
    const timer = method.isStream
      ? undefined
      : setTimeout(() => {
          running.abort(timeout(unaryMs));
          resetWhenStalled(call, idleMs);
        }, unaryMs);
    const release = (): void => {
      if (!this.#running.delete(running)) return;
      clearTimeout(timer);
      this.admission.leave(method.holdsBytes + running.heldBytes);
      running.closed();
      if (this.#running.size === 0) this.#onIdle?.();
    };
    call.once('cancelled', release);
    return release;
  }

  #checkOperator(method: ChainedMethod, call: ServerCall): void {
    const address = peerAddress(call.getPeer());
    const certificate = call.getAuthContext().sslPeerCertificate;
    if (this.#options.isOperator({ address, certificate })) return;
    const shown = certificate === undefined ? 'without a certificate' : 'with a certificate not named there';
    throw new ProvenderError(
      'PROVENDER_DENIED',
      `${method.name} from ${address} ${shown}: call it from the node's own machine, or with a certificate that its operators setting names`,
    );
  }

  /** Writes a failure down and gives its status. What only operators may know goes to the log, under an id that the caller gets too. */
  #logged(failure: ProvenderError, method: ChainedMethod, call: ServerCall): StatusObject {
    const { log } = this.#options.telemetry;
    const facts = { event: 'call-failed', method: method.name, peer: call.getPeer(), code: failure.code };
    if (failure.code !== 'PROVENDER_INTERNAL') {
      log.debug({ ...facts, reason: failure.message }, 'call failed');
      return toStatus(failure);
    }
    const logId = randomBytes(8).toString('hex');
    log.error({ ...facts, logId, err: failure.cause ?? failure }, 'call failed');
    return toStatus(failure, logId);
  }

  #failure(error: unknown, running: RunningCall): ProvenderError {
    if (isProvenderError(error)) return error;
    const reason: unknown = running.signal.reason;
    // work that was aborted may end with an error of the part that noticed
    if (running.signal.aborted && isProvenderError(reason)) return reason;
    return new ProvenderError('PROVENDER_INTERNAL', 'internal error', { cause: error });
  }
}

function closing(): ProvenderError {
  return new ProvenderError('PROVENDER_CLOSED', 'the node is shutting down: repeat against another one');
}
