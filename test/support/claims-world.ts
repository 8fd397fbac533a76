import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { ChannelStates } from '../../src/payments/channel-state.ts';
import { EvmChainReader } from '../../src/payments/chain/evm-chain-reader.ts';
import type { ClaimEvents } from '../../src/payments/claims/claim-events.ts';
import type { ClaimablePayment } from '../../src/payments/claims/claimable-payment.ts';
import { ProviderClaims, type StartedClaims } from '../../src/payments/claims/provider-claims.ts';
import { EvmClaimSender } from '../../src/payments/claims/settle/evm-claim-sender.ts';
import {
  settleClaims,
  type Settlement,
  type SettleOptions,
} from '../../src/payments/claims/settle/settle-claims.ts';
import { readEnded, readHeldChannel } from '../../src/payments/held-records.ts';
import { PaymentKeys } from '../../src/payments/payment-keys.ts';
import { encodeChannel } from '../../src/payments/records/channel-record.ts';
import { signMessage } from '../../src/payments/signatures.ts';
import {
  channelStateMessage,
  listInProgressMessage,
  listUnclaimedMessage,
  paymentMessage,
  startClaimMessage,
  startClaimsMessage,
} from '../../src/payments/signed-messages.ts';
import type { ChannelStateReply } from '../../src/payments/channel-state.ts';
import { uint256Bytes } from '../../src/payments/uint256.ts';
import { type PaymentPolicy, validatePayment } from '../../src/payments/validate.ts';
import { LevelStateStore } from '../../src/state/level/level-state-store.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import type { Evm } from './evm.ts';
import { openScratch } from './scratch.ts';
import { until } from './until.ts';

/** What a test of provider claims happens in: a real chain, a state store, and the provider's side of both. */
export class ClaimsWorld implements AsyncDisposable {
  readonly evm: Evm;
  readonly state: StateStore;
  readonly chain: EvmChainReader;
  readonly keys: PaymentKeys;
  readonly policy: PaymentPolicy;
  readonly claims: ProviderClaims;
  readonly states: ChannelStates;
  /** What the claims told, one line each. */
  readonly told: string[] = [];
  readonly #close: () => Promise<void>;

  private constructor(
    evm: Evm,
    parts: { state: StateStore; chain: EvmChainReader; close: () => Promise<void> },
  ) {
    const { state, chain, close } = parts;
    const { groupId, escrow, provider } = evm;
    const { mpe } = escrow;
    this.evm = evm;
    this.state = state;
    this.chain = chain;
    this.#close = close;
    this.keys = new PaymentKeys({ network: 'local', organization: 'org', groupId, mpe });
    this.policy = { mpe, paymentAddress: provider.address, groupId, expirationThreshold: 10n };
    this.claims = this.#open();
    this.states = new ChannelStates({ state, keys: this.keys, chain, policy: this.policy });
  }

  /** @param wrap - puts something between the claims and the store */
  static async open(
    evm: Evm,
    wrap: (state: StateStore) => StateStore = (state) => state,
  ): Promise<ClaimsWorld> {
    const scratch = await openScratch();
    const level = await LevelStateStore.open({ directory: scratch.at('state') });
    const { mpe, evmChainId } = evm.escrow;
    const chain = await EvmChainReader.open({ endpoints: [evm.url], mpe, evmChainId, pollMs: 20 });
    const close = async (): Promise<void> => {
      await chain.close();
      await level.close();
      await scratch[Symbol.asyncDispose]();
    };
    return new ClaimsWorld(evm, { state: wrap(level), chain, close });
  }

  /** Signs a payment and stores it as a commit does, if all checks let it pass. @param income - what it adds */
  async pay(channelId: bigint, income: bigint): Promise<bigint> {
    const { policy, keys, state } = this;
    const held = await readHeldChannel(this, channelId);
    const ended = await readEnded(this, channelId);
    const view = await this.chain.read(channelId);
    const { stored, claim } = held;
    const before = stored !== undefined && stored.nonce >= (view?.nonce ?? 0n) ? stored : undefined;
    const [nonce, amount] = [before?.nonce ?? view?.nonce ?? 0n, (before?.authorizedAmount ?? 0n) + income];
    const payment = { channelId, nonce, amount, signature: this.sign({ channelId, nonce, amount }) };
    const request = new Uint8Array(32);
    const signer = this.evm.client.address;
    const currentBlock = (): bigint => this.chain.currentBlock();
    const facts = {
      payment,
      signer,
      policy,
      price: income,
      request,
      stored,
      claim,
      ended,
      view,
      currentBlock,
    };
    const validation = validatePayment(facts);
    if (!validation.ok) throw validation.error;
    const { sender, signer: channelSigner, recipient, groupId, expiration } = validation.merged;
    const record = encodeChannel({
      channelId,
      nonce,
      sender,
      signer: channelSigner,
      recipient,
      groupId,
      fullAmount: view?.value ?? 0n,
      expiration,
      authorizedAmount: amount,
      ...(amount === 0n ? {} : { signature: payment.signature }),
      op: new Uint8Array(randomBytes(16)),
      by: 1,
      schedule: 1,
      request,
      repeat: false,
    });
    const key = keys.channel(channelId);
    const compare = [{ key, modRevision: held.channel?.modRevision ?? 0n }];
    const { succeeded } = await state.txn({ compare, then: [{ put: key, value: record }] });
    assert.ok(succeeded);
    return amount;
  }

