import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STRIPE_BLOCKS, STRIPE_SIZE } from '../../src/content/geometry.ts';
import { objectIdHex } from '../../src/content/object-id.ts';
import { decodeHead, encodeHead } from '../../src/objects/head.ts';
import { tagName } from '../../src/objects/tag.ts';
import { signCommitment } from '../../src/proof/commitment.ts';
import type { DamageKind } from '../../src/shares/scrub/scrub.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { type OpenShares, makeSigner, openShares } from '../support/open-shares.ts';
import { openScrubber } from '../support/open-scrubber.ts';
import { type WrittenShare, writeChunk, writeCollection, writeFile } from '../support/replica-writer.ts';
import { makeChunks } from '../support/share-content.ts';

const BLOCK = 4096;
const FILE_BLOCKS = STRIPE_BLOCKS + 3;
const CHUNKS = makeChunks(70);
const PROFILES = [0, 1, 2] as const;

/** What a store holds in every one of these tests. */
interface Held {
  readonly open: OpenShares;
  readonly profile: number;
  /** Of two stripes. */
  readonly file: WrittenShare;
  readonly collection: WrittenShare;
  readonly chunk: WrittenShare;
}

/** What has to be found. */
interface Expected {
  readonly kind: DamageKind;
  readonly key: string;
  readonly block?: number;
}

async function hold(profile: number): Promise<Held> {
  const open = await openShares();
  const writer = { store: open.store, signer: open.signer, profile };
  const file = await writeFile(writer, testBytes(FILE_BLOCKS * BLOCK - 5, 1));
  const collection = await writeCollection(writer, CHUNKS);
  const chunk = await writeChunk(writer, testBytes(3000, 2));
  await writeChunk(writer, testBytes(4096, 3));
  return { open, profile, file, collection, chunk };
}

/** Bytes of a stripe, as the store has them. */
function stripeOf({ open }: Held, share: WrittenShare, stripe: number): Uint8Array {
  const bytes = open.store.data.get(tagName(share.tag))?.stripes.get(stripe);
  assert.ok(bytes !== undefined);
  return bytes;
}

