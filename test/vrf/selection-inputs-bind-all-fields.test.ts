import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { parseObjectId } from '../../src/content/object-id.ts';
import {
  collectionInput,
  registrationInput,
  selectionInput,
  type SelectionRound,
} from '../../src/vrf/selection-input.ts';

const bytes = (value: number): Uint8Array => new Uint8Array(32).fill(value);
const ROUND: SelectionRound = { networkId: bytes(1), round: 0x0102030405060708n, seed: bytes(2), attempt: 3 };
const ID = parseObjectId(bytes(4));

/** H(tag ‖ hex), from the text of the spec. */
function plain(tag: string, hex: string): string {
  const padded = Buffer.alloc(32);
  padded.write(`provender/${tag}/v1`);
  return createHash('sha256').update(padded).update(Buffer.from(hex, 'hex')).digest('hex');
}

const hexOf = (found: Uint8Array): string => Buffer.from(found).toString('hex');
const R = '0102030405060708';

test('inputs are the hashes of the spec, field by field', () => {
  const [network, seed, id] = ['01', '02', '04'].map((byte) => byte.repeat(32));
  assert.equal(hexOf(selectionInput(ROUND, ID)), plain('select', `${network}${R}${seed}${id}03`));
  assert.equal(hexOf(collectionInput(ROUND)), plain('selectcoll', `${network}${R}${seed}03`));
  const keys = { networkId: bytes(1), storerKey: bytes(5), vrfKey: bytes(6) };
  assert.equal(
    hexOf(registrationInput(keys)),
    plain('vrfreg', `${network}${'05'.repeat(32)}${'06'.repeat(32)}`),
  );
});

test('each field changes the input', () => {
  const changed: Partial<SelectionRound>[] = [
    { networkId: bytes(9) },
    { round: 1n },
    { seed: bytes(9) },
    { attempt: 0 },
  ];
  const inputs = [{}, ...changed].map((change) => hexOf(selectionInput({ ...ROUND, ...change }, ID)));
  inputs.push(hexOf(selectionInput(ROUND, parseObjectId(bytes(9)))), hexOf(collectionInput(ROUND)));
  assert.equal(new Set(inputs).size, inputs.length);
});
