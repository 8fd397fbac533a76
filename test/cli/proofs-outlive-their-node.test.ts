import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { decodeCommitment } from '../../src/proof/commitment.ts';
import { contentOf } from '../support/content.ts';
import { jsonOf, runCli, startNode } from '../support/node-process.ts';
import { openScratch, type Scratch } from '../support/scratch.ts';
import { referenceFileId } from '../support/share-content.ts';

let scratch: Scratch;
const content = contentOf('prove', 300_000);
const id = Buffer.from(referenceFileId(content)).toString('hex');
const beacon = randomBytes(32).toString('hex');
let chunk = '';
let collection = '';

/** Runs a command that has no node to talk to. */
function offline(args: readonly string[]) {
  return runCli(args, { node: '127.0.0.1:1', cwd: scratch.path });
}

function verify(...args: readonly string[]) {
  return offline(['verify', '--proof', 'proof.bin', '--commitment', 'c.bin', ...args]);
}

// All proofs are made first; every test runs when the node is gone.
before(async () => {
  scratch = await openScratch();
  await using node = await startNode({ dataDir: scratch.at('data') });
  const cli = (args: readonly string[], input?: Uint8Array) =>
    runCli(args, { node: node.address, cwd: scratch.path, ...(input && { input }) });
  await writeFile(scratch.at('file'), content);
  assert.equal((await cli(['put', 'file'])).code, 0);
  const split = await cli(['chunk', 'put', '--split', 'file']);
  chunk = split.stdout.toString().split('\n')[3] ?? '';

  const prove = await cli([
    'prove',
    id,
    '--beacon',
    beacon,
    '--k',
    '20',
    '-o',
    'proof.bin',
    '--commitment',
    'c.bin',
  ]);
  assert.equal(prove.code, 0, prove.stderr);
  assert.match(
    prove.stdout.toString(),
    new RegExp(`^proof.bin: \\d+ bytes, 20 leaves drawn, beacon ${beacon}\\n$`),
  );
  assert.equal(prove.stderr, '');

  const random = await cli(['prove', id, '--relation', '-o', 'relation.bin', '--commitment', 'c2.bin']);
  assert.match(random.stderr, /the beacon was drawn here, at random/);
  const inside = jsonOf(
    await cli(['--json', 'prove', chunk, '-o', 'chunk.bin', '--commitment', 'chunk-c.bin']),
  );
  collection = String(inside['collection']);
  assert.deepEqual(
    [inside['id'], inside['k'], inside['form'], inside['profile']],
    [chunk, 66, 'possession', 'cat-1'],
  );

  const tooMany = await cli(['prove', id, '--k', '129', '-o', 'none.bin', '--commitment', 'none-c.bin']);
  assert.deepEqual([tooMany.code, tooMany.stdout.toString()], [2, '']);
  assert.match(tooMany.stderr, /PROVENDER_INVALID.*129 leaves/);
  const absent = await cli(['prove', '0'.repeat(64), '-o', 'none.bin']);
  assert.equal(absent.code, 3, absent.stderr);
  assert.equal((await cli(['prove', id, '--beacon', 'abc', '-o', 'none.bin'])).code, 2);
  assert.deepEqual(
    (await readdir(scratch.path)).filter((name) => /none|partial/.test(name)),
    [],
  );
});
after(() => scratch[Symbol.asyncDispose]());

test('a proof is checked without the node', async () => {
  const plain = await verify('--beacon', beacon, '--k', '20', '--object', id);
  assert.equal(plain.code, 0, plain.stderr);
  assert.match(
    plain.stdout.toString(),
    new RegExp(`^valid: file ${id} of 300000 bytes, held by [0-9a-f]{64} in profile cat-2`),
  );
  assert.equal(plain.stderr, '');
  const { storerKey } = decodeCommitment(await readFile(scratch.at('c.bin')));
  const storer = Buffer.from(storerKey).toString('hex');
  const json = jsonOf(
    await runCli(['--json', 'verify', '--proof', 'proof.bin', '--commitment', 'c.bin', '--storer', storer], {
      cwd: scratch.path,
      node: '',
    }),
  );
  const { valid, object, form, k, beaconGiven } = json;
  assert.deepEqual(
    { valid, object, form, k, beaconGiven },
    { valid: true, object: id, form: 'possession', k: 20, beaconGiven: false },
  );
});

test('without the beacon it is said that nothing shows the proof to be fresh', async () => {
  const { code, stderr } = await verify();
  assert.equal(code, 0);
  assert.match(stderr, /nothing shows that the proof is fresh/);
});

