import type { CallPayment } from './call-payment.ts';

/**
 * Gives the messages of an answer, none of them before it is paid.
 * @param opening - messages that are made first: when they could be made, so can the rest
 * @throws what the answer throws, and ProvenderError as the commit of a payment
 */
export async function* paidBeforeSent<T>(
  answers: AsyncIterable<T>,
  opening: number,
  payment: Pick<CallPayment, 'commit'>,
): AsyncGenerator<T, void> {
  const made: T[] = [];
  let isPaid = false;
  for await (const answer of answers) {
    if (isPaid) {
      yield answer;
      continue;
    }
    made.push(answer);
    if (made.length < opening) continue;
    await payment.commit();
    isPaid = true;
    yield* made;
  }
  if (isPaid) return;
  await payment.commit();
  yield* made;
}
