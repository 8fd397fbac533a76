import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Metadata } from '@grpc/grpc-js';
import { encodePacked, keccak256, toBytes, toHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { ChannelPayments } from '../../src/payments/channel-payments.ts';
import { ChannelStates } from '../../src/payments/channel-state.ts';
import type { Address } from '../../src/payments/address.ts';
import type { ChannelView } from '../../src/payments/chain/chain-reader.ts';
import { ProviderClaims } from '../../src/payments/claims/provider-claims.ts';
import type { PaymentClock } from '../../src/payments/clock.ts';
import type { PaidMark, StagedShares } from '../../src/payments/transaction/payment-transaction.ts';
import { PaymentMarksStore } from '../../src/payments/paid-marks.ts';
import { LevelStore } from '../../src/objects/level/level-store.ts';
import { parseTag } from '../../src/objects/tag.ts';
import type { Shares } from '../../src/shares/shares.ts';
import type { StoredShares } from '../../src/shares/stored-shares.ts';
import { FaultyState } from './faulty-state.ts';
import { openShares } from './open-shares.ts';
import type { PaymentPolicy } from '../../src/payments/validate.ts';
import { Opened } from '../../src/node/opened.ts';
import { parseObjectId } from '../../src/content/object-id.ts';
import { PaymentKeys } from '../../src/payments/payment-keys.ts';
import type { PriceSchedule } from '../../src/payments/price-schedule.ts';
import { type ChannelRecord, decodeChannel } from '../../src/payments/records/channel-record.ts';
import { releaseOldLocks } from '../../src/payments/replica/release-old-locks.ts';
import { LevelStateStore } from '../../src/state/level/level-state-store.ts';
import { FakeChannels } from './fake-channels.ts';
import { PayingClient, payingHeaders } from './paying-client.ts';
import { addressByOpenssl, GROUP, MPE, POLICY, SENDER_KEY, VIEW } from './payment-fixtures.ts';
import { MemoryShares } from './rpc-memory-shares.ts';
import { serveShares } from './rpc-node.ts';
import { openScratch } from './scratch.ts';
import { SCHEDULE, scriptedServices } from './scripted-payments.ts';
import type { ProvenderServer, ServerOptions } from '../../src/rpc/server.ts';

const REPLICA = 9;
/** Key of the payment address. */
export const PROVIDER_KEY = new Uint8Array(32).fill(0x44);
const PROVIDER = addressByOpenssl(PROVIDER_KEY);
/** The channel of the fixtures, to that provider. */
export const CHANNEL: ChannelView = { ...VIEW, recipient: PROVIDER };
const PROVIDER_POLICY: PaymentPolicy = { ...POLICY, paymentAddress: PROVIDER };

/** A node that takes real payments: over a store on disk, for the channel of the fixtures on a chain that a test moves. */
export interface PaidServer<S extends Shares = MemoryShares> extends AsyncDisposable {
  readonly server: ProvenderServer;
  readonly client: PayingClient;
  readonly shares: S;
  readonly chain: FakeChannels;
  /** The way of the payments to the store, which a test may disturb. */
  readonly state: FaultyState;
  readonly keys: PaymentKeys;
  /** The record of the channel. */
  record(): Promise<ChannelRecord | undefined>;
  isLocked(): Promise<boolean>;
}

/** What a test may choose. */
export interface PaidServerOptions {
  readonly schedule?: PriceSchedule;
  readonly limits?: ServerOptions['limits'];
  /** How much faster than ours the time of payments goes. */
  readonly pace?: number;
}

/** Serves shares in memory against payment. */
export function openPaidServer(options: PaidServerOptions = {}): Promise<PaidServer> {
  return openServer(options, async () => new MemoryShares());
}

/** Serves the storage service itself, over an embedded store that asks the payments what became of staged data. */
export function openStoredPaidServer(options: PaidServerOptions = {}): Promise<PaidServer<StoredShares>> {
  return openServer(options, async ({ opened, directory, marks }) => {
    const store = await LevelStore.open({ directory, marks });
    return opened.add(await openShares({ store }), dispose).shares;
  });
}

/** What shares are opened with. */
interface SharesPlace {
  readonly opened: Opened;
  readonly directory: string;
  readonly marks: PaymentMarksStore;
}

/** Opens all of it in the order of a node. */
async function openServer<S extends Shares>(
  { schedule = SCHEDULE, limits = {}, pace = 1 }: PaidServerOptions,
  openTheShares: (place: SharesPlace) => Promise<S>,
): Promise<PaidServer<S>> {
  const opened = new Opened();
  const scratch = opened.add(await openScratch(), dispose);
  const store = opened.add(await LevelStateStore.open({ directory: scratch.at('state') }), dispose);
  const state = new FaultyState(store);
  const keys = new PaymentKeys({ network: 'test', organization: 'my-org', groupId: GROUP, mpe: MPE });
  await releaseOldLocks({ state, keys, replica: REPLICA });
  const marks = new PaymentMarksStore({ state, keys });
  const shares = await openTheShares({ opened, directory: scratch.at('objects'), marks });
  const chain = new FakeChannels();
  chain.put(CHANNEL);
  const place = { state, keys, chain, policy: PROVIDER_POLICY, random };
  const own = {
    schedule,
    replica: REPLICA,
    lockTtlMs: 10_000,
    staged: stagedShares(shares),
    clock: clockOf(pace),
  };
  const payments = opened.add(await ChannelPayments.open({ ...place, ...own }), dispose);
  const services = scriptedServices(payments, {
    schedule,
    chain,
    replica: REPLICA,
    states: new ChannelStates(place),
    control: new ProviderClaims(place),
    facts: {
      organization: 'my-org',
      groupId: GROUP,
      paymentAddress: PROVIDER,
      mpe: MPE,
      evmChainId: 31_337n,
    },
  });
  const { server } = opened.add(await serveShares(shares, { payments: services, limits }), dispose);
  const client = new PayingClient(server.address);
  opened.add(client, async () => client[Symbol.dispose]());
  return {
    server,
    client,
    shares,
    chain,
    state,
    keys,
    record: async () => {
      const record = await state.get(keys.channel(VIEW.channelId));
      return record && decodeChannel(record.value);
    },
    isLocked: async () => (await state.get(keys.lock(VIEW.channelId))) !== undefined,
    [Symbol.asyncDispose]: () => opened.close(),
  };
}

/** A payment as it is signed by another implementation of Ethereum. */
export async function signedHeaders(
  amount: bigint,
  {
    id = VIEW.channelId,
    nonce = VIEW.nonce,
    key = SENDER_KEY,
    mpe = MPE,
  }: { id?: bigint; nonce?: bigint; key?: Uint8Array; mpe?: Address } = {},
): Promise<Metadata> {
  const message = encodePacked(
    ['string', 'address', 'uint256', 'uint256', 'uint256'],
    ['__MPE_claim_message', mpe, id, nonce, amount],
  );
  return payingHeaders({ id, nonce, amount, signature: await signedWithViem(message, key) });
}

/** Signs a message of payment channels, 65 bytes. */
export async function signedWithViem(message: `0x${string}`, key: Uint8Array): Promise<Uint8Array> {
  const account = privateKeyToAccount(toHex(key));
  return toBytes(await account.signMessage({ message: { raw: keccak256(message) } }));
}

function clockOf(pace: number): PaymentClock {
  return {
    now: () => performance.now() * pace,
    unixMs: () => Date.now(),
    sleep: (ms, signal) => wait(ms / pace, undefined, signal && { signal }),
  };
}

function random(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length));
}

async function dispose(part: AsyncDisposable): Promise<void> {
  await part[Symbol.asyncDispose]();
}

function stagedShares(shares: Shares): StagedShares {
  const settle = async (mark: PaidMark, what: 'publish' | 'drop'): Promise<void> => {
    const { objectId, tag, head, block } = mark;
    const id = parseObjectId(objectId);
    await shares.settle({ id, tag: parseTag(tag), head, ...(block !== undefined && { block }) }, what);
  };
  return { publish: (mark) => settle(mark, 'publish'), drop: (mark) => settle(mark, 'drop') };
}