test('what does not fit is told with its reason, and ends with exit code 1', async () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['--beacon', '00'.repeat(32)], 'challenge'],
    [['--k', '21'], 'challenge'],
    [['--k', '500'], 'challenge'],
    [['--relation'], 'challenge'],
    [['--object', chunk], 'statement'],
    [['--storer', '11'.repeat(32)], 'statement'],
    [['--commitment', 'chunk-c.bin'], 'statement'],
    [['--commitment', 'proof.bin'], 'statement'],
    [['--proof', 'c.bin'], 'format'],
    [['--proof', 'relation.bin'], 'ok'],
    [['--proof', 'relation.bin', '--relation'], 'ok'],
    [['--proof', 'file'], 'format'],
  ];
  for (const [args, reason] of cases) {
    const { code, stdout } = await verify(...args);
    const expected = reason === 'ok' ? /^valid: / : new RegExp(`^not valid: ${reason}: .+\\n$`);
    assert.match(stdout.toString(), expected, args.join(' '));
    assert.equal(code, reason === 'ok' ? 0 : 1, args.join(' '));
  }
});

test('a bit that is flipped in proof or commitment is found', async () => {
  const flipped = async (name: string, at: number): Promise<void> => {
    const bytes = await readFile(scratch.at(name));
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    await writeFile(scratch.at('flipped.bin'), bytes);
  };
  for (const at of [3, 110, 400]) {
    await flipped('proof.bin', at);
    assert.equal((await verify('--proof', 'flipped.bin', '--beacon', beacon)).code, 1, `proof, byte ${at}`);
  }
  for (const at of [40, 150, 316]) {
    await flipped('c.bin', at);
    assert.equal((await verify('--commitment', 'flipped.bin')).code, 1, `commitment, byte ${at}`);
  }
});

test('a chunk inside a collection is proven by the collection', async () => {
  const args = ['verify', '--proof', 'chunk.bin', '--commitment', 'chunk-c.bin', '--object', collection];
  const { code, stdout } = await offline(args);
  assert.equal(code, 0);
  assert.match(stdout.toString(), new RegExp(`^valid: collection ${collection} `));
});

test('the help says what a proof shows, in the words of threats.md', async () => {
  const { stdout } = await offline(['verify', '--help']);
  const page = await readFile(new URL('../../docs/threats.md', import.meta.url), 'utf8');
  const claim = /^> (A valid proof shows .+)$/m.exec(page)?.[1];
  assert.ok(claim !== undefined && stdout.toString().includes(claim));
});

test('files that cannot be read are another failure than a proof that is not valid', async () => {
  const { code, stderr } = await verify('--proof', 'nowhere.bin');
  assert.equal(code, 2);
  assert.match(stderr, /nowhere.bin: no such file/);
  await writeFile(scratch.at('long.bin'), new Uint8Array(8 * 2 ** 20 + 1));
  assert.equal((await verify('--proof', 'long.bin')).code, 2);
  assert.equal((await offline(['verify', '--proof', 'proof.bin'])).code, 2);
});

test('commitments, proofs and heads are printed for people and as JSON; other files are refused', async () => {
  const commitment = await offline(['inspect', 'c.bin']);
  assert.equal(commitment.code, 0);
  assert.match(commitment.stdout.toString(), new RegExp(`type +commitment\\nobject +${id}\\nkind +file`));
  assert.match(commitment.stdout.toString(), /signature +of the storer/);
  const proof = jsonOf(await offline(['--json', 'inspect', 'relation.bin']));
  assert.deepEqual(
    [proof['type'], proof['form'], proof['k'], proof['mode']],
    ['proof', 'relation', 66, 'audit'],
  );
  const layers = proof['layers'];
  assert.ok(Array.isArray(layers));
  assert.deepEqual(
    layers.map(({ layer }) => layer),
    [2, 1, 0],
  );
  const possession = jsonOf(await offline(['--json', 'inspect', 'proof.bin']));
  assert.ok(Array.isArray(possession['layers']) && possession['layers'][0].layer === 2);
  assert.equal((await offline(['inspect', 'file'])).code, 2);
  await writeFile(scratch.at('other.bin'), Uint8Array.of(1, 5, 0, 0));
  const other = await offline(['inspect', 'other.bin']);
  assert.match(other.stderr, /message type 5; known are 6 \(proof\) and 14 \(commitment\)/);
  await writeFile(scratch.at('cut.bin'), (await readFile(scratch.at('proof.bin'))).subarray(0, 500));
  assert.match((await offline(['inspect', 'cut.bin'])).stderr, /PROVENDER_INVALID.*cut.bin: proof/);
});
