import type { StateStore } from '../../state/state-store.ts';
import type { ChainReader } from '../chain/chain-reader.ts';
import type { PaymentClock } from '../clock.ts';
import type { PaymentEvents } from '../payment-events.ts';
import type { PaymentKeys } from '../payment-keys.ts';
import type { Background } from '../replica/background.ts';
import type { Operations } from '../replica/operations.ts';
import type { Reaper } from '../replica/reaper.ts';
import type { PaymentPolicy } from '../validate.ts';
import type { PaidUploads } from './paid-uploads.ts';

/** What every transaction of a replica works with. */
export interface PaymentParts {
  readonly state: StateStore;
  readonly keys: PaymentKeys;
  readonly chain: ChainReader;
  readonly policy: PaymentPolicy;
  /** Version of the price schedule. */
  readonly schedule: number;
  readonly replica: number;
  readonly uploads: PaidUploads;
  readonly operations: Operations;
  readonly reaper: Reaper;
  readonly background: Background;
  readonly clock: PaymentClock;
  readonly events: PaymentEvents;
}

/** Time after which a request of a payment is given up as unclear. */
export const DECIDE_MS = 5000;
/** Before an unclear request is looked into again. */
export const AGAIN_MS = 50;
