import type { RadosEvents } from '../../src/objects/rados/rados-events.ts';
import { RadosStore, type RadosStoreOptions } from '../../src/objects/rados/rados-store.ts';
import type { CephOfFile } from './ceph-test.ts';
import { radosNamespace, type RadosNamespace } from './rados-pod.ts';

/** A namespace of its own with stores of any number of pods on it. */
export interface RadosPlace extends RadosNamespace {
  readonly open: (options?: Partial<RadosStoreOptions>) => Promise<RadosStore>;
}

/** Gives a namespace that nothing else uses; its stores beat each 50 ms and call others dead after 400 ms unless told. */
export async function radosPlace(ceph: CephOfFile): Promise<RadosPlace> {
  const place = await radosNamespace(ceph);
  return { ...place, open: (more = {}) => RadosStore.open({ ...place.options, events: LOUD, ...more }) };
}

/** Says what no test expects. */
const LOUD: RadosEvents = {
  sessionLost: ({ session, reason }) => say(`session ${session} lost: ${reason}`),
  dutyFailed: ({ duty, error }) => say(`${duty} failed: ${String(error)}`),
  foreignName: ({ name }) => say(`foreign name ${name}`),
};

function say(line: string): void {
  process.stderr.write(`rados: ${line}\n`);
}
