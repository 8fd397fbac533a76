import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { objectIdHex } from '../../src/content/object-id.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { makeChunk, makeCollection, makeFile, type StoredObject, storeObject } from './store-objects.ts';
import type { RawStore } from './store-raw.ts';

/** File of the golden bytes. */
export const GOLDEN_FILE = fileURLToPath(new URL('../vectors/object-layout.json', import.meta.url));

/** Golden bytes by name: SHA-256 in hex, and the bytes themselves where they are few. */
export type Golden = Readonly<Record<string, string>>;

/** What is written, in this order. */
export const GOLDEN_OBJECTS: readonly (readonly [string, () => StoredObject])[] = [
  ...[1, 2, 1023, 1024, 1025].map(
    (blocks) => [`file of ${blocks} blocks`, () => makeFile('golden', blocks * 4096 - 1)] as const,
  ),
  ['empty file', () => makeFile('golden', 0)],
  ['collection of 3', () => makeCollection('golden', 3)],
  ['collection of 1009, two stripes', () => makeCollection('golden', 1009)],
];

/** In hex. */
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
/** SHA-256 in hex. */
export const hashed = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Writes the objects one after the other, so that tags of a fresh store are 1.1, 1.2 and so on. */
export async function writeGolden(store: ObjectStore): Promise<void> {
  for (const [, make] of GOLDEN_OBJECTS) await storeObject(store, make());
  await store.setChunk(makeChunk('golden'));
}

/** The golden bytes as the file has them. */
export async function readGolden(): Promise<Golden> {
  const vectors: { golden: Golden } = JSON.parse(await readFile(GOLDEN_FILE, 'utf8'));
  return vectors.golden;
}

/** Stripe by its tag and number, put together from pages or read from its file. */
function stripe(
  raw: RawStore,
  adapter: string,
  place: { tag: string; stripe: number },
): Uint8Array | undefined {
  const number = place.stripe.toString(16).padStart(6, '0');
  if (adapter === 'files') return raw.files.get(`d/${place.tag}/${number}`);
  const prefix = `${place.tag.replace('.', '')}${place.stripe.toString(16).padStart(8, '0')}`;
  const pages = raw.rows.filter(({ table, key }) => table === 'p' && hex(key).startsWith(prefix));
  pages.forEach(({ key, value }, i) => {
    assert.equal(hex(key), prefix + i.toString(16).padStart(4, '0'), 'pages are numbered without gaps');
    assert.ok(value.length === 65_536 || i === pages.length - 1);
  });
  return pages.length === 0 ? undefined : Buffer.concat(pages.map(({ value }) => value));
}

function roots(raw: RawStore, adapter: string, tag: string): Uint8Array | undefined {
  if (adapter === 'files') return raw.files.get(`d/${tag}/r`);
  return raw.rows.find(({ table, key }) => table === 'r' && hex(key) === tag.replace('.', ''))?.value;
}

function loneChunk(raw: RawStore, adapter: string): { head: Uint8Array; block: Uint8Array } {
  const { id, head, block } = makeChunk('golden');
  const name = objectIdHex(id);
  if (adapter === 'files') {
    const file = raw.files.get(`c/${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`);
    assert.ok(file);
    const headBytes = Buffer.from(file).readUInt16BE(0);
    assert.equal(file.length, 2 + headBytes + 4096);
    return { head: file.subarray(2, 2 + headBytes), block: file.subarray(2 + headBytes) };
  }
  const row = (wanted: string) =>
    raw.rows.find(({ table, key }) => table === wanted && hex(key) === name)?.value;
  return { head: row('h') ?? head.subarray(0, 0), block: row('c') ?? block.subarray(0, 0) };
}

/** Takes the golden records out of what lies in a store. */
export function goldenOf(raw: RawStore, adapter: string): Golden {
  const golden: Record<string, string> = {};
  GOLDEN_OBJECTS.forEach(([name, make], i) => {
    const object = make();
    const tag = `00000001.${(i + 1).toString(16).padStart(8, '0')}`;
    const head = raw.rows.find(({ table, key }) => table === 'h' && hex(key) === objectIdHex(object.id));
    assert.ok(head);
    golden[`${name}: head`] = hex(head.value);
    object.stripes.forEach((_, number) => {
      const bytes = stripe(raw, adapter, { tag, stripe: number });
      assert.ok(bytes, `${name}: stripe ${number}`);
      golden[`${name}: stripe ${number}, ${bytes.length} bytes`] = hashed(bytes);
    });
    const stripeRoots = roots(raw, adapter, tag);
    if (stripeRoots !== undefined) golden[`${name}: r`] = hex(stripeRoots);
    const rows = raw.rows.filter(
      ({ table, key }) => table === 'x' && hex(key.subarray(16)) === tag.replace('.', ''),
    );
    assert.equal(rows.length, object.chunkIds.length);
    const text = rows.map(({ key, value }) => `${hex(key)} ${hex(value)}`);
    if (rows.length > 0)
      golden[`${name}: index rows`] =
        rows.length > 3 ? hashed(Buffer.from(text.join('\n'))) : text.join('\n');
  });
  const chunk = loneChunk(raw, adapter);
  golden['lone chunk: head'] = hex(chunk.head);
  golden['lone chunk: block'] = hashed(chunk.block);
  return golden;
}
