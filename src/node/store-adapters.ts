import { ProvenderError } from '../content/provender-error.ts';
import { FilesStore } from '../objects/files/files-store.ts';
import { LevelStore } from '../objects/level/level-store.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { PaidDataEvents, PaymentMarks } from '../objects/payment-marks.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { DataDirectory } from './data-directory.ts';
import type { DataPlace } from './format-file.ts';
import { observedStore } from './observed-store.ts';
import { paidDataEvents } from './paid-data-events.ts';
import type { NodeConfig } from './settings.ts';

/** What an adapter is opened with. */
export interface StoreContext {
  readonly config: NodeConfig;
  readonly directory: DataDirectory;
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  readonly telemetry: Telemetry;
  /** Who knows what was decided about staged data that was paid for; absent at a node that takes no payments. */
  readonly marks?: PaymentMarks;
}

/** A store and how much shares may take in it, in bytes. */
export interface OpenedStore {
  readonly store: ObjectStore;
  readonly limitBytes: number;
}

/** The object stores that a node can run on, by the name that the configuration uses. */
const STORE_ADAPTERS: Readonly<Record<NodeConfig['store'], (context: StoreContext) => Promise<OpenedStore>>> =
  {
    level: (context) => openEmbedded(context, LevelStore),
    files: (context) => openEmbedded(context, FilesStore),
    rados: async (context) => {
      // loaded here: a node that keeps its data elsewhere needs no librados
      const { openRadosStore } = await import('./ceph/open-rados-store.ts');
      return await openRadosStore(context);
    },
  };

/**
 * Opens the configured store, with its operations counted and timed.
 * @throws ProvenderError what the adapter throws; `PROVENDER_NATIVE_MISSING` when store `rados` finds no librados
 */
export async function openStore(context: StoreContext): Promise<OpenedStore> {
  const { store, limitBytes } = await STORE_ADAPTERS[context.config.store](context);
  return { store: observedStore(store, context.telemetry.metrics.store), limitBytes };
}

/** Where the configured store keeps its data, if not in the data directory. */
export function dataPlace({ store, pool, namespace }: NodeConfig): DataPlace | undefined {
  return store === 'rados' && pool !== undefined ? { pool, namespace } : undefined;
}

async function openEmbedded(
  { config, directory, marks, telemetry }: StoreContext,
  adapter: {
    open(options: { directory: string; marks?: PaymentMarks; events: PaidDataEvents }): Promise<ObjectStore>;
  },
): Promise<OpenedStore> {
  const limitBytes = config.limit ?? directory.format.limitBytes;
  if (limitBytes === undefined)
    throw new ProvenderError(
      'PROVENDER_CONFIG',
      `data directory ${directory.path}: format.json names no limit`,
    );
  const events = paidDataEvents(telemetry);
  const options = { directory: directory.objects, ...(marks !== undefined && { marks }), events };
  return { store: await adapter.open(options), limitBytes };
}
