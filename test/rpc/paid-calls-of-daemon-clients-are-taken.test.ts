import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { concat, encodePacked, numberToHex, stringToHex } from 'viem';
import { CHANNEL, openPaidServer, PROVIDER_KEY, signedWithViem } from '../support/paid-server.ts';
import { MPE, SENDER_KEY } from '../support/payment-fixtures.ts';
import { openScratch } from '../support/scratch.ts';

/*
 * Clients as they are written for the SingularityNET daemon: with its messages, its headers and its signatures, made of nothing of this tree but
 * the .proto file of the service that is paid for.
 */

/** Messages and services of the daemon, as its clients have them. */
const DAEMON_PROTO = `
syntax = "proto3";
package escrow;
service PaymentChannelStateService { rpc GetChannelState(ChannelStateRequest) returns (ChannelStateReply) {} }
message ChannelStateRequest { bytes channel_id = 1; bytes signature = 2; uint64 current_block = 3; }
message ChannelStateReply {
  bytes current_nonce = 1; bytes current_signed_amount = 2; bytes current_signature = 3;
  bytes old_nonce_signed_amount = 4; bytes old_nonce_signature = 5;
  uint64 planned_amount = 6; uint64 used_amount = 7;
}
service ProviderControlService {
  rpc GetListUnclaimed(GetPaymentsListRequest) returns (PaymentsListReply) {}
  rpc GetListInProgress(GetPaymentsListRequest) returns (PaymentsListReply) {}
  rpc StartClaim(StartClaimRequest) returns (PaymentReply) {}
  rpc StartClaimForMultipleChannels(StartMultipleClaimRequest) returns (PaymentsListReply) {}
}
message GetPaymentsListRequest { string mpe_address = 1; uint64 current_block = 2; bytes signature = 3; }
message StartClaimRequest { string mpe_address = 1; bytes channel_id = 2; bytes signature = 3; }
message StartMultipleClaimRequest {
  string mpe_address = 1; repeated uint64 channel_ids = 2; uint64 current_block = 3; bytes signature = 4;
}
message PaymentReply {
  bytes channel_id = 1; bytes channel_nonce = 2; bytes signed_amount = 3; bytes signature = 4; bytes channel_expiry = 5;
}
message PaymentsListReply { repeated PaymentReply payments = 1; }
`;
const SERVICE_PROTO = fileURLToPath(new URL('../../proto/provender/v1/share_service.proto', import.meta.url));
const PROTO_ROOT = fileURLToPath(new URL('../../proto', import.meta.url));
const BLOCK = 500n;

/** A message of unknown form, as proto-loader gives it. */
type Loose = Record<string, unknown>;
interface Answered {
  readonly answer: Loose | undefined;
  readonly error: grpc.ServiceError | null;
  readonly trailers: grpc.Metadata;
}

/** A client of one service, by method. */
type Stub = (method: string, request: Loose, headers?: grpc.Metadata) => Promise<Answered>;

/** Makes a stub as `grpc.loadPackageDefinition` gives it to every client of grpc-js. */
function stubOf(file: string, service: readonly string[], address: string): Stub & { close(): void } {
  const definition = loadSync(file, { keepCase: true, longs: String, includeDirs: [PROTO_ROOT] });
  const found = service.reduce<unknown>(
    (at, name) => Reflect.get(Object(at), name),
    grpc.loadPackageDefinition(definition),
  );
  if (typeof found !== 'function') throw new Error(`no service ${service.join('.')}`);
  const client: unknown = Reflect.construct(found, [address, grpc.credentials.createInsecure()]);
  const call: Stub = (method, request, headers = new grpc.Metadata()) =>
    new Promise((resolve) => {
      let trailers = new grpc.Metadata();
      const done = (error: grpc.ServiceError | null, answer?: Loose): void =>
        void setImmediate(() => resolve({ answer, error, trailers }));
      const invoke: unknown = Reflect.get(Object(client), method);
      if (typeof invoke !== 'function') throw new Error(`no method ${method}`);
      const running: unknown = Reflect.apply(invoke, client, [request, headers, done]);
      if (running instanceof Object && 'on' in running && typeof running.on === 'function')
        running.on('status', (status: grpc.StatusObject) => void (trailers = status.metadata));
    });
  const close = (): void => void (client instanceof grpc.Client && client.close());
  return Object.assign(call, { close });
}

