import type { TestContext } from 'node:test';

/**
 * Says whether a test may use a program that comes from the system, such as `strace`. `npm test` has looked for them
 * all and names the missing ones in `PROVENDER_MISSING_TOOLS`; it fails in CI when one is missing, so that a skipped
 * test can only happen on somebody's own machine, where the last line of the run says so.
 *
 * @param tool - the command, as in the table of `scripts/setup/system-packages.mjs`
 * @returns true when it is there; false when the test has been marked as skipped and should return
 */
export function hasSystemTool(t: TestContext, tool: string): boolean {
  const missing = (process.env['PROVENDER_MISSING_TOOLS'] ?? '').split(',');
  if (!missing.includes(tool)) return true;
  t.skip(`${tool} is not installed`);
  return false;
}
