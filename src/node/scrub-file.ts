import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScrubMemory } from '../shares/scrub/scrub-memory.ts';
import { makePrivateDirectory, writeDurably } from './durable-file.ts';

const NAME = 'scrub.json';

/** Keeps where the scrubber is in `state/scrub.json` of a data directory. */
export function scrubFile(dataDirectory: string): ScrubMemory {
  const folder = join(dataDirectory, 'state');
  const path = join(folder, NAME);
  return {
    load: async () => {
      await makePrivateDirectory(folder);
      // of a process that was killed while it wrote
      const left = (await readdir(folder)).filter((name) => /^scrub\.json\.\d+\.tmp$/.test(name));
      for (const name of left) await rm(join(folder, name), { force: true });
      return await readFile(path, 'utf8').catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      });
    },
    save: (text) => writeDurably(path, text, { mode: 0o600, exclusive: false }),
  };
}
