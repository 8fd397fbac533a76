import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import { paidRecord } from '../paid-record.ts';
import type { Payment } from '../payment.ts';
import { RANDOM_ID_SIZE } from '../payment-keys.ts';
import { REFUSALS, type Refusal } from '../refusals.ts';
import type { Life } from '../replica/life.ts';
import type { Replica } from '../replica/replica.ts';
import { paymentSigner, signerRefusal } from '../validate.ts';
import { type ChannelLock, takeLock } from './channel-lock.ts';
import { claimable } from './claimable.ts';
import { type ChainLook, lookAtChain } from './look-at-chain.ts';
import type { PaidCall } from './payment-transaction.ts';
import type { PaymentParts } from './payment-parts.ts';
import { StartedPayment } from './started-payment.ts';
import { type Question, validateHeld } from './validate-held.ts';

/** What a payment is started with. */
export interface StartParts extends PaymentParts {
  readonly living: Replica;
  /** Random bytes. */
  readonly random: (length: number) => Uint8Array;
}

/**
 * Locks the channel of a payment and validates it. A signature that does not fit is found before anything is written.
 * @throws ProvenderError as payment-channels.md, section 6 says
 */
export async function startPayment(
  parts: StartParts,
  sent: Payment,
  call: PaidCall,
): Promise<StartedPayment> {
  assertWanted(call);
  const { channelId } = sent;
  const { life } = parts.living;
  if (parts.operations.isBusy(channelId)) throw told(parts, sent, call, REFUSALS.busy.refuse(channelId));
  const payment = { ...sent, signature: claimable(sent.signature) };
  const look = await lookAtChain(parts.chain, channelId, call.signal);
  const signer = 'step' in look ? undefined : paymentSigner(parts.policy, payment);
  const asked = { payment, call, signer };
  const early = earlyRefusal(parts, asked, look);
  if (early !== undefined)
    throw told(parts, payment, call, await firstRefusal(parts, asked, { look, early }));
  assertWanted(call);
  const op = parts.random(RANDOM_ID_SIZE);
  const lock = await lockFor(parts, asked, { op, life });
  return withLock(parts, { ...asked, held: lock.held }, { lock, look, op });
}

/** Step 2. */
async function lockFor(
  parts: StartParts,
  { payment, call }: Asked,
  { op, life }: { readonly op: Uint8Array; readonly life: Life },
): Promise<ChannelLock> {
  const { channelId } = payment;
  try {
    return await takeLock(parts, { channelId, op, method: call.method, life });
  } catch (error) {
    if (!isProvenderError(error)) throw error;
    throw told(parts, payment, call, { step: REFUSALS.busy.step, error });
  }
}

type Asked = Omit<Question, 'held'>;

/** What fails whatever the store holds. */
function earlyRefusal(
  { policy }: PaymentParts,
  { payment, signer }: Asked,
  look: ChainLook | Refusal,
): Refusal | undefined {
  if ('step' in look) return look;
  if (look.view === undefined) return REFUSALS.absent.refuse(payment.channelId);
  return signerRefusal(signer, look.view, policy);
}

/** The first step that fails, found with reads only. */
async function firstRefusal(
  parts: StartParts,
  asked: Asked,
  { look, early }: { readonly look: ChainLook | Refusal; readonly early: Refusal },
): Promise<Refusal> {
  const { state, keys } = parts;
  const { channelId } = asked.payment;
  try {
    const gets = [keys.lock(channelId), keys.channel(channelId), keys.claim(channelId)];
    const { records } = await state.txn({ then: gets.map((get) => ({ get })) });
    const [lock, channel, claim] = records;
    if (lock !== undefined) return REFUSALS.busy.refuse(channelId);
    // what is cached is enough to say why a payment that cannot pass is refused
    const settled = 'step' in look ? look : { ...look, isCached: false };
    const validated = await validateHeld(parts, { ...asked, held: { channel, claim } }, settled);
    return validated.ok ? early : validated;
  } catch (error) {
    return REFUSALS.noLock.because(error, channelId);
  }
}

async function withLock(
  parts: StartParts,
  question: Question,
  {
    lock,
    look,
    op,
  }: { readonly lock: ChannelLock; readonly look: ChainLook | Refusal; readonly op: Uint8Array },
): Promise<StartedPayment> {
  const { payment, call } = question;
  try {
    const validated = await validateHeld(parts, question, look);
    if (!validated.ok) throw told(parts, payment, call, validated);
    assertWanted(call);
    const { merged, income } = validated;
    const { replica: by, schedule } = parts;
    const record = paidRecord(merged, payment, { op, by, schedule, request: call.request });
    return new StartedPayment(parts, { lock, method: call.method, income, merged, record });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Reports a refusal; gives what the caller gets. */
function told({ events }: PaymentParts, payment: Payment, call: PaidCall, refusal: Refusal): ProvenderError {
  events.refused?.({ channelId: payment.channelId, method: call.method, step: refusal.step });
  return refusal.error;
}

function assertWanted({ signal }: PaidCall): void {
  if (signal?.aborted === true)
    throw new ProvenderError('PROVENDER_CANCELLED', 'call cancelled before it was paid', {
      cause: signal.reason,
    });
}
