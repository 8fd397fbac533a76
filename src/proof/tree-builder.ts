import { BLOCK_SIZE, HASH_SIZE, MAX_OBJECT_SIZE, STRIPE_BLOCKS } from '../content/geometry.ts';
import { ProvenderError } from '../content/provender-error.ts';
import { blockRoots, foldRoots } from './kernels.ts';

/** Bytes gathered before they are hashed when they arrive in small pieces; wide kernels need 16 blocks to be full. */
const STAGE_SIZE = 16 * BLOCK_SIZE;

/** A stripe whose last block is hashed. The arrays belong to the callee. */
export interface StripeRoots {
  /** Number of the stripe, from 0. */
  readonly stripe: number;
  /** 32 bytes per block of the stripe. */
  readonly blockRoots: Uint8Array;
  /** Root of the stripe's subtree. */
  readonly stripeRoot: Uint8Array;
}

/** The tree of all bytes given. */
export interface DataTree {
  readonly sizeBytes: number;
  /** Root over all leaves, 32 bytes. */
  readonly dataRoot: Uint8Array;
  /** 32 bytes per stripe of 1024 blocks. */
  readonly stripeRoots: Uint8Array;
}

/**
 * Builds the Merkle tree of bytes that arrive in any split, on the calling thread. It keeps the roots of the stripes
 * (32 bytes per 4 MiB), the block roots of one stripe and 64 KiB of bytes, whatever the size. Whole blocks of a large
 * piece are hashed where they lie. States: open, then finished; `finish` ends it, also when it throws.
 *
 * @see proof-of-replication.md, sections 2 and 3; object-layout.md, section 3
 */
export class TreeBuilder {
  readonly #onStripe: ((roots: StripeRoots) => void) | undefined;
  readonly #stage = new Uint8Array(STAGE_SIZE);
  readonly #blockRoots = new Uint8Array(STRIPE_BLOCKS * HASH_SIZE);
  readonly #stripeRoots: Uint8Array[] = [];
  #staged = 0;
  #blocks = 0;
  #sizeBytes = 0;
  #finished = false;

  /** @param onStripe - called once per stripe, in order, for those who need the block roots */
  constructor(onStripe?: (roots: StripeRoots) => void) {
    this.#onStripe = onStripe;
  }

  /**
   * Takes the next bytes; they may be reused when it returns.
   * @throws ProvenderError `PROVENDER_INVALID` above 64 GiB or after `finish`
   */
  update(bytes: Uint8Array): this {
    this.#checkOpen();
    if (this.#sizeBytes + bytes.length > MAX_OBJECT_SIZE) {
      const found = this.#sizeBytes + bytes.length;
      throw new ProvenderError(
        'PROVENDER_INVALID',
        `object: ${found} bytes or more, limit ${MAX_OBJECT_SIZE}`,
        {
          details: { found, limit: MAX_OBJECT_SIZE },
        },
      );
    }
    this.#sizeBytes += bytes.length;
    let rest = bytes;
    while (rest.length > 0)
      rest = this.#staged === 0 && rest.length >= STAGE_SIZE ? this.#direct(rest) : this.#fill(rest);
    return this;
  }

  /**
   * Gives the tree; without any bytes that of one zero block.
   * @throws ProvenderError `PROVENDER_INVALID` when called again
   */
  finish(): DataTree {
    this.#checkOpen();
    this.#finished = true;
    if (this.#sizeBytes === 0) this.#hash(new Uint8Array(BLOCK_SIZE));
    if (this.#staged > 0) this.#hash(this.#stage.subarray(0, this.#staged));
    if (this.#blocks > 0) this.#endStripe();
    const stripeRoots = new Uint8Array(this.#stripeRoots.length * HASH_SIZE);
    this.#stripeRoots.forEach((root, i) => stripeRoots.set(root, i * HASH_SIZE));
    return { sizeBytes: this.#sizeBytes, dataRoot: foldRoots(stripeRoots), stripeRoots };
  }

  /** Hashes whole blocks in place; returns what is left. */
  #direct(bytes: Uint8Array): Uint8Array {
    const whole = bytes.length - (bytes.length % BLOCK_SIZE);
    this.#hash(bytes.subarray(0, whole));
    return bytes.subarray(whole);
  }

  /** Copies what fits into the stage, hashes a full one; returns what is left. */
  #fill(bytes: Uint8Array): Uint8Array {
    const taken = bytes.subarray(0, STAGE_SIZE - this.#staged);
    this.#stage.set(taken, this.#staged);
    this.#staged += taken.length;
    if (this.#staged === STAGE_SIZE) {
      this.#staged = 0;
      this.#hash(this.#stage);
    }
    return bytes.subarray(taken.length);
  }

  /** Hashes blocks, all whole but perhaps the object's last, stripe by stripe. */
  #hash(bytes: Uint8Array): void {
    for (let rest = bytes; rest.length > 0; ) {
      const part = rest.subarray(0, (STRIPE_BLOCKS - this.#blocks) * BLOCK_SIZE);
      const blocks = Math.ceil(part.length / BLOCK_SIZE);
      const at = this.#blocks * HASH_SIZE;
      blockRoots(part, this.#blockRoots.subarray(at, at + blocks * HASH_SIZE));
      this.#blocks += blocks;
      if (this.#blocks === STRIPE_BLOCKS) this.#endStripe();
      rest = rest.subarray(part.length);
    }
  }

  #endStripe(): void {
    const roots = this.#blockRoots.subarray(0, this.#blocks * HASH_SIZE);
    const stripeRoot = foldRoots(roots);
    this.#blocks = 0;
    this.#stripeRoots.push(stripeRoot);
    this.#onStripe?.({ stripe: this.#stripeRoots.length - 1, blockRoots: roots.slice(), stripeRoot });
  }

  #checkOpen(): void {
    if (this.#finished)
      throw new ProvenderError('PROVENDER_INVALID', 'this tree is finished; start another one');
  }
}
