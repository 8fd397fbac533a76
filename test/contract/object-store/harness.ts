import type { PaymentMarks } from '../../../src/objects/payment-marks.ts';
import type { ObjectStore } from '../../../src/objects/object-store.ts';

/** A store under test, gone with all its data at the end. */
interface StoreUnderTest extends AsyncDisposable {
  readonly store: ObjectStore;
  /** Closes the store and opens it again over the same data; only where `durable`. */
  reopen(): Promise<ObjectStore>;
}

/** What the suite needs of an adapter. */
export interface StoreHarness {
  readonly name: string;
  /** Whether data outlives the store object. */
  readonly durable: boolean;
  /** Whether `usage` is exact at once; else its bytes are the pool's own figure, and its counts come a little later. */
  readonly exactUsage: boolean;
  /** Opens an empty store that shares nothing with any other; all of its openings ask `marks` about paid data. */
  readonly open: (options?: { readonly marks?: PaymentMarks }) => Promise<StoreUnderTest>;
}
