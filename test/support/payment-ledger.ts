import { ProvenderError } from '../../src/content/provender-error.ts';
import type { Address } from '../../src/payments/address.ts';
import type { Payment } from '../../src/payments/payment.ts';
import { recoverSigner } from '../../src/payments/signatures.ts';
import { channelStateMessage, paymentMessage } from '../../src/payments/signed-messages.ts';
import { uint256FromBytes } from '../../src/payments/uint256.ts';
import type { ChannelStateReply, ChannelStateRequest } from '../../src/payments/channel-state.ts';
import type { PaidCall, PaymentTransaction } from '../../src/payments/transaction/payment-transaction.ts';
import type { PaidCalls } from '../../src/rpc/payment-services.ts';

/** A payment that was taken. */
export interface Taken {
  readonly method: string;
  readonly nonce: bigint;
  readonly income: bigint;
}

/** Where a test may fail a call: before its payment is taken, and behind that. */
export type LedgerPoint = 'locked' | 'paid';

/** One channel of a provider in memory, as plainly as can be: what a payer may rely on, and no more. @see payment-channels.md, sections 6 to 8 */
export class PaymentLedger implements PaidCalls {
  readonly taken: Taken[] = [];
  readonly refused: string[] = [];
  /** Every call that was asked for, refused ones too. */
  readonly asked: Payment[] = [];
  nonce = 0n;
  amount = 0n;
  signature: Uint8Array | undefined;
  old: { readonly amount: bigint; readonly signature: Uint8Array } | undefined;
  /** A call that the provider owes: it is served again without charge. */
  owed: Uint8Array | undefined;
  isBusy = false;
  states = 0;
  /** Awaited at each point. */
  at: (point: LedgerPoint, call: PaidCall) => Promise<void> = async () => undefined;
  readonly #mpe: Address;
  readonly #payer: Address;

  constructor(mpe: Address, payer: Address) {
    this.#mpe = mpe;
    this.#payer = payer;
  }

  async run<T>(payment: Payment, call: PaidCall, work: (tx: PaymentTransaction) => Promise<T>): Promise<T> {
    this.asked.push(payment);
    if (this.isBusy) throw this.#refusal('PROVENDER_CHANNEL_BUSY', 'another transaction is in progress');
    this.isBusy = true;
    try {
      const income = this.#validate(payment, call);
      await this.at('locked', call);
      let isPaid = false;
      const commit = async (): Promise<void> => {
        isPaid = true;
        this.#take(payment, call, income);
        await this.at('paid', call);
      };
      const tx = transaction(this.#payer, income, commit);
      const answer = await work(tx);
      if (!isPaid) await commit();
      return answer;
    } finally {
      this.isBusy = false;
    }
  }

  async answer({ channelId, signature, currentBlock }: ChannelStateRequest): Promise<ChannelStateReply> {
    this.states++;
    const message = channelStateMessage(this.#mpe, uint256FromBytes(channelId), currentBlock);
    if (recoverSigner(message, signature) !== this.#payer)
      throw new ProvenderError('PROVENDER_UNPAID', 'incorrect signature');
    return {
      currentNonce: this.nonce,
      ...(this.signature && { currentSignedAmount: this.amount, currentSignature: this.signature }),
      ...(this.old && { oldNonceSignedAmount: this.old.amount, oldNonceSignature: this.old.signature }),
    };
  }

  /** The provider takes its money: payments go on with the next nonce. */
  startClaim(): void {
    this.old = this.signature === undefined ? undefined : { amount: this.amount, signature: this.signature };
    this.nonce++;
    this.amount = 0n;
    this.signature = undefined;
  }

  /** Sum of all that was taken on the nonce. */
  sum(nonce = this.nonce): bigint {
    return this.taken.filter((one) => one.nonce === nonce).reduce((sum, { income }) => sum + income, 0n);
  }

  #validate(payment: Payment, { price, request }: PaidCall): bigint {
    if (payment.nonce !== this.nonce)
      throw this.#refusal(
        'PROVENDER_NONCE',
        `incorrect payment channel nonce, latest: ${this.nonce}, sent: ${payment.nonce}`,
      );
    if (recoverSigner(paymentMessage(this.#mpe, payment), payment.signature) !== this.#payer)
      throw this.#refusal('PROVENDER_UNPAID', 'payment is not signed by channel signer/sender');
    const income = payment.amount - this.amount;
    if (income === 0n && this.owed !== undefined && Buffer.compare(this.owed, request) === 0) return 0n;
    if (income !== price)
      throw this.#refusal('PROVENDER_UNPAID', `income ${income} does not equal to price ${price}`);
    return income;
  }

  #take({ amount, signature, nonce }: Payment, { method }: PaidCall, income: bigint): void {
    this.owed = undefined;
    this.amount = amount;
    this.signature = signature;
    this.taken.push({ method, nonce, income });
  }

  #refusal(
    code: 'PROVENDER_CHANNEL_BUSY' | 'PROVENDER_NONCE' | 'PROVENDER_UNPAID',
    text: string,
  ): ProvenderError {
    this.refused.push(text);
    return new ProvenderError(code, text);
  }
}

function transaction(sender: Address, income: bigint, commit: () => Promise<void>): PaymentTransaction {
  const nothing = async (): Promise<void> => undefined;
  return {
    op: new Uint8Array(16).fill(7),
    sender,
    income,
    signal: new AbortController().signal,
    commit,
    published: nothing,
    failed: nothing,
    rollback: nothing,
  };
}
