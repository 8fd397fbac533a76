import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ChannelRecord,
  decodeChannel,
  encodeChannel,
} from '../../src/payments/records/channel-record.ts';
import { decodeClaim, encodeClaim } from '../../src/payments/records/claim-record.ts';
import { decodeEnded, encodeEnded } from '../../src/payments/records/ended-record.ts';
import { decodeLife, encodeLife } from '../../src/payments/records/life-record.ts';
import { decodeLock, encodeLock } from '../../src/payments/records/lock-record.ts';
import { decodePaidMark, encodePaidMark } from '../../src/payments/records/paid-mark.ts';
import { anAddress, filled } from '../support/payment-fixtures.ts';

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

const CHANNEL: ChannelRecord = {
  channelId: 42n,
  nonce: 3n,
  sender: anAddress(0xa1),
  signer: anAddress(0xb2),
  recipient: anAddress(0xc3),
  groupId: filled(32, 0xd4),
  fullAmount: 2n ** 256n - 1n,
  expiration: 1_000_000n,
  authorizedAmount: 12_345n,
  signature: filled(65, 0xe5),
  op: filled(16, 0xf6),
  by: 7,
  schedule: 3,
  request: filled(32, 0x07),
  repeat: true,
};
const CHANNEL_TEXT =
  `{"v":1,"t":"channel","channelId":"42","nonce":"3","sender":"${'a1'.repeat(20)}","signer":"${'b2'.repeat(20)}",` +
  `"recipient":"${'c3'.repeat(20)}","groupId":"${'d4'.repeat(32)}",` +
  `"fullAmount":"115792089237316195423570985008687907853269984665640564039457584007913129639935","expiration":"1000000",` +
  `"authorizedAmount":"12345","signature":"${'e5'.repeat(65)}","op":"${'f6'.repeat(16)}","by":"7","schedule":"3",` +
  `"request":"${'07'.repeat(32)}","repeat":"1"}`;

test('the record of a channel', () => {
  assert.equal(textOf(encodeChannel(CHANNEL)), CHANNEL_TEXT);
  assert.deepEqual(decodeChannel(bytesOf(CHANNEL_TEXT)), CHANNEL);
});

test('the record of a channel on which nothing was signed has no signature', () => {
  const { signature: _, ...rest } = CHANNEL;
  const record: ChannelRecord = { ...rest, authorizedAmount: 0n, repeat: false };
  const text = CHANNEL_TEXT.replace(`"signature":"${'e5'.repeat(65)}",`, '')
    .replace('"12345"', '"0"')
    .replace('"repeat":"1"', '"repeat":"0"');
  assert.equal(textOf(encodeChannel(record)), text);
  assert.deepEqual(decodeChannel(bytesOf(text)), record);
});

test('an amount has its signature, and nothing signed has none', () => {
  const { signature: _, ...unsigned } = CHANNEL;
  assert.throws(() => encodeChannel(unsigned), {
    code: 'PROVENDER_INVALID',
    message: 'channel record: amount 12345 without a signature',
  });
  assert.throws(() => encodeChannel({ ...CHANNEL, authorizedAmount: 0n }), {
    code: 'PROVENDER_INVALID',
    message: 'channel record: amount 0 with a signature',
  });
  assert.throws(() => decodeChannel(bytesOf(CHANNEL_TEXT.replace('"12345"', '"0"'))), {
    code: 'PROVENDER_CHANNEL',
    message: 'payment channel error: channel record: amount 0 with a signature',
  });
});

test('a lock', () => {
  const lock = {
    replica: 3,
    life: filled(16, 1),
    op: filled(16, 2),
    method: 'SetFile',
    startedUnixMs: 1_700_000_000_000,
  };
  const text = `{"v":1,"t":"lock","replica":"3","life":"${'01'.repeat(16)}","op":"${'02'.repeat(16)}","method":"SetFile","startedUnixMs":"1700000000000"}`;
  assert.equal(textOf(encodeLock(lock)), text);
  assert.deepEqual(decodeLock(bytesOf(text)), lock);
});

test('a life', () => {
  const life = { replica: 3, lease: '7587862094711391518' };
  const text = '{"v":1,"t":"life","replica":"3","lease":"7587862094711391518"}';
  assert.equal(textOf(encodeLife(life)), text);
  assert.deepEqual(decodeLife(bytesOf(text)), life);
});

test('a provider claim', () => {
  const claim = { nonce: 3n, amount: 12_345n, signature: filled(65, 9), startBlock: 500n };
  const text = `{"v":1,"t":"claim","nonce":"3","amount":"12345","signature":"${'09'.repeat(65)}","startBlock":"500"}`;
  assert.equal(textOf(encodeClaim(claim)), text);
  assert.deepEqual(decodeClaim(bytesOf(text)), claim);
});

