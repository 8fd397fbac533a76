import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The face of hub_test.node: the completion hub over an engine of four threads that needs no Ceph. */
export interface HubTest {
  /** Opens this environment's hub. */
  start(sink: (pairs: Int32Array, extras?: readonly unknown[]) => void): void;
  /** The engine completes the operation soon, with this number. */
  submit(id: number, rc: number, extra?: number): void;
  /** Pending until it is released or cancelled (-125). */
  hold(id: number): void;
  /** Completes one that is held; false when it is not. */
  release(id: number, rc: number): boolean;
  cancel(id: number): void;
  /** Completed within the call, as a submission that the engine refuses. */
  refuse(id: number, rc: number): void;
  /** Blocks this thread until the engine has completed all that was submitted. */
  waitUntilIdle(): void;
  /** Gives `value + 1` from a thread of the background; rejects with `value` as errno when it is negative. */
  inBackground(value: number): Promise<number>;
}

const SHADOW = new URL('../../build-test/build/Release/hub_test.node', import.meta.url);
const BUILD = new URL('../../scripts/build-native.mjs', import.meta.url);

/** Path of hub_test.node, built when need be. `PROVENDER_HUB_TEST` names another build, that of a sanitizer. */
export function hubTestPath(): string {
  const given = process.env['PROVENDER_HUB_TEST'];
  if (given !== undefined) return given;
  execFileSync(process.execPath, [fileURLToPath(BUILD), '--test'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return fileURLToPath(SHADOW);
}

/** Loads the addon into this thread. */
export function loadHubTest(): HubTest {
  const addon: unknown = createRequire(import.meta.url)(hubTestPath());
  if (isHubTest(addon)) return addon;
  throw new Error('hub_test.node has no face of this version');
}

function isHubTest(addon: unknown): addon is HubTest {
  return typeof addon === 'object' && addon !== null && 'inBackground' in addon;
}
