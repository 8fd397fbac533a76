import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { CLI_ARGS, type CliResult, cleanEnvironment, resultOf } from './node-process.ts';

/** A shell block below a heading of a page, as it can be pasted. @param place - 0 for the first one */
export async function blockBelow(page: string, heading: string, place = 0): Promise<string> {
  const text = await readFile(new URL(`../../${page}`, import.meta.url), 'utf8');
  const [, below = ''] = text.split(`\n${heading}\n`);
  const [, block] = [...below.matchAll(/```sh\n([\s\S]*?)```/g)][place] ?? [];
  if (block === undefined) throw new Error(`${page} has no shell block ${place + 1} below "${heading}"`);
  return block;
}

/**
 * Runs commands of a page in `folder`, as somebody would who pastes them; `provender` and `npx provender` are the sources. A `serve` is sent SIGTERM as
 * soon as it is ready, and has to end well; `npm start --` stands for one.
 */
export async function runAsPasted(
  commands: string,
  { folder, env = {} }: { folder: string; env?: NodeJS.ProcessEnv },
): Promise<CliResult> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const words = [process.execPath, ...CLI_ARGS].map((word) => `'${word}'`).join(' ');
  await writeScript(join(bin, 'provender'), `[ "$1" = serve ] || exec ${words} "$@"\n${served(words)}`);
  // npx and npm start themselves are tested in test/house
  await writeScript(join(bin, 'npx'), `[ "$1" = provender ] || exit 9\nexec "$@"`);
  await writeScript(
    join(bin, 'npm'),
    `[ "$1 $2" = "start --" ] || exit 9\nshift 2\nexec provender serve "$@"`,
  );
  const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', commands], {
    cwd: folder,
    env: cleanEnvironment({ PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, ...env }),
  });
  child.stdin.end();
  return await resultOf(child);
}

/** Shell commands that run a node until it is ready. */
function served(words: string): string {
  return `${words} "$@" --listen 127.0.0.1:0 --http-listen 127.0.0.1:0 > serve.log &
node=$!
until grep -q '"event":"ready"' serve.log; do
  kill -0 $node || exit 9
  sleep 0.1
done
kill -TERM $node
wait $node`;
}

async function writeScript(path: string, text: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
}
