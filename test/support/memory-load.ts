import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { loadConfig } from '../../src/node/load-config.ts';
import { memoryBound } from '../../src/node/memory-bound.ts';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import { contentOf } from './content.ts';
import type { NodeProcess } from './node-process.ts';

const MIB = 2 ** 20;
/** What each client sets, gets and removes in each round. */
export const LOCAL_FILE_MIB = process.env['PROVENDER_TEST_LONG'] === '1' ? 512 : 64;
/** Removed data stays for a minute, and the test cluster is small. */
export const CEPH_FILE_MIB = 32;
const ROUNDS = 5;
const CLIENTS = 4;
/** What a collector may keep from one round to the next and give back in a later one. */
const FLAT_MARGIN = 1.25;

/** What the load is, for the name of a test. */
export function memoryLoad(fileMib: number): string {
  return `${ROUNDS} rounds of ${CLIENTS} clients with ${fileMib} MiB each`;
}

/** Small figures, so that the sum says something. */
const SMALL_LIMITS = {
  maxConnections: '16',
  maxBytesInFlight: '64MiB',
  setBufferSize: '32MiB',
  getBufferSize: '16MiB',
};
/** The same as arguments of `serve`. */
export const SMALL_LIMIT_ARGS: readonly string[] = [
  ['--max-connections', SMALL_LIMITS.maxConnections],
  ['--max-bytes-in-flight', SMALL_LIMITS.maxBytesInFlight],
  ['--set-buffer-size', SMALL_LIMITS.setBufferSize],
  ['--get-buffer-size', SMALL_LIMITS.getBufferSize],
].flat();

/** The documented sum in bytes, with small limits and `flags`. */
export async function memorySum(flags: Readonly<Record<string, string>>): Promise<number> {
  const { config } = await loadConfig({ flags: { ...SMALL_LIMITS, ...flags }, environment: {} });
  return memoryBound(config).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Memory of a process: what it holds by itself, and the pages of files that it has mapped, which the system takes back when it needs them. */
interface Resident {
  readonly ownBytes: number;
  readonly mappedBytes: number;
}

/** Reads it now. @see proc(5), RssAnon, RssShmem, RssFile */
function residentBytes(node: NodeProcess): Resident {
  const text = readFileSync(`/proc/${node.child.pid}/status`, 'utf8');
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024;
  return { ownBytes: field('RssAnon') + field('RssShmem'), mappedBytes: field('RssFile') };
}

/** Remembers the most that was seen. */
class Peak {
  #own = 0;
  #mapped = 0;
  readonly #node: NodeProcess;

  constructor(node: NodeProcess) {
    this.#node = node;
  }

  look(): Resident {
    const now = residentBytes(this.#node);
    this.#own = Math.max(this.#own, now.ownBytes);
    this.#mapped = Math.max(this.#mapped, now.mappedBytes);
    return now;
  }

  get most(): Resident {
    return { ownBytes: this.#own, mappedBytes: this.#mapped };
  }
}

/** A file that is made while it is sent: one random MiB, each copy numbered. */
async function* fileOf(seed: string, sizeBytes: number, peak: Peak): AsyncGenerator<Uint8Array> {
  const piece = contentOf(seed, MIB);
  for (let at = 0; at < sizeBytes; at += MIB) {
    new DataView(piece.buffer).setFloat64(0, at);
    if (at % (4 * MIB) === 0) peak.look();
    yield piece;
  }
}

/** Sets a file, gets it back, checked, and removes it. */
async function useOnce(
  client: ProvenderClient,
  seed: string,
  { sizeBytes, peak }: { sizeBytes: number; peak: Peak },
): Promise<void> {
  const { stat } = await client.setFile({ sizeBytes }, fileOf(seed, sizeBytes, peak));
  let bytes = 0;
  for await (const piece of (await client.getFile(stat.id)).data) {
    bytes += piece.length;
    if (bytes % (4 * MIB) === 0) peak.look();
  }
  assert.equal(bytes, sizeBytes);
  await client.removeFile(stat.id);
}

/**
 * Loads a node in rounds and asserts that its memory stays below `bound` and does not grow from round to round; `tell` takes what was seen.
 */
export async function assertMemoryBounded(
  node: NodeProcess,
  { bound, fileMib, tell }: { bound: number; fileMib: number; tell: (line: string) => void },
): Promise<void> {
  const peak = new Peak(node);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, () => ProvenderClient.open({ address: node.address })),
    );
    await Promise.all(
      clients.map((client, i) => useOnce(client, `${round}/${i}`, { sizeBytes: fileMib * MIB, peak })),
    );
    await Promise.all(clients.map((client) => client.close()));
    rounds.push(peak.look().ownBytes);
  }
  const { ownBytes, mappedBytes } = peak.most;
  const inMib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;
  tell(`after each round ${rounds.map(inMib).join(', ')}; peak ${inMib(ownBytes)}, bound ${inMib(bound)}`);
  tell(`mapped pages of files besides: ${inMib(mappedBytes)} at most`);
  assert.ok(ownBytes < bound, `${inMib(ownBytes)} is not below ${inMib(bound)}`);
  const [, second = 0, third = 0, fourth = 0, fifth = 0] = rounds;
  const early = Math.max(second, third);
  const late = Math.min(fourth, fifth);
  assert.ok(late < early * FLAT_MARGIN, `${inMib(early)} grew to ${inMib(late)}`);
}
