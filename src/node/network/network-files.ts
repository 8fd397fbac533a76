import { compareBytes, OBJECT_KIND, type ObjectId, objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { NodePeer } from '../../placement/ports.ts';
import type { Primary } from '../../placement/primary/primary.ts';
import type { PlaceOptions } from '../../placement/primary/primary-options.ts';
import { receiptOf } from '../../placement/primary/receipts.ts';
import type { PlacedReader } from '../../placement/reading/placed-reader.ts';
import { type ReceiptFacts, verifyReceipt } from '../../placement/receipt.ts';
import type { Genesis } from '../../placement/registry/genesis.ts';
import type { Chain } from '../../placement/rounds/chain.ts';
import type { RoundLog } from '../../placement/rounds/round-log.ts';
import type { PlacedFiles, PlacedOutcome, PlacementWish } from '../../rpc/placed-files.ts';
import { placedStat } from '../../rpc/placed-files.ts';
import type { CallOptions, FileDeclaration, FileReading, ShareStat } from '../../shares/shares.ts';
import type { Stage } from '../stage/stage.ts';
import { formatAddress } from '../units.ts';

/** N of a file whose sender names none. @see storer-selection.md, section 4 */
const DEFAULT_REPLICAS = 8;

/** What a primary places files with. */
export interface PlacingParts {
  readonly primary: Primary;
  readonly stage: Stage;
}

/** What files of a network are set and read with; all of it stays the owner's. */
export interface NetworkFilesParts {
  readonly genesis: Genesis;
  readonly log: RoundLog;
  readonly chain: Pick<Chain, 'registry' | 'placedIn'>;
  /** Absent at a node that is no primary: it reads files, and sends their senders to one. */
  readonly placing?: PlacingParts;
  readonly reader: PlacedReader;
  /** Of files whose sender asks for none. */
  readonly profile: number;
}

/** Files that storers of the network hold, as a node sets and reads them for its users. */
export class NetworkFiles implements PlacedFiles {
  readonly #parts: NetworkFilesParts;

  constructor(parts: NetworkFilesParts) {
    this.#parts = parts;
  }

  async put(
    declared: FileDeclaration,
    source: AsyncIterable<Uint8Array>,
    { replicas = DEFAULT_REPLICAS, name = '', signal }: PlacementWish & CallOptions,
  ): Promise<PlacedOutcome> {
    const { placing } = this.#parts;
    if (placing === undefined) throw notAPrimary(this.#parts.genesis);
    const { id, profile = this.#parts.profile } = declared;
    const known = id === undefined ? undefined : await this.#receipt(id);
    if (known !== undefined) return this.#outcome(known, true);
    const wish = { profile, replicas, name, ...(signal && { signal }) };
    const receipt =
      id === undefined
        ? await placeStaged(placing, { declared, source, wish })
        : await placeWhileStaging(placing, { declared: { ...declared, id }, source, wish });
    return this.#outcome(receipt, false);
  }

  async open(
    id: ObjectId,
    range: { readonly offset?: number; readonly length?: number },
    { receipt, signal }: { readonly receipt?: Uint8Array } & CallOptions,
  ): Promise<FileReading> {
    const facts = await this.#facts(id, receipt);
    const { profile, sizeBytes } = facts;
    const file = { facts, profile, holders: this.#holders(facts) };
    const reading = await this.#parts.reader.open(file, range, signal === undefined ? {} : { signal });
    return { stat: placedStat({ id, sizeBytes, profile }), ...reading };
  }

  async stat(id: ObjectId, { receipt }: { readonly receipt?: Uint8Array } & CallOptions): Promise<ShareStat> {
    return placedStat(await this.#facts(id, receipt));
  }

  /** What the receipt says, the caller's or that of a file that the log names. */
  async #facts(id: ObjectId, receipt: Uint8Array | undefined): Promise<ReceiptFacts> {
    const bytes = receipt ?? (await this.#receipt(id));
    if (bytes === undefined) {
      const text = `file ${objectIdHex(id)} is neither here nor placed in this network`;
      throw new ProvenderError('PROVENDER_NOT_FOUND', text, { details: { id: objectIdHex(id) } });
    }
    const facts = this.#checked(bytes);
    if (compareBytes(facts.id, id) !== 0) {
      throw new ProvenderError(
        'PROVENDER_INVALID',
        `the receipt is that of ${objectIdHex(facts.id)}, asked for is ${objectIdHex(id)}`,
      );
    }
    return facts;
  }

  /** The receipt of a file that the log names. */
  async #receipt(id: ObjectId): Promise<Uint8Array | undefined> {
    const placedIn = this.#parts.chain.placedIn(id);
    return placedIn === undefined ? undefined : await receiptOf(id, placedIn, this.#parts);
  }

  #outcome(receipt: Uint8Array, held: boolean): PlacedOutcome {
    return { stat: placedStat(this.#checked(receipt)), held, commR: new Uint8Array(), receipt };
  }

  /** @throws ProvenderError `PROVENDER_INVALID` for a receipt that does not hold in this network */
  #checked(receipt: Uint8Array): ReceiptFacts {
    const verdict = verifyReceipt(receipt, { genesis: this.#parts.genesis });
    if (verdict.ok) return verdict.facts;
    const { reason, detail } = verdict;
    throw new ProvenderError('PROVENDER_INVALID', `receipt: ${detail}`, { details: { reason } });
  }

  /** Where the storers of a receipt are reached now. Who has moved is found; who has retired may still answer. */
  #holders({ storers }: ReceiptFacts): readonly NodePeer[] {
    return storers.flatMap(({ leaf: { storerKey } }) => {
      const node = this.#parts.chain.registry.node(storerKey);
      return node === undefined
        ? []
        : [{ storerKey, address: formatAddress({ host: node.host, port: node.grpcPort }) }];
    });
  }
}

/** An upload on its way to storers. */
interface Placing<Declared extends FileDeclaration> {
  readonly declared: Declared;
  readonly source: AsyncIterable<Uint8Array>;
  readonly wish: PlaceOptions;
}

/** Announces at once; the lottery runs while the bytes come. */
async function placeWhileStaging(
  { primary, stage }: PlacingParts,
  { declared, source, wish }: Placing<FileDeclaration & { readonly id: ObjectId }>,
): Promise<Uint8Array> {
  const { id, sizeBytes } = declared;
  const giveUp = new AbortController();
  const signal = wish.signal === undefined ? giveUp.signal : AbortSignal.any([wish.signal, giveUp.signal]);
  const staged = stage.take({ sizeBytes, id }, source, { signal });
  try {
    return await primary.place({ id, kind: OBJECT_KIND.file, sizeBytes, count: 1, staged }, wish);
  } finally {
    giveUp.abort(new ProvenderError('PROVENDER_CANCELLED', 'the placement has ended')); // before its upload, perhaps
    const [settled] = await Promise.allSettled([staged]);
    if (settled.status === 'fulfilled') await settled.value.release();
  }
}

async function placeStaged(
  { primary, stage }: PlacingParts,
  { declared, source, wish }: Placing<FileDeclaration>,
): Promise<Uint8Array> {
  const { signal } = wish;
  await using staged = await stage.take(declared, source, signal === undefined ? {} : { signal });
  return await primary.place(staged, wish);
}

/** The error of a node that takes no files for the network. */
function notAPrimary({ primaries, name }: Genesis): ProvenderError {
  const known = primaries.map(({ address }) => address).join(', ');
  return new ProvenderError(
    'PROVENDER_UNSUPPORTED',
    `this node is no primary of network ${name}: put to one of ${known}`,
    { details: { network: name } },
  );
}
