import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LintedCopy, ROOT, lint } from './lint-in-copy.ts';

/** Which rooms a room may import, as style.md section 2 draws it; written a second time here, on purpose. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  content: [],
  proof: ['content'],
  vrf: ['content'],
  objects: ['content', 'proof', 'vrf', 'telemetry'],
  state: ['content', 'proof', 'vrf', 'telemetry', 'generated'],
  shares: ['content', 'proof', 'vrf', 'objects', 'state', 'telemetry'],
  placement: ['content', 'proof', 'vrf', 'objects', 'state', 'telemetry'],
  payments: ['content', 'proof', 'vrf', 'objects', 'state', 'telemetry'],
  ledger: ['content', 'proof', 'vrf', 'objects', 'state', 'telemetry'],
  workers: ['content', 'proof', 'vrf', 'telemetry'],
  rpc: 'content proof vrf objects state shares placement payments ledger telemetry generated'.split(' '),
  gateway: 'content proof vrf objects state shares placement payments ledger telemetry'.split(' '),
  node: 'content proof vrf objects state shares placement payments ledger workers rpc gateway telemetry'.split(
    ' ',
  ),
  cli: 'content proof vrf objects state shares placement payments ledger workers rpc gateway node telemetry'.split(
    ' ',
  ),
  telemetry: ['content'],
};
const ROOMS = [...Object.keys(MAY_IMPORT), 'generated'];

/** One file that imports one thing in a way that must be refused or allowed. */
interface Planted {
  readonly file: string;
  readonly specifier: string;
  readonly isAllowed: boolean;
}

const outside = (file: string, specifier: string, isAllowed: boolean): Planted => ({
  file,
  specifier,
  isAllowed,
});

const FROM_OUTSIDE: readonly Planted[] = [
  ...['fs', 'fs/promises', 'net', 'http', 'child_process', 'worker_threads', 'timers', 'crypto', 'os'].map(
    (name) => outside('src/content/a.ts', `node:${name}`, false),
  ),
  ...['fs', 'net', 'http', 'child_process', 'worker_threads', 'timers', 'os'].map((name) =>
    outside('src/proof/kernels.ts', `node:${name}`, false),
  ),
  ...['@grpc/grpc-js', 'level', 'pino', 'fs'].map((name) => outside('src/vrf/a.ts', name, false)),
  ...['@grpc/grpc-js', 'level', 'pino', 'net'].map((name) => outside('src/proof/kernels.ts', name, false)),
  outside('src/content/a.ts', '@noble/hashes/sha2.js', true),
  outside('src/proof/kernels.ts', 'node:crypto', true),
  outside('src/proof/kernels.ts', 'node:module', true),
  outside('src/proof/deep/kernels.ts', 'node:crypto', false),
  outside('src/content/kernels.ts', 'node:crypto', false),
  outside('src/content/kernels.ts', '@noble/hashes/sha2.js', true),
  ...['shares', 'node', 'cli', 'objects', 'gateway', 'telemetry', 'workers'].map((room) =>
    outside(`src/${room}/a.ts`, '@grpc/grpc-js', false),
  ),
  outside('src/state/level/a.ts', '@grpc/grpc-js', false),
  outside('src/state/etcd/a.ts', '@grpc/grpc-js', true),
  outside('src/rpc/a.ts', '@grpc/grpc-js', true),
  outside('src/rpc/client/a.ts', '../../cli/a.ts', false),
  ...['shares', 'placement', 'payments', 'ledger', 'rpc', 'gateway', 'cli'].flatMap((room) => [
    outside(`src/${room}/a.ts`, '../objects/level/store.ts', false),
    outside(`src/${room}/a.ts`, '../objects/files-store.ts', false),
    outside(`src/${room}/a.ts`, '../state/etcd.ts', false),
    outside(`src/${room}/a.ts`, '../objects/object-store.ts', true),
  ]),
  outside('src/node/a.ts', '../objects/level/store.ts', true),
];

const BETWEEN_ROOMS: readonly Planted[] = Object.entries(MAY_IMPORT).flatMap(([from, allowed]) =>
  ROOMS.filter((to) => to !== from).map((to) =>
    outside(`src/${from}/a.ts`, `../${to}/thing.ts`, allowed.includes(to)),
  ),
);

