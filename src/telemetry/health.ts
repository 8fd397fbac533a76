/** A question to something that the node cannot work without; rejects, with the reason, when it does not answer well. */
export type HealthProbe = () => Promise<void>;

/** Whether the node takes work, and if not, why not. */
export interface Readiness {
  readonly ready: boolean;
  /** One sentence each; empty when ready. */
  readonly reasons: readonly string[];
}

/** Times of the checks in milliseconds; the tests shorten them. */
export interface HealthOptions {
  /** An answer counts this long. Default 5 s. @see spec/grpc.md, section 5 */
  readonly staleAfterMs?: number;
  /** Every probe is asked this often. Default 1 s. */
  readonly intervalMs?: number;
}

interface Check {
  readonly probe: HealthProbe;
  isAsked: boolean;
  /** On the monotonic clock: a wall clock that jumps changes no health. */
  answeredAt: number;
  reason: string | undefined;
}

/**
 * The one source of health, for gRPC and HTTP. Liveness is that the event loop answers, so whoever reads this object knows it.
 * Readiness is: start-up finished, not draining, each check answered well and within the last 5 s.
 *
 * States: starting -> started -> draining; `close` stops the checks.
 */
export class Health implements AsyncDisposable {
  readonly #checks = new Map<string, Check>();
  readonly #listeners = new Set<(readiness: Readiness) => void>();
  readonly #staleAfterMs: number;
  readonly #timer: NodeJS.Timeout;
  #state: 'starting' | 'started' | 'draining' = 'starting';
  #told = false;

  constructor({ staleAfterMs = 5000, intervalMs = 1000 }: HealthOptions = {}) {
    this.#staleAfterMs = staleAfterMs;
    this.#timer = setInterval(() => this.#tick(), intervalMs);
    this.#timer.unref(); // health alone keeps no process alive
  }

  /** Adds a check under a name that operators will read; it has to answer before the node is ready. */
  addCheck(name: string, probe: HealthProbe): void {
    const check: Check = { probe, isAsked: false, answeredAt: Number.NEGATIVE_INFINITY, reason: undefined };
    this.#checks.set(name, check);
    this.#ask(check);
  }

  /** Says that start-up is finished. */
  setStarted(): void {
    if (this.#state === 'starting') this.#state = 'started';
    this.#tell();
  }

  /** Says that the node ends: not ready from now on. */
  setDraining(): void {
    this.#state = 'draining';
    this.#tell();
  }

  get isDraining(): boolean {
    return this.#state === 'draining';
  }

  /** Whether the node takes work now. */
  readiness(): Readiness {
    const reasons = [...this.#checks].flatMap(([name, check]) => this.#complaint(name, check));
    if (this.#state === 'starting') reasons.unshift('start-up is not finished');
    if (this.#state === 'draining') reasons.unshift('the node is shutting down');
    return { ready: reasons.length === 0, reasons };
  }

  /** Calls `listener` whenever readiness turns; not for the state now. @returns ends that */
  onChange(listener: (readiness: Readiness) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops the checks. Idempotent. */
  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #complaint(name: string, check: Check): string[] {
    if (check.reason !== undefined) return [`${name}: ${check.reason}`];
    const age = performance.now() - check.answeredAt;
    if (age <= this.#staleAfterMs) return [];
    if (age === Number.POSITIVE_INFINITY) return [`${name}: has not answered yet`];
    return [`${name}: last answered ${Math.floor(age / 1000)} s ago, limit ${this.#staleAfterMs / 1000} s`];
  }

  #tick(): void {
    for (const check of this.#checks.values()) this.#ask(check);
    this.#tell();
  }

  /** A probe that hangs is not asked again: its last answer grows old, which is the finding. */
  #ask(check: Check): void {
    if (check.isAsked) return;
    check.isAsked = true;
    check.probe().then(
      () => this.#answered(check, undefined),
      (error: unknown) => this.#answered(check, error instanceof Error ? error.message : String(error)),
    );
  }

  #answered(check: Check, reason: string | undefined): void {
    check.isAsked = false;
    check.answeredAt = performance.now();
    check.reason = reason;
    this.#tell();
  }

  #tell(): void {
    const readiness = this.readiness();
    if (readiness.ready === this.#told) return;
    this.#told = readiness.ready;
    for (const listener of this.#listeners) listener(readiness);
  }
}
