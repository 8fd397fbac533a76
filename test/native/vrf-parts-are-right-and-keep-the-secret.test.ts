import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import { proveVrf } from '../../src/vrf/ecvrf.ts';
import { hasSystemTool } from '../support/system-tool.ts';
import { buildVrfFacts, type VrfFacts } from '../support/vrf-facts.ts';
import { bytesOf, hexOf, vectorsOf } from '../vrf/vrf-vectors.ts';

const { Point } = ed25519;
const VALGRIND = ['valgrind', '--quiet', '--error-exitcode=9'];
const UNDEFINED = /depends on uninitialised|uninitialised value/;

let built: Promise<VrfFacts> | undefined;
const facts = (): Promise<VrfFacts> => (built ??= buildVrfFacts());
after(async () => (await built)?.[Symbol.dispose]());

interface PointVectors {
  readonly dst: string;
  readonly vectors: readonly { readonly message: string; readonly x: string; readonly y: string }[];
}

/** A message of the RFC, with what its name stands for. */
function wholeMessage(message: string): string {
  const [, letter, count] = /^([aq])(\d+)_$/.exec(message) ?? [];
  return letter === undefined ? message : message + letter.repeat(Number(count));
}

test('encode_to_curve gives the points of RFC 9380, J.5.2', async () => {
  const file = new URL('../vectors/rfc9380-edwards25519-ell2-nu.json', import.meta.url);
  const { dst, vectors }: PointVectors = JSON.parse(readFileSync(file, 'utf8'));
  const hex = (text: string): string => Buffer.from(text).toString('hex') || '-';
  const questions = vectors.map(({ message }) => `${hex(dst)} ${hex(wholeMessage(message))}`);
  const { lines } = await (await facts()).ask('encode', questions);
  const expected = vectors.map(({ x, y }) =>
    hexOf(Point.fromAffine({ x: BigInt(`0x${x}`), y: BigInt(`0x${y}`) }).toBytes()),
  );
  assert.equal(vectors.length, 5);
  assert.deepEqual(lines, expected);
});

test('points are free of torsion when L times the point says so, for each of the 8 torsion points added', async () => {
  const small = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex));
  const points = Array.from({ length: 200 }, (_, i) =>
    i === 0 ? Point.ZERO : Point.BASE.multiplyUnsafe(BigInt(i) ** 13n),
  );
  const asked = points.flatMap((point) => small.map((torsion) => point.add(torsion)));
  const { lines } = await (await facts()).ask(
    'torsion',
    asked.map((point) => hexOf(point.toBytes())),
  );
  assert.deepEqual(
    lines,
    points.flatMap(() => small.map((torsion) => (torsion.equals(Point.ZERO) ? '1' : '0'))),
  );
  assert.ok(asked.slice(0, 24).every((point, i) => point.isTorsionFree() === (lines[i] === '1')));
});

test('what is no canonical encoding of a point is none', async () => {
  const others = ['ed', 'ee', 'ef', 'f0', 'fe', 'ff'].map((low) => `${low}${'ff'.repeat(30)}7f`);
  const withSign = [`01${'00'.repeat(30)}80`, `ec${'ff'.repeat(31)}`]; // x = 0 has no sign
  const offCurve = Array.from(
    { length: 60 },
    (_, i) => `${(i + 2).toString(16).padStart(2, '0')}${'00'.repeat(31)}`,
  );
  const asked = [...others, ...withSign, ...offCurve];
  const { lines } = await (await facts()).ask('torsion', asked);
  const expected = asked.map((hex) => {
    try {
      return Point.fromHex(hex).isTorsionFree() ? '1' : '0';
    } catch {
      return '-';
    }
  });
  assert.deepEqual(lines, expected);
  assert.ok(expected.slice(0, 8).every((line) => line === '-'));
});

test('SHA-512 of every length up to three blocks is that of OpenSSL', async () => {
  const messages = Array.from({ length: 390 }, (_, size) => Buffer.alloc(size, size + 1));
  const { lines } = await (await facts()).ask(
    'sha512',
    messages.map((message) => message.toString('hex') || '-'),
  );
  assert.deepEqual(
    lines,
    messages.map((message) => createHash('sha512').update(message).digest('hex')),
  );
});

test('no branch and no address depends on the secret key while it proves', async (t) => {
  if (!hasSystemTool(t, 'valgrind')) return;
  const vectors = vectorsOf('ECVRF-EDWARDS25519-SHA512-ELL2');
  const secrets = vectors.map(({ SK, alpha }) => `${SK} ${alpha}`);
  const { code, lines, errors } = await (await facts()).ask('prove', secrets, VALGRIND);
  assert.doesNotMatch(errors, UNDEFINED);
  assert.equal(code, 0, errors);
  assert.deepEqual(
    lines,
    vectors.map(({ SK, alpha }) => hexOf(proveVrf(bytesOf(SK), bytesOf(alpha)))),
  );
});

test('a branch on the secret key is noticed by the test above', async (t) => {
  if (!hasSystemTool(t, 'valgrind')) return;
  const [vector] = vectorsOf('ECVRF-EDWARDS25519-SHA512-ELL2');
  const { code, errors } = await (await facts()).ask('leak', [`${vector?.SK} ${vector?.alpha}`], VALGRIND);
  assert.match(errors, UNDEFINED);
  assert.equal(code, 9);
});
