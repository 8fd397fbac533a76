import type { ChannelView } from '../../src/payments/chain/chain-reader.ts';
import type { Payment } from '../../src/payments/payment.ts';
import { signMessage } from '../../src/payments/signatures.ts';
import { paymentMessage } from '../../src/payments/signed-messages.ts';
import type { FakeChannels } from '../../test/support/fake-channels.ts';
import { MPE, SENDER_KEY, VIEW } from '../../test/support/payment-fixtures.ts';

/** What every call costs. */
export const PRICE = 1n;
/** Far above all that is ever paid. */
const VALUE = 2n ** 64n;

/** Payments of one channel, the next amount each. */
export type ChannelStock = readonly Payment[];

/** Channels with payments that are signed already: signing is the client's work. */
export class PaymentStock {
  readonly #chain: FakeChannels;
  #nextChannel = 1n;

  constructor(chain: FakeChannels) {
    this.#chain = chain;
  }

  /** The next channel has that id. */
  goTo(channelId: bigint): void {
    this.#nextChannel = channelId;
  }

  /** Opens new channels and signs `each` payments on each; the chain has been asked for them already, as in steady state. */
  async make(channels: number, each: number): Promise<readonly ChannelStock[]> {
    const stocks: ChannelStock[] = [];
    for (let i = 0; i < channels; i++) {
      const view = { ...VIEW, channelId: this.#nextChannel++, value: VALUE };
      this.#chain.put(view);
      await this.#chain.read(view.channelId);
      stocks.push(payments(view, each));
    }
    return stocks;
  }
}

function payments({ channelId, nonce }: ChannelView, count: number): ChannelStock {
  return Array.from({ length: count }, (_, i) => {
    const payment = { channelId, nonce, amount: PRICE * BigInt(i + 1) };
    const unsigned = { ...payment, signature: new Uint8Array() };
    return { ...payment, signature: signMessage(paymentMessage(MPE, unsigned), SENDER_KEY) };
  });
}
