import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, fail, isInstalled, run, say } from './setup/command.mjs';
import { ensureSystemPackages } from './setup/system-packages.mjs';

const CLANG_FORMAT = 'clang-format-14'; // one version: another would format the same file in another way
const isCheck = process.argv.includes('--check');

/** Formats TypeScript, JavaScript and JSON. */
function formatScripts() {
  return run(join(ROOT, 'node_modules/.bin/biome'), isCheck ? ['format'] : ['format', '--write']);
}

/** Formats C++; without the tool a person goes on and CI fails. */
function formatNative() {
  const files = existsSync(join(ROOT, 'native'))
    ? readdirSync(join(ROOT, 'native'), { recursive: true }).filter((name) => /\.(cc|h)$/.test(name))
    : [];
  if (files.length === 0) return true;
  ensureSystemPackages(['format']);
  if (!isInstalled(CLANG_FORMAT)) {
    say(
      `${files.length} C++ files were not ${isCheck ? 'checked' : 'formatted'}: ${CLANG_FORMAT} is missing`,
    );
    return true;
  }
  const paths = files.map((name) => join('native', name));
  return run(CLANG_FORMAT, [...(isCheck ? ['--dry-run', '-Werror'] : ['-i']), ...paths]);
}

const results = [formatScripts(), formatNative()];
if (results.includes(false)) fail('the format differs: run npm run format');
