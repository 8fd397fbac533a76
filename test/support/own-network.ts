import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './node-process.ts';

/** An address that is this machine's inside such a network, and not loopback. @see RFC 5737 */
export const OUTSIDE_ADDRESS = '192.0.2.1';

const INSIDE = 'PROVENDER_TEST_INSIDE_NETWORK';
const PREPARE = `ip link set lo up && ip address add ${OUTSIDE_ADDRESS}/32 dev lo`;

/**
 * Runs the tests of a file inside a network namespace of their own, which has 127.0.0.1, ::1 and 192.0.2.1 whatever the machine has: the file is
 * started a second time in it. Where the system gives no namespace (neither root nor user namespaces) they are skipped, in CI that fails.
 *
 * @param file - `import.meta.url` of the test file
 * @param define - defines its tests
 */
export function inOwnNetwork(file: string, define: () => void): void {
  if (process.env[INSIDE] === 'yes') {
    define();
    return;
  }
  test('in a network of its own', async (context) => {
    const unshare = ['--net', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];
    const probe = spawnSync('unshare', [...unshare, 'sh', '-c', PREPARE], { encoding: 'utf8' });
    if (probe.status !== 0) {
      const reason = `no network namespace here: ${probe.error?.message ?? probe.stderr.trim()}`;
      assert.ok(process.env['CI'] === undefined, reason);
      context.skip(reason);
      return;
    }
    const node = [process.execPath, '--import', import.meta.resolve('tsx'), '--test', fileURLToPath(file)];
    const script = `${PREPARE} && exec "$@"`;
    const { error, output } = await run('unshare', [...unshare, 'sh', '-c', script, 'sh', ...node]);
    assert.equal(error, null, output);
    assert.match(output, /^# pass [1-9]/m, output);
    assert.match(output, /^# skipped 0$/m, output);
  });
}

function run(command: string, args: readonly string[]): Promise<{ error: Error | null; output: string }> {
  // a test runner inside a test runner reports to the outer one, and not in words
  const { NODE_TEST_CONTEXT: _context, ...env } = cleanEnvironment({ [INSIDE]: 'yes' });
  return new Promise((resolve) => {
    execFile(command, args, { env, timeout: 120_000 }, (error, stdout, stderr) =>
      resolve({ error, output: `${stdout}${stderr}` }),
    );
  });
}
