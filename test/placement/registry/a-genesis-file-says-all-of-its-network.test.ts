import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  DEFAULT_PARAMETERS,
  type Founding,
  formatGenesis,
  type Genesis,
  makeGenesis,
  networkIdOf,
  parseGenesis,
} from '../../../src/placement/registry/genesis.ts';
import { decodeRound, roundHash } from '../../../src/placement/rounds/round.ts';
import { registerRecord, testNetwork, testNode, updateRecord } from '../../support/test-network.ts';

const NAME = 'Prüf-Netz';
const NODES = ['a', 'b', 'c'].map(testNode);
const [A, B] = NODES;
assert.ok(A && B);

const founding = (change: Partial<Founding> = {}): Founding => ({
  name: NAME,
  unixMs: 1_700_000_000_123n,
  records: NODES.map((node) => registerRecord(node, NAME)),
  primaries: [
    { storerKey: B.storerKey, address: 'primary.example:7411' },
    { storerKey: A.storerKey, address: '[::1]:7412' },
  ],
  ...change,
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const big = (value: number | bigint, bytes: number): string => value.toString(16).padStart(2 * bytes, '0');

function hashOf(name: string, parts: string): string {
  const tag = Buffer.alloc(32);
  tag.write(`provender/${name}/v1`);
  return createHash('sha256').update(tag).update(Buffer.from(parts, 'hex')).digest('hex');
}

/** The hash as docs/design/registry.md defines it. */
function plainHash({ name, round, primaries, parameters: p }: Genesis): string {
  const text = (value: string, lengthBytes: number): string => {
    const bytes = Buffer.from(value, 'utf8');
    return big(bytes.length, lengthBytes) + bytes.toString('hex');
  };
  const parts = [text(name, 2), big(round.length, 4), hex(round), big(primaries.length, 2)];
  for (const { storerKey, address } of primaries) parts.push(hex(storerKey), text(address, 1));
  parts.push(big(p.epochLength, 4), big(p.roundIntervalMs, 4));
  for (let n = 1; n <= 16; n++) parts.push(big(p.tauNumerators[n] ?? 0, 4));
  parts.push(big(p.valuation, 4), big(p.claimMs, 4), big(p.commitMs, 4));
  parts.push(big(p.bytesPerSecond, 8), p.regionCap ? '01' : '00');
  return hashOf('genesis', parts.join(''));
}

test('a genesis comes back from its file as it went, and its file has one form', () => {
  const genesis = makeGenesis(founding());
  const text = formatGenesis(genesis);
  assert.deepEqual(parseGenesis(text), genesis);
  assert.equal(formatGenesis(parseGenesis(text)), text);
  const shuffled = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).toReversed()));
  assert.equal(formatGenesis(parseGenesis(shuffled)), text);
});

test('id, round 0 and hash are those of the documents', () => {
  const genesis = makeGenesis(founding());
  const id = hashOf('network', Buffer.from(NAME, 'utf8').toString('hex'));
  assert.equal(hex(genesis.networkId), id);
  assert.equal(hex(networkIdOf(NAME)), id);
  const round = decodeRound(genesis.round);
  assert.equal(round.number, 0n);
  assert.equal(round.unixMs, 1_700_000_000_123n);
  assert.equal(hex(round.seed), hashOf('seed', id));
  for (const zeros of [round.prevHash, round.proposerKey, round.vrfKey, round.proof, round.signature]) {
    assert.ok(zeros.every((byte) => byte === 0));
  }
  assert.deepEqual(round.records, founding().records);
  assert.equal(hex(roundHash(genesis.round)), hashOf('round', hex(genesis.round)));
  assert.equal(hex(genesis.hash), plainHash(genesis));
});