/** A node, and stubs of the three services that a client and its provider call. */
async function openDaemonClients() {
  const paid = await openPaidServer();
  const scratch = await openScratch();
  await writeFile(scratch.at('daemon.proto'), DAEMON_PROTO);
  const { address } = paid.server;
  const shares = stubOf(SERVICE_PROTO, ['provender', 'v1', 'ShareService'], address);
  const states = stubOf(scratch.at('daemon.proto'), ['escrow', 'PaymentChannelStateService'], address);
  const control = stubOf(scratch.at('daemon.proto'), ['escrow', 'ProviderControlService'], address);
  const dispose = async (): Promise<void> => {
    for (const stub of [shares, states, control]) stub.close();
    await paid[Symbol.asyncDispose]();
    await scratch[Symbol.asyncDispose]();
  };
  return { paid, shares, states, control, [Symbol.asyncDispose]: dispose };
}

const u256 = (value: bigint): `0x${string}` => numberToHex(value, { size: 32 });
const bytesOf = (value: bigint): Buffer => Buffer.from(u256(value).slice(2), 'hex');

/** Headers of a payment, with those that daemon clients send besides. */
async function payment(amount: bigint, nonce = CHANNEL.nonce): Promise<grpc.Metadata> {
  const message = encodePacked(
    ['string', 'address', 'uint256', 'uint256', 'uint256'],
    ['__MPE_claim_message', MPE, CHANNEL.channelId, nonce, amount],
  );
  const headers = new grpc.Metadata();
  headers.add('snet-payment-type', 'escrow');
  headers.add('snet-payment-channel-id', `${CHANNEL.channelId}`);
  headers.add('snet-payment-channel-nonce', `${nonce}`);
  headers.add('snet-payment-channel-amount', `${amount}`);
  headers.add('snet-payment-mpe-address', '0x1111111111111111111111111111111111111111');
  headers.add('snet-payment-channel-signature-bin', Buffer.from(await signedWithViem(message, SENDER_KEY)));
  return headers;
}

async function signed(prefix: string, words: readonly bigint[], key: Uint8Array): Promise<Buffer> {
  const message = concat([stringToHex(prefix), MPE, ...words.map(u256)]);
  return Buffer.from(await signedWithViem(message, key));
}

test('a client of the daemon pays, loses count, and asks for the state of its channel', async () => {
  await using clients = await openDaemonClients();
  const { shares, states } = clients;
  const data = randomBytes(1500);
  assert.equal((await shares('SetShare', { data }, await payment(5n))).error, null);
  const state = async (key: Uint8Array, block = BLOCK) =>
    await states('GetChannelState', {
      channel_id: bytesOf(CHANNEL.channelId),
      signature: await signed('__get_channel_state', [CHANNEL.channelId, block], key),
      current_block: `${block}`,
    });
  const { answer } = await state(SENDER_KEY);
  const [lastSignature] = (await payment(5n)).get('snet-payment-channel-signature-bin');
  assert.deepEqual(answer, {
    current_nonce: bytesOf(5n),
    current_signed_amount: bytesOf(5n),
    current_signature: lastSignature,
  });
  const stranger = await state(new Uint8Array(32).fill(0x66));
  assert.equal(stranger.error?.code, grpc.status.UNAUTHENTICATED);
  assert.equal(stranger.error?.details, 'only channel signer/sender/receiver can get latest channel state');
  const late = await state(SENDER_KEY, BLOCK - 6n);
  assert.equal(late.error?.details, 'authentication failed as the signature passed has expired');
  const wrong = await shares('SetShare', { data }, await payment(10n, 4n));
  assert.equal(wrong.error?.code, 1000);
  assert.equal(wrong.error?.details, 'incorrect payment channel nonce, latest: 5, sent: 4');
  assert.equal((await shares('SetShare', { data }, await payment(10n))).error, null);
});