function flip(bytes: Uint8Array | undefined, at: number): void {
  assert.ok(bytes !== undefined && at < bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
}

function lone({ open, chunk }: Held): { head: Uint8Array; block: Uint8Array; key: string } {
  const key = Buffer.from(chunk.id).toString('latin1');
  const found = open.store.chunks.get(key);
  assert.ok(found !== undefined);
  return { ...found, key };
}

function headOf({ open }: Held, share: WrittenShare): Uint8Array {
  const head = open.store.heads.get(Buffer.from(share.id).toString('latin1'));
  assert.ok(head !== undefined);
  return head;
}

/** Runs a round over what `damage` leaves, and compares all that it found. */
async function finds(
  profile: number,
  damage: (held: Held) => readonly Expected[],
  isDeep = false,
): Promise<void> {
  const held = await hold(profile);
  await using open = held.open;
  const expected = damage(held);
  await using scrub = await openScrubber(open);
  const { counts } = await scrub.round({ isDeep });
  const place = ({ kind, key, block }: Expected): Expected =>
    block === undefined ? { kind, key } : { kind, key, block };
  assert.deepEqual(scrub.events.damage.map(place), expected.map(place), scrub.events.messages.join('\n'));
  assert.equal(counts.damaged, expected.length);
  assert.deepEqual(
    [...open.store.marks.keys()].toSorted(),
    [...new Set(expected.map(({ key }) => key))].toSorted(),
  );
}

test('a store without damage gives none, deep or not, and every byte is checked', async () => {
  for (const profile of PROFILES) {
    for (const isDeep of [false, true]) {
      const { open } = await hold(profile);
      await using _ = open;
      await using scrub = await openScrubber(open);
      const result = await scrub.round({ isDeep });
      assert.deepEqual(scrub.events.damage, []);
      assert.deepEqual(result.counts, {
        chunks: 2,
        files: 1,
        collections: 1,
        checkedBytes: open.store.usage().storedBytes,
        damaged: 0,
      });
      assert.deepEqual(result.difference, { storedBytes: 0, chunks: 0, files: 0, collections: 0 });
      assert.deepEqual(scrub.events.told, ['started', 'finished']);
    }
  }
});

for (const profile of PROFILES) {
  const layers = profile + 1;
  const name = (share: WrittenShare, stripe: number): string =>
    `${tagName(share.tag)}/${stripe.toString(16).padStart(6, '0')}`;

  test(`profile ${profile}: a flipped bit of a replica is found in its block`, async () => {
    await finds(profile, (held) => {
      flip(stripeOf(held, held.file, 0), 700 * BLOCK + 9);
      flip(stripeOf(held, held.file, 1), BLOCK);
      flip(stripeOf(held, held.collection, 0), 69 * BLOCK + 4095);
      const found: Expected[] = [
        { kind: 'block', key: name(held.file, 0), block: 700 },
        { kind: 'block', key: name(held.file, 1), block: STRIPE_BLOCKS + 1 },
        { kind: 'block', key: name(held.collection, 0), block: 69 },
      ];
      return found.toSorted((a, b) => order(held, a.key) - order(held, b.key));
    });
  });

  test(`profile ${profile}: a damaged block root of every layer is found`, async () => {
    for (let layer = 0; layer < layers; layer++) {
      await finds(profile, (held) => {
        flip(stripeOf(held, held.file, 0), STRIPE_SIZE + layer * STRIPE_BLOCKS * 32 + 33 * 32);
        const place = { kind: 'column', key: name(held.file, 0) } as const;
        return [layer === profile ? { ...place, block: 33 } : place];
      });
    }
  });

  test(`profile ${profile}: a block that is damaged together with its root is found`, async () => {
    await finds(profile, (held) => {
      const bytes = stripeOf(held, held.file, 0);
      flip(bytes, 5 * BLOCK);
      flip(bytes, STRIPE_SIZE + profile * STRIPE_BLOCKS * 32 + 5 * 32);
      return [{ kind: 'block', key: name(held.file, 0), block: 5 }];
    });
  });

  test(`profile ${profile}: damaged, short and missing stripe roots are found, and nothing below them is blamed`, async () => {
    for (let layer = 0; layer < layers; layer++) {
      await finds(profile, (held) => {
        const roots = open(held).roots;
        flip(roots, layer * 2 * 32 + 40);
        return [{ kind: 'roots', key: `${tagName(held.file.tag)}/r` }];
      });
    }
    await finds(profile, (held) => {
      const data = open(held);
      data.roots = data.roots?.subarray(0, 32) ?? new Uint8Array();
      return [{ kind: 'roots', key: `${tagName(held.file.tag)}/r` }];
    });
    await finds(profile, (held) => {
      delete open(held).roots;
      return [{ kind: 'roots', key: `${tagName(held.file.tag)}/r` }];
    });
  });

  test(`profile ${profile}: missing and short stripes are found`, async () => {
    await finds(profile, (held) => {
      open(held).stripes.delete(1);
      return [{ kind: 'stripe', key: name(held.file, 1), block: STRIPE_BLOCKS }];
    });
    for (const [length, block] of [
      [0, 0],
      [100 * BLOCK + 1, 100],
      [STRIPE_SIZE, undefined],
      [STRIPE_SIZE + 3 * 32, undefined],
    ] as const) {
      await finds(profile, (held) => {
        const { stripes } = open(held);
        stripes.set(0, stripes.get(0)?.subarray(0, length) ?? new Uint8Array());
        return [{ kind: 'stripe', key: name(held.file, 0), ...(block === undefined ? {} : { block }) }];
      });
    }
  });

  test(`profile ${profile}: a lone chunk is found damaged in its bytes, its length and its head`, async () => {
    await finds(profile, (held) => {
      flip(lone(held).block, 4000);
      return [{ kind: 'chunk', key: `c/${objectIdHex(held.chunk.id)}`, block: 0 }];
    });
    await finds(profile, (held) => {
      const { key, ...chunk } = lone(held);
      held.open.store.chunks.set(key, { ...chunk, id: held.chunk.id, block: chunk.block.subarray(0, 4000) });
      return [{ kind: 'chunk', key: `c/${objectIdHex(held.chunk.id)}`, block: 0 }];
    });
    await finds(profile, (held) => {
      flip(lone(held).head, 120);
      return [{ kind: 'head', key: `h/${objectIdHex(held.chunk.id)}` }];
    });
  });

  test(`profile ${profile}: a damaged head of a file is found, whichever byte it is`, async () => {
    for (const at of [0, 3, 9, 20, 60, 270]) {
      await finds(profile, (held) => {
        flip(headOf(held, held.file), at);
        return [{ kind: 'head', key: `h/${objectIdHex(held.file.id)}` }];
      });
    }
  });

  const reads = profile < 2 ? [false, true] : [true];
  test(`profile ${profile}: wrong chunk lengths and index rows of a collection are found`, async () => {
    for (const isDeep of reads) {
      await finds(
        profile,
        (held) => {
          const bytes = stripeOf(held, held.collection, 0);
          const blocks = 72;
          flip(bytes, blocks * (BLOCK + 32 * layers) + 2 * 41 + 1);
          return [{ kind: 'length', key: name(held.collection, 0), block: 41 }];
        },
        isDeep,
      );
      for (const wrong of [{ position: 5 }, { length: 7 }, undefined]) {
        await finds(
          profile,
          (held) => {
            const [chunk] = CHUNKS;
            assert.ok(chunk !== undefined);
            const key = Buffer.from(chunk.id).toString('latin1');
            const [row] = held.open.store.index.get(key) ?? [];
            assert.ok(row !== undefined);
            if (wrong === undefined) held.open.store.index.delete(key);
            else held.open.store.index.set(key, [{ tag: row.tag, row: { ...row.row, ...wrong } }]);
            return [{ kind: 'index', key: `x/${objectIdHex(chunk.id)}`, block: 0 }];
          },
          isDeep,
        );
      }
    }
  });
}

test('the head of another storer, a wrong signature and a head in a wrong place are found', async () => {
  const stranger = makeSigner();
  for (const wrong of ['storer', 'signature', 'place'] as const) {
    await finds(0, (held) => {
      const { store, signer } = held.open;
      const key = Buffer.from(held.file.id).toString('latin1');
      const { tag, statement, commitment } = decodeHead(headOf(held, held.file));
      const forged = commitment.slice();
      flip(forged, forged.length - 1);
      const head = {
        storer: () =>
          encodeHead(tag, signCommitment({ ...statement, storerKey: stranger.publicKey }, stranger)),
        signature: () => encodeHead(tag, forged),
        place: () => encodeHead(decodeHead(lone(held).head).tag, signCommitment(statement, signer)),
      }[wrong]();
      store.heads.set(key, head);
      return [{ kind: 'head', key: `h/${objectIdHex(held.file.id)}` }];
    });
  }
});

test('a wrong signature of a lone chunk is found by a deep round', async () => {
  for (const isDeep of [false, true]) {
    await finds(
      1,
      (held) => {
        const { key, head, block } = lone(held);
        const { tag, commitment } = decodeHead(head);
        flip(commitment, commitment.length - 1);
        held.open.store.chunks.set(key, { id: held.chunk.id, head: encodeHead(tag, commitment), block });
        return isDeep ? [{ kind: 'head', key: `h/${objectIdHex(held.chunk.id)}` }] : [];
      },
      isDeep,
    );
  }
});

test('a stripe that is lost whole is told in a few lines', async () => {
  const held = await hold(1);
  await using open = held.open;
  await using scrub = await openScrubber(open);
  stripeOf(held, held.file, 0).fill(0, 0, STRIPE_SIZE);
  const { counts } = await scrub.round();
  assert.deepEqual(
    scrub.events.damage.map(({ block }) => block),
    [0, 1, 2, 3, 4, 5, 6, 7],
  );
  assert.match(scrub.events.damage.at(-1)?.reason ?? '', /1016 more of the stripe/);
  assert.equal(counts.damaged, 8);
});

test('a replica that was encoded wrongly is found by a deep round only', async () => {
  const held = await hold(1);
  await using open = held.open;
  await using scrub = await openScrubber(open);
  // all roots of layer 1 fit, but it is the encoding of something else
  const { statement, tag } = await writeFile(
    { store: open.store, signer: open.signer, profile: 1 },
    testBytes(9000, 9),
  );
  const other = { ...statement, replicaIndex: 1 };
  open.store.heads.set(
    Buffer.from(statement.id).toString('latin1'),
    encodeHead(tag, signCommitment(other, open.signer)),
  );
  assert.equal((await scrub.round()).counts.damaged, 0);
  const { counts } = await scrub.round({ isDeep: true });
  assert.deepEqual([counts.damaged, scrub.events.damage[0]?.object], [1, objectIdHex(statement.id)]);
});

/** The data of the file. */
function open(held: Held): { stripes: Map<number, Uint8Array>; roots?: Uint8Array } {
  const data = held.open.store.data.get(tagName(held.file.tag));
  assert.ok(data !== undefined);
  return data;
}

/** Objects are walked in the order of their ids. */
function order(held: Held, key: string): number {
  const [file, collection] = [held.file, held.collection].map(({ id }) => objectIdHex(id));
  const isFile = key.startsWith(tagName(held.file.tag));
  return isFile === (file ?? '') < (collection ?? '') ? 0 : 1;
}
