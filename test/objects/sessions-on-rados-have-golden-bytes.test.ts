import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { checkFormat, encodeFormat, indexShardsFor } from '../../src/objects/rados/format-object.ts';
import {
  decodeSessionRecord,
  encodeSessionRecord,
  type SessionRecord,
} from '../../src/objects/rados/session-record.ts';

const OWNER = { networkId: new Uint8Array(32), storerPK: new Uint8Array(32).fill(0xab) };
const FORMAT = `{"format":1,"indexShards":512,"networkId":"${'00'.repeat(32)}","storerPK":"${'ab'.repeat(32)}"}`;
const RECORD: SessionRecord = {
  status: 'closing',
  closer: 0x01020304,
  beat: 0x0102030405060708n,
  address: '127.0.0.1:0/3210',
  podName: 'pod-ä',
};
/** u8 1 ‖ u8 2 ‖ u32 closer ‖ u64 beat ‖ u16 16 ‖ address ‖ u8 6 ‖ name, written out by hand. */
const RECORD_HEX = `0102${'01020304'}${'0102030405060708'}0010${'3132372e302e302e313a302f33323130'}06${'706f642dc3a4'}`;

function text(bytes: string): Uint8Array {
  return new TextEncoder().encode(bytes);
}

function refuses(code: 'PROVENDER_CONFIG' | 'PROVENDER_CORRUPT', format: string, pattern: RegExp): void {
  assert.throws(
    () => checkFormat(text(format), OWNER, 'pool p, namespace n'),
    (error) => isProvenderError(error, code) && pattern.test(error.message),
  );
}

test('the object format is canonical JSON', () => {
  const bytes = encodeFormat({ ...OWNER, indexShards: 512 });
  assert.equal(Buffer.from(bytes).toString(), FORMAT);
  assert.equal(checkFormat(bytes, OWNER, 'here'), 512);
});

test('the store of another storer, network or format is refused, with a cure', () => {
  const other = 'cd'.repeat(32);
  refuses('PROVENDER_CONFIG', FORMAT.replace('ab'.repeat(32), other), /storer cdcd.*node\.key.*--namespace/);
  refuses('PROVENDER_CONFIG', FORMAT.replace('00'.repeat(32), other), /network cdcd.*--namespace/);
  refuses('PROVENDER_CONFIG', FORMAT.replace('"format":1', '"format":2'), /format 2.*reads format 1.*newer/);
});

test('a damaged format is CORRUPT and never taken for another one', () => {
  refuses('PROVENDER_CORRUPT', FORMAT.slice(0, -1), /damaged/);
  refuses('PROVENDER_CORRUPT', 'null', /damaged/);
  refuses('PROVENDER_CORRUPT', `${FORMAT}\n`, /damaged/);
  refuses('PROVENDER_CORRUPT', FORMAT.replace('512', '500'), /damaged/);
  refuses('PROVENDER_CORRUPT', FORMAT.replace('512', '8192'), /damaged/);
  refuses('PROVENDER_CORRUPT', FORMAT.replace('ab'.repeat(32), 'ab'), /damaged/);
});

test('index objects hold at most 200,000 chunks as long as 4096 of them can', () => {
  const chunks = (count: number): number => indexShardsFor(count * 4096);
  assert.equal(chunks(1), 256);
  assert.equal(chunks(256 * 200_000), 256);
  assert.equal(chunks(256 * 200_000 + 1), 512);
  assert.equal(chunks(2048 * 200_000), 2048);
  assert.equal(chunks(1e12), 4096);
});

test('a session record has golden bytes', () => {
  const bytes = encodeSessionRecord(RECORD);
  assert.equal(Buffer.from(bytes).toString('hex'), RECORD_HEX);
  assert.deepEqual(decodeSessionRecord(bytes), RECORD);
});

test('a pod name is cut between characters', () => {
  const { podName } = decodeSessionRecord(encodeSessionRecord({ ...RECORD, podName: 'ä'.repeat(200) }));
  assert.equal(podName, 'ä'.repeat(127));
});

test('any other bytes are no session record', () => {
  const bytes = Buffer.from(RECORD_HEX, 'hex');
  const wrong: Uint8Array[] = [new Uint8Array(0), Buffer.concat([bytes, Buffer.of(0)])];
  for (let length = 1; length < bytes.length; length++) wrong.push(bytes.subarray(0, length));
  const changed = (at: number, value: number): Uint8Array => {
    const copy = Buffer.from(bytes);
    copy[at] = value;
    return copy;
  };
  wrong.push(changed(0, 2), changed(1, 0), changed(1, 3), changed(15, 17), changed(16, 0xff));
  for (const record of wrong)
    assert.throws(
      () => decodeSessionRecord(record),
      (error) => isProvenderError(error, 'PROVENDER_CORRUPT'),
    );
});
