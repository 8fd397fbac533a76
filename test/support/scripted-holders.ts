import { objectId, OBJECT_KIND, type ObjectId, objectIdHex } from '../../src/content/object-id.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import type { Clock } from '../../src/placement/clock.ts';
import type { NodePeer } from '../../src/placement/ports.ts';
import type { HolderCalls } from '../../src/placement/reading/holder-calls.ts';
import type { PlacedFile } from '../../src/placement/reading/placed-reader.ts';
import type { ReadingEvents } from '../../src/placement/reading/reading-events.ts';
import { TreeBuilder } from '../../src/proof/tree-builder.ts';

const BLOCK = 4096;
const STRIPE = 2 ** 22;

/** How a holder behaves; honest and prompt where nothing is said. */
export interface HolderScript {
  /** Nobody answers, from the first call on. */
  readonly isDead?: boolean;
  /** It says that it does not hold the file. */
  readonly isEmpty?: boolean;
  /** It dies when it has sent so many bytes of a call. */
  readonly diesAfter?: number;
  /** It sends nothing more, and does not end, after so many bytes of a call. */
  readonly hangsAfter?: number;
  /** Its answers end, as if they were whole, after so many bytes. */
  readonly endsAfter?: number;
  /** So many bytes follow the answer. */
  readonly more?: number;
  /** It flips this byte of the file. */
  readonly flips?: number;
  /** It flips a bit of the roots of all stripes, or of those of each stripe. */
  readonly liesOf?: 'stripes' | 'blocks';
  /** It gives so many bytes of roots less, or more. */
  readonly rootsOff?: number;
  /** Milliseconds before each piece, of the clock that the reader has too. */
  readonly delayMs?: number;
  /** Bytes of a piece. */
  readonly piece?: number;
}

/** A file with its holders, who do as their scripts say, and what they were asked. */
export class ScriptedHolders implements HolderCalls {
  readonly content: Uint8Array;
  readonly id: ObjectId;
  readonly holders: readonly NodePeer[];
  readonly file: PlacedFile;
  /** Holder by number, offset and length, of each read. */
  readonly reads: { readonly holder: number; readonly offset: number; readonly length: number }[] = [];
  /** Bytes that each holder has sent. */
  readonly sent: number[];
  /** Calls that run now, and the most that ever did. */
  running = 0;
  mostRunning = 0;
  /** `number fault` of holders that were left, and `slow by` of hedges. */
  readonly left: string[] = [];
  readonly details: string[] = [];
  readonly hedges: string[] = [];
  readonly events: ReadingEvents = {
    left: ({ holder, fault, detail }) => {
      this.left.push(`${this.#number(holder)} ${fault}`);
      this.details.push(detail);
    },
    hedged: ({ slow, by }) => void this.hedges.push(`${this.#number(slow)} by ${this.#number(by)}`),
  };
  readonly #scripts: HolderScript[];
  readonly #clock: Clock;

  constructor(
    content: Uint8Array,
    scripts: readonly HolderScript[],
    setup: { clock: Clock; profile?: number },
  ) {
    this.content = content;
    this.#scripts = [...scripts];
    this.#clock = setup.clock;
    this.sent = scripts.map(() => 0);
    const { dataRoot } = new TreeBuilder().update(content).finish();
    const facts = { kind: OBJECT_KIND.file, sizeBytes: content.length, count: 1, dataRoot };
    this.id = objectId(facts);
    this.holders = scripts.map((_, i) => ({
      storerKey: new Uint8Array(32).fill(i + 1),
      address: `10.0.0.${i}:7411`,
    }));
    this.file = { facts, profile: setup.profile ?? 0, holders: this.holders };
  }

  /** From now on a holder does something else. */
  become(holder: number, script: HolderScript): void {
    this.#scripts[holder] = script;
  }

  async *roots(
    holder: NodePeer,
    id: ObjectId,
    { stripe, signal }: { readonly stripe?: number; readonly signal?: AbortSignal },
  ): AsyncGenerator<Uint8Array, void> {
    const script = this.#scriptOf(holder, id);
    const part =
      stripe === undefined ? this.content : this.content.subarray(stripe * STRIPE, (stripe + 1) * STRIPE);
    const step = stripe === undefined ? STRIPE : BLOCK;
    const roots: Uint8Array[] = [];
    for (let at = 0; at === 0 || at < part.length; at += step)
      roots.push(new TreeBuilder().update(part.subarray(at, at + step)).finish().dataRoot);
    const bytes = Buffer.concat(roots);
    if (script.liesOf === (stripe === undefined ? 'stripes' : 'blocks')) bytes[7] = (bytes[7] ?? 0) ^ 8;
    const off = script.rootsOff ?? 0;
    const given = off < 0 ? bytes.subarray(0, off) : Buffer.concat([bytes, new Uint8Array(off)]);
    yield* this.#pieces(holder, given, signal);
  }

  async *read(
    holder: NodePeer,
    id: ObjectId,
    {
      offset,
      length,
      signal,
    }: { readonly offset: number; readonly length: number; readonly signal?: AbortSignal },
  ): AsyncGenerator<Uint8Array, void> {
    this.reads.push({ holder: this.#number(holder), offset, length });
    const { flips, more = 0 } = this.#scriptOf(holder, id);
    const bytes = new Uint8Array(length + more);
    bytes.set(this.content.subarray(offset, offset + length));
    const at = (flips ?? -1) - offset;
    if (at >= 0 && at < length) bytes[at] = (bytes[at] ?? 0) ^ 1;
    yield* this.#pieces(holder, bytes, signal);
  }

  async *#pieces(
    holder: NodePeer,
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void> {
    const number = this.#number(holder);
    this.running++;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      const { piece = 100_000 } = this.#scripts[number] ?? {};
      const lent = new Uint8Array(piece); // a piece is good until the next one is asked for
      for (let at = 0; at < bytes.length; at += piece) {
        const script = this.#scripts[number] ?? {};
        await this.#clock.sleep(script.delayMs ?? 0, signal);
        if (script.isDead === true || at + piece > (script.diesAfter ?? Infinity)) throw dead();
        while (at + piece > (this.#scripts[number]?.hangsAfter ?? Infinity))
          await this.#clock.sleep(1000, signal);
        if (this.#scripts[number]?.isDead === true) throw dead();
        const end = Math.min(at + piece, script.endsAfter ?? Infinity, bytes.length);
        const part = bytes.subarray(at, end);
        lent.fill(0);
        lent.set(part);
        this.sent[number] = (this.sent[number] ?? 0) + part.length;
        if (part.length > 0) yield lent.subarray(0, part.length);
        if (end < Math.min(at + piece, bytes.length)) return;
      }
    } finally {
      this.running--;
    }
  }

  #scriptOf(holder: NodePeer, id: ObjectId): HolderScript {
    const script = this.#scripts[this.#number(holder)];
    if (script === undefined || objectIdHex(id) !== objectIdHex(this.id))
      throw new Error('asked for something else');
    if (script.isDead === true) throw dead();
    if (script.isEmpty === true) throw new ProvenderError('PROVENDER_NOT_FOUND', 'file is not held here');
    return script;
  }

  #number({ storerKey }: NodePeer): number {
    return (storerKey[0] ?? 0) - 1;
  }
}

function dead(): ProvenderError {
  return new ProvenderError('PROVENDER_UNAVAILABLE', 'nobody answers');
}
