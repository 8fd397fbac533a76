import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScriptsCopy } from './scripts-in-copy.ts';

const SUPPORT = new URL('../support/', import.meta.url).pathname;

/** Puts all that tests on Ceph need into a throw-away checkout. */
export async function plantCephSupport(copy: ScriptsCopy): Promise<void> {
  await copy.plant('src/cli/main.ts', 'export const version = 1;\n');
  const names = (await readdir(SUPPORT)).filter((name) => name.startsWith('ceph-') || name === 'until.ts');
  for (const name of names) {
    await cp(join(SUPPORT, name), join(copy.folder, 'test/support', name));
  }
}
