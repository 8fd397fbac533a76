import { BLOCK_SIZE } from '../../content/geometry.ts';
import { type ObjectId, objectIdHex } from '../../content/object-id.ts';
import { isProvenderError, type ProvenderError } from '../../content/provender-error.ts';
import type { LoneChunk } from '../../objects/object-store.ts';
import { bodyFault, bodyFaults, type ChunkBody } from './chunk-faults.ts';
import type { CheckParts } from './check-parts.ts';
import type { Finding } from './findings.ts';

/** Bytes of a head, about: what is read counts in the rate before it is there. */
const HEAD_BYTES = 300;

/** What a store answers for one chunk. */
type Answer = LoneChunk | ProvenderError | undefined;

/** Lone chunks that were there. */
export interface SeenChunks {
  readonly count: number;
  /** Bytes that they take of the limit. */
  readonly storedBytes: number;
  /** Chunks whose record cannot be read, so that nobody knows how many bytes they take. */
  readonly unreadable: number;
}

/** Checks lone chunks: heads, replicas against their roots, and what they decode to against their ids; 64 at a time. */
export class ChunkCheck {
  readonly #parts: CheckParts;

  constructor(parts: CheckParts) {
    this.#parts = parts;
  }

  /** Checks at most 64 chunks. Those that were removed since they were listed are no damage. */
  async check(ids: readonly ObjectId[]): Promise<SeenChunks> {
    const answers = await this.#read(ids);
    const suspects = await this.#faults(ids, answers);
    if (suspects.length > 0) {
      // once more: another replica may have taken the place of the first, or the chunk may be gone
      const again = suspects.map(({ object }) => object);
      const faults = await this.#faults(again, await this.#read(again));
      for (const fault of faults) await this.#parts.findings.report(fault);
    }
    return seenIn(answers);
  }

  async #read(ids: readonly ObjectId[]): Promise<readonly Answer[]> {
    await this.#parts.turn(ids.length * (BLOCK_SIZE + HEAD_BYTES));
    return await this.#parts.store.getChunks(ids);
  }

  async #faults(ids: readonly ObjectId[], answers: readonly Answer[]): Promise<Finding[]> {
    const looked = await Promise.all(ids.map((id, i) => this.#look(id, answers[i])));
    const faults: Finding[] = [];
    const bodies: ChunkBody[] = [];
    for (const one of looked) {
      if (one === undefined) continue;
      if ('reason' in one) faults.push(one);
      else bodies.push(one);
    }
    return [...faults, ...bodyFaults(bodies)];
  }

  /** What shows without hashing. */
  async #look(id: ObjectId, answer: Answer): Promise<Finding | ChunkBody | undefined> {
    if (answer === undefined) return undefined;
    if (isProvenderError(answer)) return bodyFault(id, answer.message);
    // a head that was damaged shows by its own check; the signature of each would double the cost of a chunk
    const isSignatureWanted = this.#parts.isDeep;
    const object = await this.#parts.heads.check(id, answer.head, { place: 'chunks', isSignatureWanted });
    if (typeof object === 'string')
      return { kind: 'head', key: `h/${objectIdHex(id)}`, object: id, reason: object };
    const { block } = answer;
    if (block.length === BLOCK_SIZE) return { object, block };
    return bodyFault(id, `the chunk has ${block.length} bytes, not ${BLOCK_SIZE}`);
  }
}

function seenIn(answers: readonly Answer[]): SeenChunks {
  let [count, storedBytes, unreadable] = [0, 0, 0];
  for (const answer of answers) {
    if (answer === undefined) continue;
    count++;
    if (isProvenderError(answer)) unreadable++;
    else storedBytes += BLOCK_SIZE + answer.head.length;
  }
  return { count, storedBytes, unreadable };
}
