import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { openScratch } from './scratch.ts';

const TIMEOUT_MS = 90_000;

/**
 * Runs a script in headless Chromium on a page of its own, from a file, without a network.
 *
 * @param script - a classic script; it leaves its result, as JSON, in the element `result`
 * @returns that result
 * @throws Error with what Chromium said when the script left none
 */
export async function runInBrowser(script: string): Promise<unknown> {
  await using scratch = await openScratch();
  const page = scratch.at('page.html');
  const inline = script.replaceAll('</script', '<\\/script');
  await writeFile(
    page,
    `<!doctype html><meta charset="utf-8"><pre id="result"></pre><script>${inline}</script>`,
  );
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
      `--user-data-dir=${scratch.at('profile')}`,
      '--dump-dom',
      pathToFileURL(page).href,
    ],
    { timeout: TIMEOUT_MS, maxBuffer: 16 * 2 ** 20, env: { ...process.env, HOME: scratch.path } },
  );
  const [, found = ''] = /<pre id="result">([^<]*)<\/pre>/.exec(stdout) ?? [];
  if (found === '') throw new Error(`the page left no result; Chromium said: ${stderr.slice(-2000)}`);
  return JSON.parse(found);
}
