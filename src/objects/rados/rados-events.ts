import type { PaidDataEvents } from '../payment-marks.ts';

/** What the sessions of a pod report. Each listener is optional and must not throw. */
export interface RadosEvents extends PaidDataEvents {
  sessionOpened?(event: { readonly session: number; readonly address: string }): void;
  /** Own session ended before its time; a new one is being opened. */
  sessionLost?(event: { readonly session: number; readonly reason: string }): void;
  /** An attempt to open a session failed and is repeated. */
  reconnectFailed?(event: { readonly error: unknown; readonly retryInMs: number }): void;
  /** A dead session was fenced by this pod. */
  fenced?(event: { readonly session: number; readonly address: string; readonly podName: string }): void;
  /** What a dead session left is gone or published. */
  swept?(event: SweptEvent): void;
  /** A name outside the layout; it stays. */
  foreignName?(event: { readonly namespace: string; readonly name: string }): void;
  /** A guarded operation without an answer was sent again. */
  retried?(event: { readonly operation: string; readonly key: string }): void;
  /** An operation had no answer in time; its caller was told `PROVENDER_AMBIGUOUS`, and it is still being found out. */
  ambiguous?(event: { readonly operation: string; readonly key: string }): void;
  /** A background duty failed; it is repeated. */
  dutyFailed?(event: { readonly duty: string; readonly error: unknown }): void;
}

/** What became of the leftovers of one session. */
export interface SweptEvent {
  readonly session: number;
  /** Tags whose data was deleted. */
  readonly tags: number;
  /** Bytes of their stripes and roots. */
  readonly bytes: number;
  /** Paid uploads that were published on behalf of the session. */
  readonly published: number;
}
