/** What payments report. Each listener is optional and must not throw. Nothing secret is in an event. */
export interface PaymentEvents {
  /** A call was paid: its commit is durable. */
  paid?(event: { readonly channelId: bigint; readonly method: string; readonly income: bigint }): void;
  /** A payment was refused. `step` is the row of payment-channels.md, section 6. */
  refused?(event: { readonly channelId: bigint; readonly method: string; readonly step: number }): void;
  /** A call ended unpaid and its lock is gone. */
  rolledBack?(event: { readonly channelId: bigint; readonly method: string }): void;
  /** A request of a payment had no clear answer; the store is asked what became of it. */
  ambiguous?(event: { readonly channelId: bigint; readonly request: 'lock' | 'commit' | 'unlock' }): void;
  /** A commit was undecided when its caller had to be answered; it is being found out. */
  undecided?(event: { readonly channelId: bigint; readonly operation: string }): void;
  /** What became of an undecided commit. `unknown`: the history that says it is gone, and the staged data stays. */
  decided?(event: {
    readonly channelId: bigint;
    readonly operation: string;
    readonly outcome: 'paid' | 'not paid' | 'unknown';
  }): void;
  /** A channel was marked for repeat: a paid call was not delivered. */
  repeatGranted?(event: { readonly channelId: bigint }): void;
  /** A lock without a call of this replica was deleted. */
  reaped?(event: { readonly channelId: bigint }): void;
  /** This replica is known to the others under a new life. */
  lifeBegun?(event: { readonly replica: number; readonly life: string }): void;
  /** The lease of this replica ended; its running calls are cancelled and a new life is begun. */
  lifeLost?(event: { readonly replica: number; readonly life: string; readonly reason: string }): void;
  /** Another process has taken the replica id; this one takes no payments any more. */
  replaced?(event: { readonly replica: number }): void;
  /** A background duty failed; it is repeated. */
  dutyFailed?(event: { readonly duty: string; readonly error: unknown }): void;
}
