import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { CLI_ARGS, type CliResult, cleanEnvironment, resultOf } from './node-process.ts';

/** The first shell block below a heading of a page, as it can be pasted. */
export async function blockBelow(page: string, heading: string): Promise<string> {
  const text = await readFile(new URL(`../../${page}`, import.meta.url), 'utf8');
  const [, below = ''] = text.split(`\n${heading}\n`);
  const [, block] = /```sh\n([\s\S]*?)```/.exec(below) ?? [];
  if (block === undefined) throw new Error(`${page} has no shell block below "${heading}"`);
  return block;
}

/** Runs commands of a page in `folder`, as somebody would who pastes them; `provender` and `npx provender` are the sources. */
export async function runAsPasted(
  commands: string,
  { folder, env = {} }: { folder: string; env?: NodeJS.ProcessEnv },
): Promise<CliResult> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const words = [process.execPath, ...CLI_ARGS].map((word) => `'${word}'`).join(' ');
  // npx itself is tested in test/house
  await writeScript(join(bin, 'npx'), `[ "$1" = provender ] || exit 9\nshift\nexec ${words} "$@"`);
  await writeScript(join(bin, 'provender'), `exec ${words} "$@"`);
  const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', commands], {
    cwd: folder,
    env: cleanEnvironment({ PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, ...env }),
  });
  child.stdin.end();
  return await resultOf(child);
}

async function writeScript(path: string, text: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
}
