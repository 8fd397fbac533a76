import { isProvenderError, ProvenderError } from '../../../content/provender-error.ts';
import { priceOf } from '../../../payments/price-schedule.ts';
import { readUint256 } from '../../../payments/uint256.ts';
import type { PaidCall, PayableNode, PaymentTerms } from '../client-payments.ts';

/** Prices change with a restart of the node only; this bounds how long nobody notices that calls cost something now. */
const TERMS_AGE_MS = 60_000;

interface KnownTerms {
  /** `undefined`: the node takes no payments. */
  readonly terms: PaymentTerms | undefined;
  readonly readAt: number;
}

/** What calls cost at the nodes that a payer calls. */
export class PriceBook {
  readonly #known = new WeakMap<PayableNode, KnownTerms>();

  /** Asks the node for its terms, whatever is known. `undefined`: it takes no payments. */
  async refresh(node: PayableNode, leftMs: number): Promise<PaymentTerms | undefined> {
    const terms = await node.terms(leftMs).catch((error: unknown) => {
      if (isProvenderError(error, 'PROVENDER_UNSUPPORTED')) return undefined;
      throw error;
    });
    this.#known.set(node, { terms, readAt: performance.now() });
    return terms;
  }

  /** Terms of the node, at most a minute old. `undefined`: it takes no payments. */
  async terms(node: PayableNode, leftMs: number): Promise<PaymentTerms | undefined> {
    const known = this.#known.get(node);
    const isFresh = known !== undefined && performance.now() - known.readAt < TERMS_AGE_MS;
    return isFresh ? known.terms : await this.refresh(node, leftMs);
  }

  /** Price of a call in the smallest token unit; of a read, the node is asked. @throws ProvenderError as the node does */
  async price(call: PaidCall, node: PayableNode, leftMs: number): Promise<bigint> {
    const terms = await this.terms(node, leftMs);
    if (terms === undefined) return 0n;
    const { method, size } = call;
    const priceOfBytes = (bytes: bigint): bigint => priceOf(terms.schedule, method, bytes);
    if (size.is === 'stored' || size.is === 'at-most') return priceOfBytes(size.bytes);
    const least = priceOfBytes(0n);
    // one byte tells whether size counts at all
    if (size.is === 'fixed' || priceOfBytes(1n) === least) return least;
    return await node.quote(method, size.range, leftMs);
  }
}

/**
 * The price that a node asks for a call of which only the most was known: fewer bytes are there. A higher price than expected is never taken from a
 * refusal.
 * @returns `undefined` when the refusal says no lower price
 */
export function lowerPrice({ size }: PaidCall, refusal: ProvenderError, price: bigint): bigint | undefined {
  // the text is part of the protocol @see payment-channels.md, section 6, step 13
  const [, asked = ''] = / does not equal to price (\d+)$/.exec(refusal.message) ?? [];
  const stated = readUint256(asked);
  return size.is === 'at-most' && stated !== undefined && stated < price ? stated : undefined;
}

/** Refuses a price above what the payer allows. @throws ProvenderError `PROVENDER_UNPAID` */
export function checkPrice({ method }: PaidCall, price: bigint, maxPrice: bigint | undefined): void {
  if (maxPrice === undefined || price <= maxPrice) return;
  throw new ProvenderError(
    'PROVENDER_UNPAID',
    `${method} costs ${price}, you allow ${maxPrice}: nothing was paid; raise --max-price, or ask for less`,
    { details: { price, maxPrice } },
  );
}
