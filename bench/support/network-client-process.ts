import { compareBytes, OBJECT_KIND, type ObjectId, objectId } from '../../src/content/object-id.ts';
import { letHeapGrow } from '../../src/node/heap-growth.ts';
import { verifyReceipt } from '../../src/placement/receipt.ts';
import { TreeBuilder } from '../../src/proof/tree-builder.ts';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import { serveCommands } from '../framework/commands.ts';
import { content } from './content.ts';
import { timed } from './each.ts';

const PIECE = 256 * 1024;
/** As the command has it: all files of a client come over one connection. */
const CHANNELS = 1;

interface SentFile {
  readonly id: ObjectId;
  readonly bytes: Uint8Array;
}

/** A file that storers hold. */
export interface PlacedFile {
  readonly id: ObjectId;
  readonly sizeBytes: number;
  /** `host:port` of each, in the order of their places. */
  readonly holders: readonly string[];
}

/** Files that were placed at the same time, and how long that took. */
export interface PlacedTogether {
  readonly files: readonly PlacedFile[];
  /** From the first byte of the first one to the last receipt. */
  readonly ms: number;
  /** From first byte to receipt, file by file. */
  readonly eachMs: readonly number[];
  /** Why the others were not placed. */
  readonly failures: readonly string[];
}

const clients = new Map<string, ProvenderClient>();
let files: readonly SentFile[] = [];

async function clientOf(address: string): Promise<ProvenderClient> {
  const known = clients.get(address);
  if (known !== undefined) return known;
  const client = await ProvenderClient.open({ address, channels: CHANNELS });
  clients.set(address, client);
  return client;
}

function fileOf(bytes: Uint8Array): SentFile {
  const { dataRoot } = new TreeBuilder().update(bytes).finish();
  return { id: objectId({ kind: OBJECT_KIND.file, sizeBytes: bytes.length, count: 1, dataRoot }), bytes };
}

async function* piecesOf(bytes: Uint8Array, onFirst: () => void): AsyncGenerator<Uint8Array, void> {
  onFirst();
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

async function place(client: ProvenderClient, { id, bytes }: SentFile, replicas: number) {
  let startedAt = Number.NaN;
  const onFirst = (): void => {
    startedAt = performance.now();
  };
  const { receipt } = await client.putPlaced({ id, sizeBytes: bytes.length }, piecesOf(bytes, onFirst), {
    replicas,
  });
  return { startedAt, endedAt: performance.now(), receipt, file: { id, sizeBytes: bytes.length } };
}

/** Addresses of all nodes, by the hex of their keys. */
async function addresses(client: ProvenderClient): Promise<ReadonlyMap<string, string>> {
  const known = new Map<string, string>();
  for await (const { nodes } of client.network.nodes())
    for (const { storerKey, address } of nodes) known.set(hex(storerKey), address);
  return known;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Checks a receipt by its bytes and says who holds the file. */
function holdersOf(receipt: Uint8Array, id: ObjectId, known: ReadonlyMap<string, string>): string[] {
  const verdict = verifyReceipt(receipt);
  if (!verdict.ok) throw new Error(`a receipt does not hold: ${verdict.reason}, ${verdict.detail}`);
  if (compareBytes(verdict.facts.id, id) !== 0) throw new Error('the receipt is that of another file');
  return verdict.facts.storers.map(({ leaf: { storerKey } }) => {
    const address = known.get(hex(storerKey));
    if (address === undefined) throw new Error('the receipt names a storer that is not registered');
    return address;
  });
}

const commands = {
  /** Makes the bytes of the next files and their ids; no seed may come twice. */
  prepare: async ({ seed, count, sizeBytes }: { seed: number; count: number; sizeBytes: number }) => {
    files = Array.from({ length: count }, (_, i) => fileOf(content(seed + i, sizeBytes)));
  },
  /** Places all of them at the same time. */
  place: async ({ address, replicas }: { address: string; replicas: number }): Promise<PlacedTogether> => {
    const client = await clientOf(address);
    const all = await Promise.allSettled(files.map((file) => place(client, file, replicas)));
    const placed = all.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
    const failures = all.flatMap((it) => (it.status === 'rejected' ? [String(it.reason)] : []));
    if (placed.length === 0) throw new Error(`nothing was placed: ${failures[0]}`);
    const known = await addresses(client);
    return {
      ms: Math.max(...placed.map((it) => it.endedAt)) - Math.min(...placed.map((it) => it.startedAt)),
      eachMs: placed.map((it) => it.endedAt - it.startedAt),
      files: placed.map(({ file, receipt }) => ({ ...file, holders: holdersOf(receipt, file.id, known) })),
      failures,
    };
  },
  /** Reads a whole file; ms. With `verify` its bytes are checked here too, against the id that was made of what was sent. */
  read: async (question: { address: string; id: ObjectId; isHeldHere: boolean; verify: boolean }) => {
    const { address, id, isHeldHere, verify } = question;
    const client = await clientOf(address);
    return await timed(async () => {
      const { data, length } = await client.getFile(id, {}, { isHeldHere, verify });
      let got = 0;
      for await (const piece of data) got += piece.length;
      if (got !== length) throw new Error(`${got} of ${length} bytes came back`);
    });
  },
};

/** What this process can do. */
export type NetworkClientCommands = typeof commands;

letHeapGrow(); // as the commands do
serveCommands(commands);
