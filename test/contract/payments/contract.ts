import { behaviourOver, type PaymentHarness } from './harness.ts';
import { commits } from './committing.ts';
import { lives } from './living.ts';
import { lockRequests } from './locking.ts';
import { paidCalls } from './paying.ts';
import { refusals } from './refusing.ts';
import { repeats } from './repeating.ts';
import { restarts } from './restarting.ts';

/** What payments do over any store that replicas share. @see payment-channels.md, section 7 */
export function paymentContract(harness: PaymentHarness): void {
  const behaviour = behaviourOver(harness);
  paidCalls(behaviour);
  lockRequests(behaviour);
  commits(behaviour);
  lives(behaviour);
  restarts(behaviour);
  repeats(behaviour);
  refusals(behaviour, harness.badSignatures);
}
