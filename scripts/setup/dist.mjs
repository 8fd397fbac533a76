import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, fail, run, say } from './command.mjs';
import { fingerprint, isFresh, writeStamp } from './fingerprint.mjs';

const ENTRY = 'dist/cli/main.js';
const STAMP = 'dist/.stamp';
const SOURCES = ['src', 'tsconfig.json', 'tsconfig.build.json', 'node_modules/typescript/package.json'];

/** Compiles `src` to `dist` when `dist` is missing or was made from other sources. */
export function ensureDist() {
  const wanted = fingerprint(SOURCES);
  if (isFresh(ENTRY, STAMP, wanted)) return;
  say('compiling TypeScript (dist/)');
  // beside the old tree and then swapped, so that neither a stopped build nor a removed source leaves a mixture
  const [fresh, old] = [join(ROOT, 'dist.new'), join(ROOT, 'dist.old')];
  rmSync(fresh, { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  if (!run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh]))
    fail('the compiler found errors');
  swap(fresh, old);
  if (existsSync(join(ROOT, ENTRY))) chmodSync(join(ROOT, ENTRY), 0o755);
  writeStamp(STAMP, wanted);
}

function swap(fresh, old) {
  const dist = join(ROOT, 'dist');
  rmSync(old, { recursive: true, force: true });
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
}
