import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of one test, gone at its end. */
export interface Scratch extends AsyncDisposable {
  readonly path: string;
  /** A path inside it. */
  at(...names: string[]): string;
}

/** Makes a folder that nothing else uses. */
export async function openScratch(): Promise<Scratch> {
  const path = await mkdtemp(join(tmpdir(), 'provender-test-'));
  return {
    path,
    at: (...names) => join(path, ...names),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
