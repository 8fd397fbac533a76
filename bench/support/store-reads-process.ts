import { randomBytes } from 'node:crypto';
import { BLOCK_SIZE } from '../../src/content/geometry.ts';
import type { ObjectId } from '../../src/content/object-id.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { inlineHasher } from '../../src/proof/tree-hasher.ts';
import { StoredShares } from '../../src/shares/stored-shares.ts';
import { serveCommands } from '../framework/commands.ts';
import { content } from './content.ts';
import { openStore } from './open-store.ts';
import { makeSigner } from './signer.ts';

const LIMIT = 2 ** 34;
const PROOFS = 16;
const PIECE = 256 * 1024;
const signer = makeSigner();

/** A store whose answers are weighed: what a proof makes it read. */
function weighed(store: ObjectStore, count: (bytes: number) => void): ObjectStore {
  const sizeOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);
  return new Proxy(store, {
    get(target, name) {
      if (name === 'readStripe') {
        return async (...args: Parameters<ObjectStore['readStripe']>) => {
          const parts = await target.readStripe(...args);
          count(sizeOf(parts ?? []));
          return parts;
        };
      }
      if (name === 'readRoots' || name === 'getHead') {
        return async (key: never) => {
          const bytes = await target[name](key);
          count(bytes?.length ?? 0);
          return bytes;
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

function openShares(store: ObjectStore, profile: number): Promise<StoredShares> {
  const profiles = { chunks: profile, files: profile };
  return StoredShares.open({ store, signer, limitBytes: LIMIT, hasher: inlineHasher, profiles });
}

async function setFile(store: ObjectStore, profile: number, blocks: number): Promise<ObjectId> {
  await using shares = await openShares(store, profile);
  const bytes = content(profile, blocks * BLOCK_SIZE);
  const { stat } = await shares.setFile({ sizeBytes: bytes.length }, piecesOf(bytes));
  return stat.id;
}

const commands = {
  /** The most bytes that the store gave for a one-leaf possession proof, each by a service that has just been opened: nothing is in its caches. */
  leafProof: async ({ profile, blocks }: { profile: number; blocks: number }) => {
    const store = await openStore({ store: 'memory', directory: '' });
    const id = await setFile(store, profile, blocks);
    let most = 0;
    for (let i = 0; i < PROOFS; i++) {
      let read = 0;
      const counted = weighed(store, (bytes) => {
        read += bytes;
      });
      await using shares = await openShares(counted, profile);
      const beacon = new Uint8Array(randomBytes(32));
      const challenge = { mode: PROOF_MODE.audit, form: PROOF_FORM.possession, k: 1, beacon };
      await shares.verifyFile({ id, challenge });
      most = Math.max(most, read);
    }
    return most;
  },
};

/** What this process can do. */
export type StoreReadsCommands = typeof commands;

serveCommands(commands);
