/** Time as payments see it: real in a node, made up in a simulation. */
export interface PaymentClock {
  /** Milliseconds of a clock that never goes back; only differences mean something. */
  now(): number;
  /** Milliseconds since 1970, as the machine believes. For display only: no lock and no payment depends on it. */
  unixMs(): number;
  /** Resolves after `ms`. @throws the reason of the signal when it aborts before */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