test('a provider with the tools of the daemon lists, claims, and is paid on the next nonce meanwhile', async () => {
  await using clients = await openDaemonClients();
  const { shares, states, control, paid } = clients;
  const data = randomBytes(100);
  await shares('SetShare', { data }, await payment(3n));
  const listed = async (method: string, prefix: string) =>
    await control(method, {
      mpe_address: MPE.toUpperCase().replace('0X', '0x'),
      current_block: `${BLOCK}`,
      signature: await signed(prefix, [BLOCK], PROVIDER_KEY),
    });
  const owed = {
    channel_id: bytesOf(CHANNEL.channelId),
    channel_nonce: bytesOf(5n),
    signed_amount: bytesOf(3n),
    channel_expiry: bytesOf(CHANNEL.expiration),
  };
  assert.deepEqual((await listed('GetListUnclaimed', '__list_unclaimed')).answer, { payments: [owed] });
  assert.deepEqual((await listed('GetListInProgress', '__list_in_progress')).answer, {});
  const started = await control('StartClaim', {
    mpe_address: MPE,
    channel_id: bytesOf(CHANNEL.channelId),
    signature: await signed('__start_claim', [CHANNEL.channelId, 5n], PROVIDER_KEY),
  });
  const [signature] = (await payment(3n)).get('snet-payment-channel-signature-bin');
  assert.deepEqual(started.answer, { ...owed, signature });
  assert.deepEqual((await listed('GetListInProgress', '__list_in_progress')).answer, {
    payments: [{ ...owed, signature }],
  });
  // the claim is pending on the chain: the client goes on with the next nonce at once
  assert.equal((await shares('SetShare', { data: randomBytes(9) }, await payment(3n, 6n))).error, null);
  const state = await states('GetChannelState', {
    channel_id: bytesOf(CHANNEL.channelId),
    signature: await signed('__get_channel_state', [CHANNEL.channelId, BLOCK], SENDER_KEY),
    current_block: `${BLOCK}`,
  });
  const [second] = (await payment(3n, 6n)).get('snet-payment-channel-signature-bin');
  assert.deepEqual(state.answer, {
    current_nonce: bytesOf(6n),
    current_signed_amount: bytesOf(3n),
    current_signature: second,
    old_nonce_signed_amount: bytesOf(3n),
    old_nonce_signature: signature,
  });
  assert.equal((await paid.record())?.nonce, 6n);
});

test('claims of several channels that stop in the middle are answered, with the reason behind them', async () => {
  await using clients = await openDaemonClients();
  const { shares, control } = clients;
  await shares('SetShare', { data: randomBytes(100) }, await payment(3n));
  const many = async (channelIds: readonly bigint[]) => {
    const ascending = channelIds.toSorted((a, b) => (a < b ? -1 : 1));
    return await control('StartClaimForMultipleChannels', {
      mpe_address: MPE,
      channel_ids: channelIds.map(String),
      current_block: `${BLOCK}`,
      signature: await signed('__StartClaimForMultipleChannels_', [...ascending, BLOCK], PROVIDER_KEY),
    });
  };
  const partly = await many([42n, 7n]);
  assert.equal(partly.error, null);
  assert.equal(Object(partly.answer).payments.length, 1);
  assert.deepEqual(partly.trailers.get('provender-claim-error'), [
    'channel Id 7 was not found on blockchain or storage',
  ]);
  const none = await many([7n]);
  assert.equal(none.error?.code, grpc.status.NOT_FOUND);
  assert.equal(none.error?.details, 'channel Id 7 was not found on blockchain or storage');
  const tooMany = await many(Array.from({ length: 1025 }, (_, i) => BigInt(i)));
  assert.equal(tooMany.error?.code, grpc.status.INVALID_ARGUMENT);
});
