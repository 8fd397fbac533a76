import type { PeerCertificate } from 'node:tls';
import type { Metadata } from '@grpc/grpc-js';
import { ProvenderError } from '../content/provender-error.ts';
import type { CallPayment } from './call-payment.ts';

/** What grpc-js's calls of all kinds have in common. */
export interface ServerCall {
  readonly cancelled: boolean;
  /** Headers of the caller. */
  readonly metadata: Metadata;
  getPeer(): string;
  getDeadline(): Date | number;
  /** What the connection's certificate says, when it was verified. */
  getAuthContext(): { readonly sslPeerCertificate?: PeerCertificate };
  once(event: 'cancelled', listener: () => void): unknown;
}

/** A call from its start until its stream is closed: its signal, and what it has moved. */
export class RunningCall {
  readonly #controller = new AbortController();
  readonly #startedAt = performance.now();
  readonly #deadlineMs: number;
  #isSettled = false;
  /** Content bytes, without framing. */
  bytesIn = 0;
  bytesOut = 0;
  /** Who calls, as grpc-js says it: `address:port`. */
  readonly peer: string;
  /** What pays for it, once that has the lock of its channel; absent for calls that nobody pays for. */
  payment: CallPayment | undefined;
  /** Sent behind the answer, besides what an error brings: text by name. */
  readonly trailers = new Map<string, string>();
  readonly #count: (bytes: number) => void;
  #heldBytes = 0;

  /** @param count - counts bytes that the call will hold, or refuses */
  constructor(call: ServerCall, count: (bytes: number) => void) {
    this.#count = count;
    this.peer = call.getPeer();
    // grpc-js has just made the deadline of the time that is left; from here on it runs on the monotonic clock
    this.#deadlineMs = Number(call.getDeadline()) - Date.now();
  }

  /** Aborts when the caller is gone, its time is up, or the server ends; the reason is a `ProvenderError`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Bytes that were counted for it besides those of its method. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** For calls whose request says how much they will hold, before it is taken. @throws ProvenderError `PROVENDER_BUSY` */
  hold(bytes: number): void {
    this.#count(bytes);
    this.#heldBytes += bytes;
  }

  /** Bytes that it holds no more, of those counted for it, while it goes on. */
  giveBack(bytes: number): void {
    this.#count(-bytes);
    this.#heldBytes -= bytes;
  }

  /** Ends the work of this call with `reason`. */
  abort(reason: ProvenderError): void {
    this.#controller.abort(reason);
  }

  /** The work has ended, or all of its answer is with the transport: what happens to the stream from now on aborts nothing. */
  settle(): void {
    this.#isSettled = true;
  }

  /** The stream is closed. Work that still runs was ended from outside: by the caller, or by grpc-js at the deadline. */
  closed(): void {
    if (this.#isSettled) return;
    const elapsed = performance.now() - this.#startedAt;
    // a timer may fire up to a millisecond early
    if (elapsed + 1 < this.#deadlineMs)
      this.abort(new ProvenderError('PROVENDER_CANCELLED', 'the caller ended the call'));
    else this.abort(timeout(this.#deadlineMs));
  }
}

/** The error of a call whose time is up. */
export function timeout(limitMs: number): ProvenderError {
  return new ProvenderError('PROVENDER_TIMEOUT', `the call took more than its ${Math.round(limitMs)} ms`, {
    details: { limitMs: Math.round(limitMs) },
  });
}