test('how a nonce ended', () => {
  const base = { nonce: 3n, amount: 12_345n, signature: filled(65, 9), block: 600n };
  const start = `{"v":1,"t":"ended","nonce":"3","amount":"12345","signature":"${'09'.repeat(65)}"`;
  const transaction = `0x${'ab'.repeat(32)}` as const;
  const endings = [
    [
      { ...base, outcome: 'paid', claimedAmount: 12_000n, transaction },
      `"outcome":"paid","claimedAmount":"12000","transaction":"${'ab'.repeat(32)}"`,
    ],
    [
      { ...base, outcome: 'timed-out', transaction },
      `"outcome":"timed-out","transaction":"${'ab'.repeat(32)}"`,
    ],
    [{ ...base, outcome: 'unknown' }, '"outcome":"unknown"'],
  ] as const;
  for (const [record, middle] of endings) {
    const text = `${start},${middle},"block":"600"}`;
    assert.equal(textOf(encodeEnded(record)), text);
    assert.deepEqual(decodeEnded(bytesOf(text)), record);
  }
});

test('the marks of uploads', () => {
  const mark = { replica: 3, objectId: filled(32, 1), tag: filled(8, 2), head: Uint8Array.of(1, 2, 3) };
  const text = `{"v":1,"t":"paid","replica":"3","objectId":"${'01'.repeat(32)}","tag":"${'02'.repeat(8)}","head":"010203"`;
  assert.equal(textOf(encodePaidMark(mark)), `${text}}`);
  assert.deepEqual(decodePaidMark(bytesOf(`${text}}`)), mark);
  const lone = { ...mark, block: filled(4096, 0x5a) };
  assert.equal(textOf(encodePaidMark(lone)), `${text},"block":"${'5a'.repeat(4096)}"}`);
  assert.deepEqual(decodePaidMark(encodePaidMark(lone)), lone);
  assert.equal(textOf(encodePaidMark('drop')), 'drop');
  assert.equal(decodePaidMark(bytesOf('drop')), 'drop');
});

test('an unknown version is an error and never a guess', () => {
  assert.throws(() => decodeChannel(bytesOf(CHANNEL_TEXT.replace('"v":1', '"v":2'))), {
    code: 'PROVENDER_CHANNEL',
    message: 'payment channel error: channel record: version 2, this node reads 1; update the node',
  });
});

test('what differs in anything from what is written is refused', () => {
  const swap = (from: string, to: string): string => {
    const text = CHANNEL_TEXT.replace(from, to);
    assert.notEqual(text, CHANNEL_TEXT);
    return text;
  };
  const strange = [
    '',
    'null',
    '[]',
    '"drop"',
    '{}',
    '{"v":1}',
    'drop',
    CHANNEL_TEXT.slice(0, -1),
    `${CHANNEL_TEXT} `,
    `${CHANNEL_TEXT}\n`,
    `\ufeff${CHANNEL_TEXT}`,
    swap('"v":1', '"v":"1"'),
    swap('"v":1', '"v":1.0'),
    swap('{"v":1', '{ "v":1'),
    swap('"t":"channel"', '"t":"claim"'),
    swap('"v":1,"t":"channel"', '"t":"channel","v":1'),
    swap('"channelId":"42","nonce":"3"', '"nonce":"3","channelId":"42"'),
    swap('"channelId":"42"', '"channelId":42'),
    swap('"channelId":"42"', '"channelId":"042"'),
    swap('"channelId":"42"', '"channelId":"0x2a"'),
    swap('"channelId":"42"', '"channelId":"41","channelId":"42"'),
    swap('"channelId":"42"', '"channelId":"\\u0034\\u0032"'),
    swap('"channelId":"42",', ''),
    swap('"channelId":"42"', `"channelId":"${2n ** 256n}"`),
    swap('a1a1', 'A1A1'),
    swap('"sender":"', '"sender":"0x'),
    swap('"by":"7"', '"by":"9007199254740992"'),
    swap('"repeat":"1"', '"repeat":"2"'),
    swap('"repeat":"1"', '"repeat":true'),
    swap('"repeat":"1"', '"repeat":"1","more":"x"'),
    swap('e5e5', 'e5'),
  ];
  for (const text of strange)
    assert.throws(
      () => decodeChannel(bytesOf(text)),
      { code: 'PROVENDER_CHANNEL', message: /^payment channel error: channel record: / },
      text,
    );
  assert.throws(() => decodeChannel(Uint8Array.of(0xff, 0xfe)), { code: 'PROVENDER_CHANNEL' });
});

test('what cannot be read back is never written', () => {
  const wrong: readonly Partial<ChannelRecord>[] = [
    { channelId: -1n },
    { fullAmount: 2n ** 256n },
    { by: -1 },
    { schedule: 1.5 },
    { by: 2 ** 53 },
    { op: filled(15, 1) },
    { groupId: filled(33, 1) },
    { signature: filled(64, 1) },
    { sender: '0xAB' },
    { sender: `0x${'AB'.repeat(20)}` },
  ];
  for (const fields of wrong)
    assert.throws(() => encodeChannel({ ...CHANNEL, ...fields }), { code: 'PROVENDER_INVALID' });
  const lock = { replica: 1, life: filled(16, 1), op: filled(16, 1), startedUnixMs: 1 };
  for (const method of ['ä', 'a\n', 'x'.repeat(257)])
    assert.throws(() => encodeLock({ ...lock, method }), { code: 'PROVENDER_INVALID' });
});
