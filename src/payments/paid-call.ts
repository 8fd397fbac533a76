import { isProvenderError } from '../content/provender-error.ts';
import type { Payment } from './payment.ts';
import type { PaidCall, PaymentGate, PaymentTransaction } from './transaction/payment-transaction.ts';

/** A call that is to be paid. */
export interface RunPaid<T> {
  readonly payment: Payment;
  readonly call: PaidCall;
  /** Does the work; what it gives has not left the node. It may commit by itself, when it has something to publish behind the payment. */
  readonly work: (tx: PaymentTransaction) => Promise<T>;
}

/**
 * Takes the payment of a call: start, work, commit unless the work has committed, then the answer. What fails before the commit is rolled back; a
 * fault of the server behind it lets the identical payment be repeated without charge, a cancel by the client does not.
 *
 * @throws ProvenderError as `PaymentGate.start` and `PaymentTransaction.commit`, and what `work` throws
 * @see payment-channels.md, section 7
 */
export async function runPaid<T>(gate: PaymentGate, { payment, call, work }: RunPaid<T>): Promise<T> {
  const tx = await gate.start(payment, call);
  let answer: T;
  try {
    answer = await work(tx);
  } catch (error) {
    await (isByClient(error, call) ? tx.rollback() : tx.failed());
    throw error;
  }
  await tx.commit();
  await tx.published();
  return answer;
}

/** The caller has left, has run out of time or does not read on. A node that shuts down ends calls by their signal too, and that is its own doing. */
function isByClient(error: unknown, { signal }: PaidCall): boolean {
  const reason: unknown = signal?.aborted === true ? signal.reason : error;
  return isProvenderError(reason, 'PROVENDER_CANCELLED') || isProvenderError(reason, 'PROVENDER_TIMEOUT');
}
