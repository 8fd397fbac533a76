import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { openScratch } from './scratch.ts';

const TIMEOUT_MS = 90_000;

/** A page whose scripts leave their result, as JSON, in the element `result`. @param scripts - whole elements */
export function pageOf(...scripts: readonly string[]): string {
  return `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><pre id="result"></pre>${scripts.join('')}`;
}

/**
 * Opens a page in headless Chromium.
 *
 * @param url - of a file, or on loopback
 * @returns what its scripts left in the element `result`
 * @throws Error with what Chromium said when they left nothing
 */
export async function resultInBrowser(url: string): Promise<unknown> {
  await using scratch = await openScratch();
  const { stdout, stderr } = await promisify(execFile)(
    'chromium',
    [
      '--headless',
      '--no-sandbox', // root has no other choice; the page is ours
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      '--enable-logging=stderr',
      `--user-data-dir=${scratch.at('profile')}`,
      '--dump-dom',
      url,
    ],
    { timeout: TIMEOUT_MS, maxBuffer: 16 * 2 ** 20, env: { ...process.env, HOME: scratch.path } },
  );
  const [, found = ''] = /<pre id="result">([^<]*)<\/pre>/.exec(stdout) ?? [];
  if (found === '') throw new Error(`the page left no result; Chromium said: ${stderr.slice(-2000)}`);
  return JSON.parse(found);
}
