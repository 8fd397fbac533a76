import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { CallChain } from '../../src/rpc/call-chain.ts';
import { SHARE_GRANTS, SHARE_METHODS } from '../../src/rpc/methods.ts';
import { PaymentStep } from '../../src/rpc/payment-step.ts';
import { ServiceHost } from '../../src/rpc/service-host.ts';
import { Health } from '../../src/telemetry/health.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { CHANNEL, openPaidServer, type PaidServer, signedHeaders } from '../support/paid-server.ts';
import { PayingClient, payingHeaders } from '../support/paying-client.ts';
import { GROUP, STRANGER_KEY } from '../support/payment-fixtures.ts';
import { openPaidNode, ScriptedPayments, scriptedServices, SENDER } from '../support/scripted-payments.ts';

const ID = 'snet-payment-channel-id';
const NONCE = 'snet-payment-channel-nonce';
const AMOUNT = 'snet-payment-channel-amount';
const SIGNATURE = 'snet-payment-channel-signature-bin';
const TYPE = 'snet-payment-type';

let paid: PaidServer;
let objectId: Buffer;

before(async () => {
  paid = await openPaidServer();
  objectId = Buffer.from((await paid.shares.setShare(randomBytes(1024))).stat.id);
});
after(() => paid[Symbol.asyncDispose]());

/** Asks for the chunk, which costs 5, and gives code and text of the refusal. */
async function refusal(headers: Metadata): Promise<readonly [number | undefined, string | undefined]> {
  const { error } = await paid.client.unary(SHARE_METHODS.getShare, { objectId }, headers);
  return [error?.code, error?.details];
}

/** Headers of a payment with some of them changed; `undefined` takes one away. */
async function changed(changes: Record<string, string | readonly string[] | undefined>): Promise<Metadata> {
  const headers = await signedHeaders(5n);
  for (const [name, values] of Object.entries(changes)) {
    headers.remove(name);
    for (const value of values === undefined ? [] : [values].flat()) headers.add(name, value);
  }
  return headers;
}

test('headers that are missing, repeated or malformed are refused with the texts that clients know', async () => {
  const { revision } = await paid.state.txn({});
  const cases: readonly (readonly [Parameters<typeof changed>[0], string])[] = [
    [{ [TYPE]: 'free-call' }, `unexpected "${TYPE}", value: "free-call"`],
    [{ [TYPE]: 'prepaid-call' }, `unexpected "${TYPE}", value: "prepaid-call"`],
    [{ [TYPE]: '' }, `unexpected "${TYPE}", value: ""`],
    [{ [TYPE]: ['escrow', 'escrow'] }, `too many values for key "${TYPE}": [escrow escrow]`],
    [{ [ID]: undefined }, `missing "${ID}"`],
    [{ [NONCE]: undefined }, `missing "${NONCE}"`],
    [{ [AMOUNT]: undefined }, `missing "${AMOUNT}"`],
    [{ [SIGNATURE]: undefined }, `missing "${SIGNATURE}"`],
    [{ [ID]: ['42', '43'] }, `too many values for key "${ID}": [42 43]`],
    [{ [NONCE]: ['5', '5'] }, `too many values for key "${NONCE}": [5 5]`],
    [{ [AMOUNT]: ['1', '2', '3'] }, `too many values for key "${AMOUNT}": [1 2 3]`],
    [
      { [SIGNATURE]: undefined, 'snet-payment-channel-signature': '0x00' },
      'incorrect binary key name "snet-payment-channel-signature"',
    ],
  ];
  for (const [changes, text] of cases)
    assert.deepEqual(await refusal(await changed(changes)), [status.INVALID_ARGUMENT, text]);
  const twice = await changed({});
  twice.add(SIGNATURE, Buffer.from([1, 2]));
  const [code, text] = await refusal(twice);
  assert.equal(code, status.INVALID_ARGUMENT);
  assert.match(text ?? '', new RegExp(`^too many values for key "${SIGNATURE}": \\[`));
  assert.deepEqual(await refusal(new Metadata()), [status.INVALID_ARGUMENT, `missing "${ID}"`]);
  assert.equal((await paid.state.txn({})).revision, revision, 'nothing was written');
});

// payment-channels.md, section 14, (1) and (2)
test('numbers in any other form than decimal below 2^256 are refused', async () => {
  const wrong = [
    '0x2a',
    '052',
    '4_2',
    '+42',
    '-42',
    '1e2',
    '4 2',
    '',
    `${2n ** 256n}`,
    `${42n + 2n ** 256n}`,
    `${7n * 2n ** 256n}`,
  ];
  for (const header of [ID, NONCE, AMOUNT])
    for (const value of wrong)
      assert.deepEqual(await refusal(await changed({ [header]: value })), [
        status.INVALID_ARGUMENT,
        `incorrect format "${header}": "${value}"`,
      ]);
  // HTTP/2 has no values with spaces around them: such a header does not arrive
  for (const value of [' 42', '42 '])
    assert.deepEqual(await refusal(await changed({ [ID]: value })), [
      status.INVALID_ARGUMENT,
      `missing "${ID}"`,
    ]);
  const long = '9'.repeat(4000);
  const [code, text] = await refusal(await changed({ [AMOUNT]: long }));
  assert.equal(code, status.INVALID_ARGUMENT);
  assert.match(text ?? '', new RegExp(`^incorrect format "${AMOUNT}": "9{100}\\.\\.\\."$`));
});

