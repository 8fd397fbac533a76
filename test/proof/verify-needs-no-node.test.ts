import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import * as verify from '../../src/proof/verify.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The source behind an entry of `exports` in package.json. */
function sourceOf(entry: string): string {
  const { exports } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'));
  const { types, default: compiled } = exports[entry];
  assert.equal(types, compiled.replace(/\.js$/, '.d.ts'));
  return compiled.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts');
}

test('everything that provender/verify imports is of content, proof or @noble, and nothing is of Node', async () => {
  const { metafile, warnings } = await build({
    entryPoints: [sourceOf('./verify')],
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'neutral',
    format: 'esm',
    metafile: true,
    write: false,
    external: ['node:*'],
  });
  assert.deepEqual(warnings, []);
  const files = Object.keys(metafile.inputs);
  const isKnown = (file: string): boolean =>
    /^(src\/(content|proof)\/|node_modules\/@noble\/(hashes|curves)\/)/.test(file);
  assert.deepEqual(
    files.filter((file) => !isKnown(file)),
    [],
  );
  assert.ok(!files.includes('src/proof/kernels.ts'), 'the addon has no place in a browser');
  const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports);
  assert.deepEqual(
    imported.filter(({ external }) => external === true).map(({ path }) => path),
    [],
  );
});

test('provender/verify has the names that api.md tells of, and no others', () => {
  const text = readFileSync(`${ROOT}/docs/api.md`, 'utf8');
  const [, section = ''] = text.split('\n## Verify without a node\n');
  const names = section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => Array.from((line.split('|')[1] ?? '').matchAll(/`(\w+)`/g), ([, name = '']) => name));
  assert.deepEqual(names.toSorted(), Object.keys(verify).toSorted());
});
