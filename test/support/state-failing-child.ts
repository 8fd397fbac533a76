import { rmSync, writeFileSync, writeSync } from 'node:fs';
import { LevelStateStore } from '../../src/state/level/level-state-store.ts';
import { codeOf } from './store-reading.ts';

// Works on a state store, makes syncs fail by writing the switch file, and reports what became of each call as JSON on standard output.

const [, , directory = ''] = process.argv;
const control = process.env['FAIL_SWITCH'] ?? '';
const store = await LevelStateStore.open({ directory });
const put = (key: string) => store.txn({ then: [{ put: key, value: new Uint8Array(10) }] });
await put('before');
writeFileSync(control, 'fdatasync .log');
const failed = await codeOf(put('during'));
rmSync(control); // the disk is well again, but what it lost nobody knows
const refused = [
  await codeOf(put('after')),
  await codeOf(store.get('before')),
  await codeOf(store.range('')),
];
const close = await codeOf(store.close());
writeSync(1, JSON.stringify({ failed, refused, close }));
