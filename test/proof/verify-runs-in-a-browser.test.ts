import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ed25519 } from '@noble/curves/ed25519.js';
import { build } from 'esbuild';
import { type Challenge, PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { signCommitment } from '../../src/proof/commitment.ts';
import { proveReplica } from '../../src/proof/replica-proof.ts';
import { pageOf, resultInBrowser } from '../support/browser.ts';
import { serveModules } from '../support/module-server.ts';
import { openScratch } from '../support/scratch.ts';
import { hasSystemTool } from '../support/system-tool.ts';
import { holdFile } from './held-object.ts';
import { testBytes } from './reference-tree.ts';

/** One bit in each of so many places of a proof is flipped. */
const FLIPS = 40;
const SECRET = new Uint8Array(32).fill(11);
const SIGNER = {
  publicKey: ed25519.getPublicKey(SECRET),
  sign: (message: Uint8Array) => ed25519.sign(message, SECRET),
};
const BEACON = new Uint8Array(32).fill(7);

/** What the page gets: bytes as hex. */
interface Case {
  readonly name: string;
  readonly commitment: string;
  readonly challenge: Omit<Challenge, 'beacon'> & { readonly beacon: string };
  readonly proof: string;
}

/** What the page leaves. */
interface Found {
  readonly name: string;
  readonly isSigned: boolean;
  readonly isFlippedSigned: boolean;
  readonly verdict: unknown;
  readonly flipped: readonly string[];
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function casesOf(profile: number, blocks: number, challenges: readonly Challenge[]): Case[] {
  const content = testBytes(4096 * blocks - 100);
  const { statement, layers } = holdFile(content, profile, { storerKey: SIGNER.publicKey });
  const commitment = hex(signCommitment(statement, SIGNER));
  return challenges.map((challenge) => ({
    name: `profile ${profile}, ${blocks} blocks, form ${challenge.form}`,
    commitment,
    challenge: { ...challenge, beacon: hex(challenge.beacon) },
    proof: hex(proveReplica(statement, layers, challenge)),
  }));
}

const possession = { mode: PROOF_MODE.audit, form: PROOF_FORM.possession, k: 4, beacon: BEACON };
const relation = { mode: PROOF_MODE.audit, form: PROOF_FORM.relation, k: 4, beacon: BEACON };
const whole = { mode: PROOF_MODE.init, form: PROOF_FORM.whole, k: 0, beacon: new Uint8Array(32) };
const init = { mode: PROOF_MODE.init, form: PROOF_FORM.relation, k: 132, beacon: BEACON };

/** The page: all that an auditor does, with nothing but the entry point. */
const PAGE = `
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (two) => Number.parseInt(two, 16));
const flipped = (from, place) => { const to = from.slice(); to[place] ^= 1 << (place % 8); return to; };
const found = CASES.map(({ name, commitment, challenge, proof }) => {
  const signed = bytes(commitment);
  const statement = provender.decodeCommitment(signed);
  const expected = { ...challenge, beacon: bytes(challenge.beacon) };
  const good = bytes(proof);
  const places = Array.from({ length: ${FLIPS} }, (_, i) => Math.floor((i * (good.length - 1)) / ${FLIPS - 1}));
  const reasonOf = (verdict) => (verdict.ok ? 'ok' : verdict.reason);
  return {
    name,
    isSigned: provender.isSignedByStorer(signed),
    isFlippedSigned: provender.isSignedByStorer(flipped(signed, signed.length - 40)),
    verdict: provender.verifyReplicaProof(statement, expected, good),
    flipped: places.map((place) => reasonOf(provender.verifyReplicaProof(statement, expected, flipped(good, place)))),
  };
});
document.getElementById('result').textContent = JSON.stringify({ found, process: typeof globalThis.process });
`;

/** The entry point as a browser gets it. */
async function bundle(): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL('../../src/proof/verify.ts', import.meta.url))],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'provender',
    write: false,
  });
  return result.outputFiles.map(({ text }) => text).join('');
}

/** Object of every profile and form. */
function allCases(): Case[] {
  return [
    ...casesOf(0, 3, [possession, whole]),
    ...[1, 2].flatMap((profile) => casesOf(profile, 3, [possession, relation, whole])),
    ...casesOf(2, 40, [init]),
  ];
}

function check(left: unknown, cases: readonly Case[]): void {
  assert.ok(typeof left === 'object' && left !== null && 'found' in left && 'process' in left);
  assert.equal(left.process, 'undefined', 'this is no Node');
  const found = left.found as readonly Found[];
  assert.deepEqual(
    found.map(({ name }) => name),
    cases.map(({ name }) => name),
  );
  for (const { name, isSigned, isFlippedSigned, verdict, flipped } of found) {
    assert.deepEqual(
      { isSigned, isFlippedSigned, verdict },
      { isSigned: true, isFlippedSigned: false, verdict: { ok: true } },
      name,
    );
    assert.equal(flipped.length, FLIPS);
    assert.ok(!flipped.includes('ok'), `${name}: ${flipped.join(' ')}`);
  }
}

test('a bundle in a browser accepts real proofs of each profile and form, and rejects flipped ones', async (t) => {
  if (!hasSystemTool(t, 'chromium')) return;
  await using scratch = await openScratch();
  const cases = allCases();
  const script = `${await bundle()}\nconst CASES = ${JSON.stringify(cases)};\n${PAGE}`;
  const page = scratch.at('page.html');
  await writeFile(page, pageOf(`<script>${script.replaceAll('</script', '<\\/script')}</script>`));
  check(await resultInBrowser(pathToFileURL(page).href), cases);
});

test('so do its modules as they are, by an import map', async (t) => {
  if (!hasSystemTool(t, 'chromium')) return;
  const cases = casesOf(1, 3, [possession, relation]);
  const imports = {
    '@noble/curves/': '/node_modules/@noble/curves/',
    '@noble/hashes/': '/node_modules/@noble/hashes/',
  };
  const script = `import * as provender from '/src/proof/verify.ts';\nconst CASES = ${JSON.stringify(cases)};\n${PAGE}`;
  await using server = await serveModules(
    pageOf(
      `<script type="importmap">${JSON.stringify({ imports })}</script>`,
      `<script type="module">${script}</script>`,
    ),
  );
  check(await resultInBrowser(server.url), cases);
  assert.ok(server.asked.includes('/src/content/kernels.ts'));
});
