import { test } from 'node:test';
import { PaymentWorld, type SharedStore } from '../../support/payment-world.ts';

/** A kind of store that payments are tested over. */
export interface PaymentHarness {
  readonly name: string;
  /** Calls with bad signatures that are tried; each reads the store. */
  readonly badSignatures: number;
  /** A store, or a corner of one, that shares nothing with other tests. */
  open(): Promise<SharedStore>;
}

/** Declares a test over a world of its own. */
export type Behaviour = (what: string, run: (world: PaymentWorld) => Promise<void>) => void;

/** How tests over a harness are declared. */
export function behaviourOver(harness: PaymentHarness): Behaviour {
  return (what, run) => {
    test(`${harness.name}: ${what}`, { timeout: 120_000 }, async () => {
      await using world = await PaymentWorld.open(await harness.open());
      await run(world);
    });
  };
}