  /** The signature of the client under a payment. */
  sign(payment: { channelId: bigint; nonce: bigint; amount: bigint }): Uint8Array {
    return signMessage(paymentMessage(this.policy.mpe, payment), this.evm.client.privateKey);
  }

  /** What the provider signs. */
  signed(message: Uint8Array): Uint8Array {
    return signMessage(message, this.evm.provider.privateKey);
  }

  unclaimed(currentBlock = this.chain.currentBlock()): Promise<readonly ClaimablePayment[]> {
    const { mpe: mpeAddress } = this.policy;
    const signature = this.signed(listUnclaimedMessage(mpeAddress, currentBlock));
    return this.claims.listUnclaimed({ mpeAddress, currentBlock, signature });
  }

  inProgress(currentBlock = this.chain.currentBlock()): Promise<readonly ClaimablePayment[]> {
    const { mpe: mpeAddress } = this.policy;
    const signature = this.signed(listInProgressMessage(mpeAddress, currentBlock));
    return this.claims.listInProgress({ mpeAddress, currentBlock, signature });
  }

  start(channelId: bigint, nonce: bigint): Promise<ClaimablePayment> {
    const { mpe: mpeAddress } = this.policy;
    const signature = this.signed(startClaimMessage(mpeAddress, channelId, nonce));
    return this.claims.start({ mpeAddress, channelId: uint256Bytes(channelId), signature });
  }

  startMany(channelIds: readonly bigint[], currentBlock = this.chain.currentBlock()): Promise<StartedClaims> {
    const { mpe: mpeAddress } = this.policy;
    const ids = [...new Set(channelIds)].toSorted((a, b) => (a < b ? -1 : 1));
    const signature = this.signed(startClaimsMessage(mpeAddress, ids, currentBlock));
    return this.claims.startMany({ mpeAddress, channelIds, currentBlock, signature });
  }

  /** Sends claims with the provider's key. */
  async settle(
    claims: readonly ClaimablePayment[],
    options: Partial<SettleOptions> = {},
  ): Promise<Settlement[]> {
    const sender = await this.sender();
    const settlements: Settlement[] = [];
    for await (const one of settleClaims({ claims, chain: this.chain, sender, ...options }))
      settlements.push(one);
    return settlements;
  }

  sender(privateKey = this.evm.provider.privateKey): Promise<EvmClaimSender> {
    const { mpe, evmChainId } = this.evm.escrow;
    return EvmClaimSender.open({ endpoint: this.evm.url, mpe, evmChainId, privateKey, pollMs: 20 });
  }

  /** The state of a channel, as its client asks for it. */
  channelState(channelId: bigint, currentBlock = this.chain.currentBlock()): Promise<ChannelStateReply> {
    const message = channelStateMessage(this.policy.mpe, channelId, currentBlock);
    const signature = signMessage(message, this.evm.client.privateKey);
    return this.states.answer({ channelId: uint256Bytes(channelId), signature, currentBlock });
  }

  /** Waits until the reader has seen the latest block. */
  async caughtUp(): Promise<void> {
    const block = await this.evm.calls.blockNumber();
    await until(`block ${block} is seen`, () => this.chain.currentBlock() >= block);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  #open(): ProviderClaims {
    const { state, keys, chain, policy } = this;
    const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
    return new ProviderClaims({ state, keys, chain, policy, random, events: this.#events() });
  }

  #events(): ClaimEvents {
    const tell = (text: string): void => void this.told.push(text);
    return {
      started: ({ channelId, nonce, amount }) => tell(`started ${channelId}/${nonce} ${amount}`),
      ended: ({ channelId, nonce, ending }) => tell(`ended ${channelId}/${nonce} ${ending.is}`),
      alarm: ({ channelId, nonce, amount, claimed, reason }) =>
        tell(`alarm ${channelId}/${nonce} ${reason}: ${claimed} of ${amount}`),
      reopened: ({ channelId, nonce }) => tell(`reopened ${channelId}/${nonce}`),
      channelFailed: ({ channelId, error }) =>
        tell(`failed ${channelId} ${error instanceof Error ? error.message : String(error)}`),
    };
  }
}
