import type { StateStore } from '../../state/state-store.ts';
import type { PaymentKeys } from '../payment-keys.ts';
import type { PaidMark } from '../records/paid-mark.ts';
import type { Background } from '../replica/background.ts';
import type { StagedShares } from './payment-transaction.ts';

/** Marks that one transaction removes. */
const GROUP = 64;

/** Data of uploads whose payment is decided: sees to it that it is published or dropped, and that its mark goes. */
export class PaidUploads {
  readonly #parts: {
    readonly state: StateStore;
    readonly keys: PaymentKeys;
    readonly staged: StagedShares;
    readonly background: Background;
  };
  /** Keys of marks whose data is published. */
  readonly #done: string[] = [];
  #isRemoving = false;

  constructor(parts: {
    readonly state: StateStore;
    readonly keys: PaymentKeys;
    readonly staged: StagedShares;
    readonly background: Background;
  }) {
    this.#parts = parts;
  }

  /** Publishes paid data in the background, then removes its mark. */
  publish(op: Uint8Array, mark: PaidMark): void {
    const { staged, background } = this.#parts;
    background.run('publish a paid upload', async () => {
      await background.untilDone('publish a paid upload', () => staged.publish(mark));
      this.published(op);
    });
  }

  /** Drops unpaid data in the background. */
  drop(mark: PaidMark): void {
    const { staged, background } = this.#parts;
    background.run('drop an unpaid upload', () =>
      background.untilDone('drop an unpaid upload', () => staged.drop(mark)),
    );
  }

  /** Removes the mark of published data soon, together with others. A crash before only means that it is published once more. */
  published(op: Uint8Array): void {
    this.#done.push(this.#parts.keys.paid(op));
    if (this.#isRemoving) return;
    this.#isRemoving = true;
    this.#parts.background.run('remove marks of paid uploads', () => this.#remove());
  }

  async #remove(): Promise<void> {
    const { state, background } = this.#parts;
    try {
      while (this.#done.length > 0) {
        const then = this.#done.slice(0, GROUP).map((key) => ({ delete: key }));
        await background.untilDone('remove marks of paid uploads', () => state.txn({ then }));
        this.#done.splice(0, then.length);
      }
    } finally {
      this.#isRemoving = false;
    }
  }
}