test('the hash is another for every other content', () => {
  const changes: Partial<Founding>[] = [
    {},
    { unixMs: 5n },
    { records: NODES.slice(0, 2).map((node) => registerRecord(node, NAME)) },
    { primaries: [{ storerKey: A.storerKey, address: 'a.example:1' }] },
    { primaries: [{ storerKey: A.storerKey, address: 'a.example:2' }] },
    ...Object.entries({ epochLength: 7, roundIntervalMs: 7, valuation: 70_000, claimMs: 7, commitMs: 7 }).map(
      ([name, value]) => ({ parameters: { [name]: value } }),
    ),
    { parameters: { bytesPerSecond: 7 } },
    { parameters: { regionCap: false } },
    ...Array.from({ length: 16 }, (_, n) => ({ parameters: { tauNumerators: { [n + 1]: 7 } } })),
  ];
  const made = changes.map((change) => makeGenesis(founding(change)));
  for (const genesis of made) assert.equal(hex(genesis.hash), plainHash(genesis));
  assert.equal(new Set(made.map(({ hash }) => hex(hash))).size, changes.length);
});

/** ln P[Poisson(mean) < n] by its definition. */
function below(n: number, mean: number): number {
  let [term, sum] = [1, 0];
  for (let i = 0; i < n; i++) {
    sum += term;
    term *= mean / (i + 1);
  }
  return Math.log(sum) - mean;
}

/** λ*: the least mean with P[fewer than n] ≤ 2^-k. */
function leastMean(n: number, k: number): number {
  let [low, high] = [0, 200];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (below(n, middle) <= -k * Math.LN2) high = middle;
    else low = middle;
  }
  return high;
}

test('the numerators are λ*(k = 20) / 0.9, rounded up to 0.5; λ* is that of the table of the spec', () => {
  const table: Record<number, number[]> = {
    3: [11.3, 19.2, 26.7, 34.2, 51.6],
    5: [14.8, 23.5, 31.6, 39.3, 57.5],
    8: [19.7, 29.2, 37.9, 46.2, 65.2],
    16: [31.3, 42.7, 52.7, 62.0, 82.9],
  };
  for (const [n, row] of Object.entries(table)) {
    const found = [10, 20, 30, 40, 64].map((k) => Math.round(leastMean(Number(n), k) * 10) / 10);
    assert.deepEqual(found, row, `N = ${n}`);
  }
  const numerators = Array.from({ length: 16 }, (_, i) => Math.ceil((leastMean(i + 1, 20) / 0.9) * 2) * 500);
  assert.deepEqual(Object.values(DEFAULT_PARAMETERS.tauNumerators), numerators);
  assert.equal(DEFAULT_PARAMETERS.tauNumerators[8], 32_500);
});

test('parameters that are not given are those of the documents', () => {
  const { parameters } = makeGenesis(
    founding({ parameters: { epochLength: 5, tauNumerators: { 3: 9_000 } } }),
  );
  assert.deepEqual(parameters, {
    ...DEFAULT_PARAMETERS,
    epochLength: 5,
    tauNumerators: { ...DEFAULT_PARAMETERS.tauNumerators, 3: 9_000 },
  });
});

test('the documents name the parameters that are used', async () => {
  const page = await readFile(new URL('../../../docs/design/registry.md', import.meta.url), 'utf8');
  const { tauNumerators, ...others } = DEFAULT_PARAMETERS;
  for (const [name, value] of Object.entries(others))
    assert.match(page, new RegExp(`^\\| \`${name}\` \\| ${value} \\|`, 'm'));
  assert.ok(page.includes(`| num | ${Object.values(tauNumerators).join(' | ')} |`));
});

