import { writeSync } from 'node:fs';
import { StoredShares } from '../../src/shares/stored-shares.ts';
import { inlineHasher } from '../../src/proof/tree-hasher.ts';
import { CRASH_OBJECTS, CRASH_RAW_ABOVE_BYTES } from './encode-crash-objects.ts';
import { makeSigner } from './open-shares.ts';
import { crashSteps, openForCrash } from './store-crash-open.ts';
import type { CrashOrders } from './store-crash-plan.ts';

// A real process that sets replicas until it is killed. It tells what was acknowledged, one line each.

const orders: CrashOrders = JSON.parse(process.argv[2] ?? '{}');
const kill = (): void => void process.kill(process.pid, 'SIGKILL');
const store = await openForCrash(orders, crashSteps(orders, kill));
const shares = await StoredShares.open({
  store,
  signer: makeSigner(),
  hasher: inlineHasher,
  limitBytes: 2 ** 30,
  stagedRawAboveBytes: CRASH_RAW_ABOVE_BYTES,
});
for (const object of CRASH_OBJECTS) {
  await object.set(shares);
  writeSync(1, `${object.name}\n`);
}
await shares.close();
await store.close();
