import { randomBytes } from 'node:crypto';
import { parseObjectId } from '../../content/object-id.ts';
import { parseTag } from '../../objects/tag.ts';
import { EvmChainReader } from '../../payments/chain/evm-chain-reader.ts';
import { ChannelPayments } from '../../payments/channel-payments.ts';
import { ChannelStates } from '../../payments/channel-state.ts';
import { ProviderClaims } from '../../payments/claims/provider-claims.ts';
import type { PaidMark, StagedShares } from '../../payments/transaction/payment-transaction.ts';
import type { PaymentServices } from '../../rpc/payment-services.ts';
import type { Shares, StagedShare } from '../../shares/shares.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';
import type { Opened } from '../opened.ts';
import type { NodeConfig } from '../settings.ts';
import { systemClock } from '../system-clock.ts';
import { chainEvents } from './chain-events.ts';
import { claimEvents } from './claim-events.ts';
import { paymentEvents } from './payment-events.ts';
import type { PaymentPlace } from './payment-place.ts';

/** What payments are opened with. */
export interface PaymentContext {
  readonly config: NodeConfig;
  readonly place: PaymentPlace;
  readonly shares: Shares;
  readonly opened: Opened;
  readonly telemetry: Telemetry;
}

/**
 * Opens all that takes payments for calls, behind the object store: what is left staged was decided by then.
 * @throws ProvenderError `PROVENDER_CONFIG` for an endpoint of another chain, other prices under the same version, a replica id in use
 */
export async function openPayments(context: PaymentContext): Promise<PaymentServices> {
  const { config, place, opened, telemetry } = context;
  const { state, keys, terms } = place;
  const replica = config.replicaId;
  const chain = opened.add(await openChain(context), (part) => part.close());
  const policy = { ...terms, expirationThreshold: BigInt(config.paymentsExpirationThreshold) };
  const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
  const calls = opened.add(
    await ChannelPayments.open({
      state,
      keys,
      chain,
      policy,
      schedule: terms.schedule,
      replica,
      lockTtlMs: config.paymentsLockTtlSeconds * 1000,
      staged: stagedShares(context.shares),
      random,
      clock: systemClock,
      events: paymentEvents(telemetry),
    }),
    (part) => part.close(),
  );
  const claims = {
    state,
    keys,
    chain,
    policy,
    random,
    finalityBlocks: config.paymentsFinalityBlocks,
    events: claimEvents(telemetry),
  };
  watchPlace(chain, place, telemetry);
  return {
    calls,
    schedule: terms.schedule,
    replica,
    states: new ChannelStates({ state, keys, chain, policy }),
    control: new ProviderClaims(claims),
    facts: terms,
    chain,
  };
}

async function openChain({ config, place, telemetry }: PaymentContext): Promise<EvmChainReader> {
  const { mpe, evmChainId } = place.terms;
  return await EvmChainReader.open({
    endpoints: config.paymentsRpc ?? [],
    mpe,
    evmChainId,
    maxViewAgeMs: config.paymentsMaxViewAge,
    maxBlockAgeMs: config.paymentsMaxBlockAge,
    confirmations: config.paymentsConfirmations,
    events: chainEvents(telemetry),
  });
}

/** A node that can take no payments takes no work: its callers find another one. */
function watchPlace(chain: EvmChainReader, { state, keys }: PaymentPlace, { health }: Telemetry): void {
  health.addCheck('state store', async () => {
    await state.get(keys.price(0));
  });
  health.addCheck('chain', async () => {
    chain.currentBlock();
    await Promise.resolve();
  });
}

/** What became of paid uploads, told to the storage service. */
function stagedShares(shares: Shares): StagedShares {
  return {
    publish: (mark) => shares.settle(stagedShare(mark), 'publish'),
    drop: (mark) => shares.settle(stagedShare(mark), 'drop'),
  };
}

function stagedShare({ objectId, tag, head, block }: PaidMark): StagedShare {
  return { id: parseObjectId(objectId), tag: parseTag(tag), head, ...(block !== undefined && { block }) };
}