test('what cannot be a network is refused with its reason', () => {
  const late = updateRecord(A, NAME, { changes: { region: 2 }, nonce: 2n });
  const records = founding().records;
  const wrong: [Partial<Founding>, RegExp][] = [
    [{ name: '' }, /bytes of the name/],
    [{ name: 'x'.repeat(256) }, /bytes of the name/],
    [{ name: ' x' }, /name has/],
    [{ name: 'a\nb' }, /name has/],
    [{ name: 'e\u0301' }, /name has/],
    [{ name: 'another' }, /record 0: .*network/],
    [{ records: [] }, /primary .* founding node/],
    [{ records: [...records, ...records.slice(0, 1)] }, /record 3: .*registered/],
    [{ records: [...records, late] }, /no RegisterNode/],
    [{ records: [new Uint8Array(50)] }, /record 0: /],
    [{ primaries: [] }, /primaries 0/],
    [{ primaries: [{ storerKey: testNode('x').storerKey, address: 'x:1' }] }, /founding node/],
    [{ primaries: [1, 2].map((port) => ({ storerKey: A.storerKey, address: `x:${port}` })) }, /twice/],
    [{ records: NODES.map((node) => registerRecord(node, NAME, { capacityGiB: 1 })) }, /weight/],
    [{ parameters: { epochLength: 0 } }, /parameters.epochLength/],
    [{ parameters: { valuation: 1.5 } }, /parameters.valuation/],
    [{ parameters: { tauNumerators: { 17: 1 } } }, /parameters.tauNumerators/],
    [{ parameters: { bytesPerSecond: -1 } }, /parameters.bytesPerSecond/],
  ];
  for (const [change, message] of wrong) {
    assert.throws(() => makeGenesis(founding(change)), { name: 'ProvenderError', message });
  }
  for (const address of [
    'x',
    'x:',
    'x:0',
    'x:65536',
    ':1',
    'a b:1',
    'ä:1',
    '::1:7',
    '[x]:1',
    'x:01',
    `${'x'.repeat(255)}:1`,
  ]) {
    const primaries = [{ storerKey: A.storerKey, address }];
    assert.throws(() => makeGenesis(founding({ primaries })), {
      code: 'PROVENDER_INVALID',
      message: /host:port/,
    });
  }
});

/** The file after a change to what it says. */
function changed(change: (file: Record<string, unknown>) => void): string {
  const file = JSON.parse(formatGenesis(makeGenesis(founding())));
  change(file);
  return JSON.stringify(file);
}

test('a wrong file is refused, and the error names the field', () => {
  const other = formatGenesis(makeGenesis(founding({ unixMs: 9n, parameters: { valuation: 65_536 } })));
  const { round } = JSON.parse(other);
  const wrong: [string, RegExp][] = [
    ['', /not JSON/],
    ['[]', /file/],
    ['x'.repeat(3_000_000), /3000000 characters/],
    [changed((file) => delete file['name']), /genesis: name/],
    [changed((file) => (file['more'] = 1)), /more/],
    [changed((file) => (file['format'] = 'provender-genesis/2')), /genesis: format/],
    [changed((file) => (file['networkId'] = '00'.repeat(32))), /genesis: networkId/],
    [changed((file) => (file['networkId'] = 'xx')), /genesis: networkId/],
    [changed((file) => (file['round'] = 'abc')), /genesis: round/],
    [changed((file) => (file['round'] = '00')), /genesis: round: /],
    [changed((file) => (file['round'] = round)), /round: registryRoot/],
    [changed((file) => (file['primaries'] = [{ storerKey: 'ff', address: 'x:1' }])), /primaries.0.storerKey/],
    [
      changed((file) => (file['parameters'] = { ...DEFAULT_PARAMETERS, epochLength: '1' })),
      /parameters.epochLength/,
    ],
    [
      changed((file) => (file['parameters'] = { ...DEFAULT_PARAMETERS, tauNumerators: { 1: 5 } })),
      /tauNumerators/,
    ],
  ];
  for (const [text, message] of wrong) {
    assert.throws(() => parseGenesis(text), { name: 'ProvenderError', message }, text.slice(0, 80));
  }
});

test('every flipped byte of round 0 is refused, but for its time', () => {
  const { genesis } = testNetwork(1);
  const text = formatGenesis(genesis);
  const roundHex = hex(genesis.round);
  const time = 36 + 8 + 32;
  for (let i = 0; i < genesis.round.length; i++) {
    const flipped = Buffer.from(genesis.round);
    flipped[i] = (flipped[i] ?? 0) ^ (1 << (i % 8));
    const file = text.replace(roundHex, flipped.toString('hex'));
    if (i >= time + 2 && i < time + 8) assert.notDeepEqual(parseGenesis(file).hash, genesis.hash);
    else assert.throws(() => parseGenesis(file), { name: 'ProvenderError' }, `byte ${i}`);
  }
});
