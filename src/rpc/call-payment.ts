import { ProvenderError } from '../content/provender-error.ts';
import type { Address } from '../payments/address.ts';
import type { PaymentTransaction } from '../payments/transaction/payment-transaction.ts';
import type { PaidSet, SetOptions } from '../shares/shares.ts';
import type { RunningCall } from './running-call.ts';

/**
 * The payment of one running call, as its handler may use it: who pays, and the commit that comes before anything of the answer leaves.
 * Until the commit is sent, the loss of the replica's lease ends the call; from then on nothing does.
 */
export class CallPayment {
  readonly #tx: PaymentTransaction;
  readonly #replica: number;
  readonly #stop: () => void;

  /** @param abort - ends the work of the call */
  constructor(tx: PaymentTransaction, replica: number, abort: (reason: ProvenderError) => void) {
    this.#tx = tx;
    this.#replica = replica;
    const onLost = (): void => abort(leaseLost(tx.signal.reason));
    this.#stop = () => tx.signal.removeEventListener('abort', onLost);
    if (tx.signal.aborted) onLost();
    else tx.signal.addEventListener('abort', onLost, { once: true });
  }

  /** Sender of the channel: what `snet-user-address` says to handlers of other providers, never what a caller wrote there. */
  get sender(): Address {
    return this.#tx.sender;
  }

  /** What a set is given, so that it is paid when all is durable and nothing is published. */
  get paidSet(): PaidSet {
    return {
      operation: this.#tx.op,
      commit: ({ id, tag, head, block }) => {
        this.#stop();
        const mark = { replica: this.#replica, objectId: id, tag, head };
        return this.#tx.commit(block === undefined ? mark : { ...mark, block });
      },
    };
  }

  /** Pays: what the answer says is ready, and none of it has been sent. @throws ProvenderError as `PaymentTransaction.commit` */
  commit(): Promise<void> {
    this.#stop();
    return this.#tx.commit();
  }

  /** The work has ended: what happens to the lease from now on is no matter of the call. */
  end(): void {
    this.#stop();
  }
}

/** What the set of a running call brings: its signal, and its payment where it is paid. */
export function setOptions({ signal, payment }: RunningCall): SetOptions {
  return payment === undefined ? { signal } : { signal, paid: payment.paidSet };
}

function leaseLost(cause: unknown): ProvenderError {
  const text = 'the replica has lost its lease in the state store: the call is not paid, repeat it';
  return new ProvenderError('PROVENDER_UNAVAILABLE', text, { cause });
}