/** Plants one file per case, `a.ts` becoming `a-<n>.ts` (`kernels.ts` keeps its name, which the rules know), and returns the cases that the lint judged otherwise. */
async function misjudged(
  cases: readonly Planted[],
  statement: (specifier: string) => string,
): Promise<string[]> {
  const wrong: string[] = [];
  await using copy = await LintedCopy.create();
  const numbered = cases.map((planted, n) => ({
    ...planted,
    file: planted.file.replace('a.ts', `a-${n}.ts`),
  }));
  for (const file of new Set(numbered.map((planted) => planted.file))) {
    const own = numbered.filter((planted) => planted.file === file);
    await copy.plant(file, own.map(({ specifier }) => statement(specifier)).join('\n'));
  }
  const findings = copy.lint().filter(({ rule }) => rule === 'eslint(no-restricted-imports)');
  for (const { file, specifier, isAllowed } of numbered) {
    const isRefused = findings.some((found) => found.file === file && found.hint.includes(`'${specifier}'`));
    if (isRefused === isAllowed) wrong.push(`${file}: ${specifier} ${isAllowed ? 'refused' : 'let through'}`);
  }
  return wrong;
}

test('imports between rooms go one way only', async () => {
  assert.deepEqual(await misjudged(BETWEEN_ROOMS, (from) => `export * from '${from}';`), []);
});

test('a type is an import too', async () => {
  assert.deepEqual(await misjudged(BETWEEN_ROOMS, (from) => `export type { Thing } from '${from}';`), []);
});

test('an import at run time is an import too', async () => {
  assert.deepEqual(await misjudged(BETWEEN_ROOMS, (from) => `await import('${from}');`), []);
});

test('pure rooms, gRPC and adapters stay where they belong', async () => {
  assert.deepEqual(await misjudged(FROM_OUTSIDE, (from) => `export * from '${from}';`), []);
});

test('a clock, a timer, a random source and Buffer are refused in a pure room', async () => {
  await using copy = await LintedCopy.create();
  const names = [
    'setTimeout',
    'setInterval',
    'setImmediate',
    'Date',
    'performance',
    'process',
    'Buffer',
    'crypto',
    'fetch',
  ];
  await copy.plant('src/proof/a.ts', names.map((name) => `export const of${name} = ${name};`).join('\n'));
  await copy.plant('src/proof/b.ts', 'export const random = (): number => Math.random();');
  const findings = copy.lint();
  for (const name of names) {
    assert.ok(
      findings.some(
        (found) => found.rule === 'eslint(no-restricted-globals)' && found.hint.includes(`'${name}'`),
      ),
      `${name} was let through`,
    );
  }
  assert.ok(
    findings.some(({ file }) => file === 'src/proof/b.ts'),
    'Math.random was let through',
  );
});

test('a cycle is found', async () => {
  await using copy = await LintedCopy.create();
  await copy.plant('src/content/a.ts', `import { b } from './b.ts';\nexport const a = (): unknown => b;`);
  await copy.plant('src/content/b.ts', `import { c } from './c.ts';\nexport const b = (): unknown => c;`);
  await copy.plant('src/content/c.ts', `import { a } from './a.ts';\nexport const c = (): unknown => a;`);
  const cycles = copy.lint().filter(({ rule }) => rule === 'import(no-cycle)');
  assert.deepEqual(cycles.map(({ file }) => file).toSorted(), [
    'src/content/a.ts',
    'src/content/b.ts',
    'src/content/c.ts',
  ]);
});

test('a promise that nobody waits for is found', async () => {
  await using copy = await LintedCopy.create();
  await copy.plant('src/content/a.ts', 'export function a(): void {\n  Promise.resolve(1);\n}\n');
  assert.ok(copy.lint().some(({ rule }) => rule === 'typescript(no-floating-promises)'));
});

test('this tree keeps its rules', () => {
  const findings = lint(ROOT).map(({ file, rule, hint }) => `${file} ${rule} ${hint}`);
  assert.deepEqual(findings, []);
});
