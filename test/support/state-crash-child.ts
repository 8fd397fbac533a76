import { writeSync } from 'node:fs';
import { LevelStateStore } from '../../src/state/level/level-state-store.ts';

// A real process that writes to a state store until it is killed. Each lane moves its counter and two copies of it in one transaction, and tells what
// was acknowledged, one line each. Arguments: directory, lanes.

const [, , directory = '', lanes = '1'] = process.argv;
const store = await LevelStateStore.open({ directory });
const tell = (line: string): void => void writeSync(1, `${line}\n`);
tell('ready');
await Promise.all(Array.from({ length: Number(lanes) }, (_, lane) => runLane(lane)));

async function runLane(lane: number): Promise<never> {
  const lease = await store.grantLease(60_000);
  const found = await store.get(`n/${lane}`);
  for (let n = Number(new TextDecoder().decode(found?.value ?? new Uint8Array())) + 1; ; n++) {
    const value = new TextEncoder().encode(String(n));
    const puts = ['n', 'copy', 'again'].map((name) => ({ put: `${name}/${lane}`, value }));
    const { revision } = await store.txn({ then: [...puts, { put: `leased/${lane}`, value, lease }] });
    tell(`${lane} ${n} ${revision}`);
  }
}
