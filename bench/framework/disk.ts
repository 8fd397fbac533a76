import { execFileSync } from 'node:child_process';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Conditions } from './report.ts';
import { median } from './statistics.ts';

const SYNCS = 50;

function fileSystem(directory: string): string {
  try {
    const lines = execFileSync('df', ['-T', directory], { encoding: 'utf8' }).trim().split('\n');
    const [device, kind] = (lines.at(-1) ?? '').split(/\s+/);
    return `${kind} on ${device}`;
  } catch {
    return 'unknown (no df)';
  }
}

/** Median of one 4 KiB append with fdatasync, ms: what an acknowledged write costs at least. */
async function syncMs(directory: string): Promise<number> {
  const path = join(directory, 'sync-probe');
  const file = await open(path, 'w');
  const block = new Uint8Array(4096);
  const times: number[] = [];
  try {
    for (let i = 0; i < SYNCS; i++) {
      const startedAt = performance.now();
      await file.write(block);
      await file.datasync();
      times.push(performance.now() - startedAt);
    }
  } finally {
    await file.close();
    await unlink(path);
  }
  return Number(median(times).toFixed(3));
}

/** Tells on which file system a folder lies and what a synced write costs there. */
export async function describeDisk(directory: string): Promise<Conditions> {
  return { fileSystem: fileSystem(directory), fdatasync4KiBMs: await syncMs(directory) };
}
