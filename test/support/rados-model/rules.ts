/** The rules of the protocol; a test takes one out and expects the model to find out. */
export interface Rules {
  /** Fence: blocklist, then an empty guarded write on the catalog; without the write; or nothing at all. */
  readonly fence: 'whole' | 'noEmptyWrite' | 'none';
  /** Publish compares `h.<id>` with absent. */
  readonly guardOnHead: boolean;
  /** Publish compares `g.<tag>` with absent. */
  readonly guardOnRow: boolean;
  /** A `g` row is removed by the owner of its tag only, or by who swept the owner. */
  readonly ownerPurges: boolean;
  /** Remove compares the head with the one seen. */
  readonly guardOfRemove: boolean;
  /** A record that somebody else closes is taken over only after that closer was fenced. */
  readonly fenceCloser: boolean;
  /** Paid data is dropped only after "drop" was put beside its payment. */
  readonly dropMark: boolean;
  /** A sweeper writes nothing to each object of paid data before it publishes it, and publishes only if all are there. */
  readonly fencePaidData: boolean;
  /** Before its payment is committed an upload makes a guarded write on its catalog object, which a fenced session cannot. */
  readonly checkBeforePayment: boolean;
}

export const ALL_RULES: Rules = {
  fence: 'whole',
  guardOnHead: true,
  guardOnRow: true,
  ownerPurges: true,
  guardOfRemove: true,
  fenceCloser: true,
  dropMark: true,
  fencePaidData: true,
  checkBeforePayment: true,
};

/** Who takes part. */
export interface Scenario {
  readonly name: string;
  /** Writer 0 sets, perhaps for pay. */
  readonly paid: boolean;
  /** Writer 1 sets, replaces what it sees, or is not there. */
  readonly second: 'set' | 'replace' | 'none';
  readonly remover: boolean;
  readonly sweepers: 1 | 2;
  readonly reader: boolean;
  readonly rules: Rules;
}
