import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SOURCE = fileURLToPath(new URL('vrf-facts.cc', import.meta.url));
const VRF = fileURLToPath(new URL('../../native/vrf', import.meta.url));
/** As the addon is built. */
const FLAGS = ['-std=c++20', '-O3', '-fPIC', '-fno-omit-frame-pointer'];

/** What a run of the program gave. */
interface FactsRun {
  readonly code: number | null;
  /** One line for each question. */
  readonly lines: readonly string[];
  readonly errors: string;
}

/** A program that answers for single parts of native/vrf. */
export interface VrfFacts extends Disposable {
  /** @param by - a command that runs the program, such as valgrind; nothing: itself */
  ask(word: string, questions: readonly string[], by?: readonly string[]): Promise<FactsRun>;
}

/** Compiles the program, about 10 s of one core. */
export async function buildVrfFacts(): Promise<VrfFacts> {
  const folder = mkdtempSync(join(tmpdir(), 'provender-vrf-'));
  const program = join(folder, 'vrf-facts');
  const parts = readdirSync(VRF).filter((name) => name.endsWith('.cc') && name !== 'vrf-calls.cc');
  await promisify(execFile)('c++', [
    ...FLAGS,
    SOURCE,
    ...parts.map((name) => join(VRF, name)),
    '-o',
    program,
  ]);
  return {
    ask: (word, questions, by = []) => run([...by, program, word], questions),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

async function run(command: readonly string[], questions: readonly string[]): Promise<FactsRun> {
  const [file = '', ...args] = command;
  // Under the sanitizers' runs it names a library that valgrind cannot load.
  const { LD_PRELOAD: _, ...env } = process.env;
  const child = spawn(file, args, { timeout: 120_000, env });
  const code = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  child.stdin.end(questions.map((line) => `${line}\n`).join(''));
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, lines: out.split('\n').slice(0, -1), errors };
}