test('a payment that does not fit its channel is refused with code and text of the first step that fails', async () => {
  const { chain } = paid;
  const unauthenticated = status.UNAUTHENTICATED;
  assert.deepEqual(await refusal(await signedHeaders(5n, { nonce: 4n })), [
    1000,
    'incorrect payment channel nonce, latest: 5, sent: 4',
  ]);
  assert.deepEqual(await refusal(await signedHeaders(5n, { id: 43n })), [
    unauthenticated,
    'payment channel "{ID: 43}" not found',
  ]);
  for (const length of [0, 64, 66])
    assert.deepEqual(
      await refusal(
        payingHeaders({ id: 42n, nonce: 5n, amount: 5n, signature: new Uint8Array(length).fill(1) }),
      ),
      [unauthenticated, 'payment signature is not valid'],
    );
  const stranger = await signedHeaders(5n, { key: STRANGER_KEY });
  const notSigned = [unauthenticated, 'payment is not signed by channel signer/sender'];
  assert.deepEqual(await refusal(stranger), notSigned);
  const elsewhere = await signedHeaders(5n, { mpe: '0x00000000000000000000000000000000000000cd' });
  assert.deepEqual(await refusal(elsewhere), notSigned);
  assert.deepEqual(await refusal(await signedHeaders(1001n)), [
    unauthenticated,
    'not enough tokens on payment channel, channel amount: 1000, payment amount: 1001',
  ]);
  assert.deepEqual(await refusal(await signedHeaders(6n)), [
    unauthenticated,
    'income 6 does not equal to price 5',
  ]);
  const put = async (view: typeof CHANNEL): Promise<readonly [number | undefined, string | undefined]> => {
    chain.put(view);
    chain.expireCache();
    const refused = await refusal(await signedHeaders(5n));
    chain.put(CHANNEL);
    chain.expireCache();
    return refused;
  };
  assert.deepEqual(await put({ ...CHANNEL, recipient: '0x00000000000000000000000000000000000000aa' }), [
    status.INTERNAL,
    'payment channel error: recipient Address from org metadata does not Match on what was retrieved from Channel',
  ]);
  const other = new Uint8Array(32).fill(9);
  assert.deepEqual(await put({ ...CHANNEL, groupId: other }), [
    status.INTERNAL,
    `payment channel error: channel received belongs to another group of replicas, current group: [${GROUP.join(' ')}], channel group: [${other.join(' ')}]`,
  ]);
  assert.deepEqual(await put({ ...CHANNEL, expiration: 600n }), [
    unauthenticated,
    'payment channel is near to be expired, expiration time: 600, current block: 500, expiration threshold: 100',
  ]);
  chain.isDown = true;
  chain.expireCache();
  const [code, text] = await refusal(await signedHeaders(5n));
  chain.isDown = false;
  assert.equal(code, status.INTERNAL);
  assert.match(text ?? '', /^payment channel error: /);
  assert.equal(await paid.record(), undefined);
  assert.equal(await paid.isLocked(), false);
});

test('texts arrive as they are, also those that are no ASCII', async () => {
  await using scripted = await openPaidNode();
  const id = Buffer.from((await scripted.shares.setShare(randomBytes(10))).stat.id);
  for (const [code, text, sent] of [
    ['PROVENDER_CHANNEL', 'payment channel error: Größe 100 % – „[1 2]“ {ID: 5} 🐴', status.INTERNAL],
    ['PROVENDER_NONCE', 'incorrect payment channel nonce, latest: 10, sent: 9', 1000],
    ['PROVENDER_PAYMENT_UNKNOWN', 'payment state is unknown, channel id: 5', status.UNAVAILABLE],
    [
      'PROVENDER_CHANNEL_BUSY',
      'another transaction on channel: {ID: 5} is in progress',
      status.FAILED_PRECONDITION,
    ],
  ] as const) {
    scripted.payments.refusal = new ProvenderError(code, text);
    const { error } = await scripted.client.unary(
      SHARE_METHODS.getShare,
      { objectId: id },
      payingHeaders({ id: 5n, amount: 1n }),
    );
    assert.deepEqual([error?.code, error?.details], [sent, text]);
    assert.deepEqual(error?.metadata.get('provender-code'), [code]);
  }
});

// payment-channels.md, section 14, (4)
test('who calls is who pays, whatever a header says', async () => {
  const payments = new ScriptedPayments();
  const health = new Health();
  const server = new Server();
  const log = createLog({ level: 'silent' });
  const chain = new CallChain({
    telemetry: { log, health, metrics: new Metrics() },
    limits: { maxCalls: 10, maxBytesInFlight: 1_000_000 },
    times: { unaryMs: 10_000, idleMs: 10_000 },
    isOperator: () => false,
  });
  const step = new PaymentStep(scriptedServices(payments));
  const seen: (string | undefined)[] = [];
  const forwarded: unknown[] = [];
  const run = step.run.bind(step);
  step.run = (call, work) =>
    run(call, (first) => {
      forwarded.push(call.headers.get('snet-user-address'));
      return work(first);
    });
  new ServiceHost(server, chain, step).unary(
    { definition: SHARE_METHODS.setShare, grant: SHARE_GRANTS.setShare },
    async (_request, running) => {
      seen.push(running.payment?.sender);
      return { result: undefined };
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  using client = new PayingClient(`127.0.0.1:${port}`);
  const headers = payingHeaders({ id: 5n, amount: 1n });
  headers.set('snet-user-address', '0x00000000000000000000000000000000000000ff');
  const { error } = await client.unary(
    SHARE_METHODS.setShare,
    { data: Buffer.alloc(1), profile: undefined },
    headers,
  );
  assert.equal(error, undefined);
  assert.deepEqual(seen, [SENDER]);
  assert.deepEqual(forwarded, [[]]);
  server.forceShutdown();
  health.close();
});
