import { bytesToHex } from '@noble/hashes/utils.js';
import { type ObjectId, objectIdHex } from '../../content/object-id.ts';
import { type Claim, claimHash, encodeClaim } from '../messages/claim.ts';
import type { PlacementReply } from '../ports.ts';
import { type Announced, hasExpired } from './announced.ts';

/** An Assign that was answered. */
interface AnsweredAssign {
  readonly message: Uint8Array;
  readonly reply: PlacementReply;
  /** The primary that sent it, 32 bytes. */
  readonly primaryKey: Uint8Array;
}

/** A lottery that this storer has won. Belongs to `OwnClaims`. */
export interface OwnClaim {
  readonly claim: Claim;
  /** The Claim message. */
  readonly bytes: Uint8Array;
  /** 32 bytes. */
  readonly hash: Uint8Array;
  /** The hash in hex: its name in books and reservations. */
  readonly key: string;
  readonly announced: Announced;
  /** Bytes that its replica will take. */
  readonly storedBytes: number;
  /** The Assign message that was answered last, and how. */
  answered?: AnsweredAssign;
  /** An assignment for it has come to nothing: a higher attempt needs another claim. */
  isSpent: boolean;
}

/** Makes a claim known by its hash. */
export function ownClaim(claim: Claim, announced: Announced, storedBytes: number): OwnClaim {
  const bytes = encodeClaim(claim);
  const hash = claimHash(bytes);
  return { claim, bytes, hash, key: bytesToHex(hash), announced, storedBytes, isSpent: false };
}

/** Claims whose Announce is alive. */
export class OwnClaims {
  readonly #entries = new Map<string, OwnClaim>();
  /** Object id in hex -> its claims, of all rounds and attempts. */
  readonly #ofObject = new Map<string, readonly OwnClaim[]>();

  add(own: OwnClaim): void {
    this.#entries.set(own.key, own);
    this.#ofObject.set(objectIdHex(own.claim.id), [...this.#all(own.claim.id), own]);
  }

  /** @param hash - claim hash, 32 bytes */
  find(hash: Uint8Array): OwnClaim | undefined {
    return this.#entries.get(bytesToHex(hash));
  }

  /** The claim for a lottery that may still be used, of whatever attempt: lower ones stay valid in higher ones. */
  of(id: ObjectId, round: bigint): OwnClaim | undefined {
    return this.#all(id).find(({ claim, isSpent }) => claim.round === round && !isSpent);
  }

  /** Forgets claims for an object that has its SetKey. @returns them */
  settle(id: ObjectId): readonly OwnClaim[] {
    return this.#forget(this.#all(id));
  }

  /** Forgets claims whose Announce has ended behind round `head`. @returns them */
  expire(head: bigint): readonly OwnClaim[] {
    return this.#forget([...this.#entries.values()].filter(({ claim }) => hasExpired(claim.round, head)));
  }

  #all(id: ObjectId): readonly OwnClaim[] {
    return this.#ofObject.get(objectIdHex(id)) ?? [];
  }

  #forget(claims: readonly OwnClaim[]): readonly OwnClaim[] {
    for (const { key, claim } of claims) {
      this.#entries.delete(key);
      const left = this.#all(claim.id).filter((one) => one.key !== key);
      if (left.length === 0) this.#ofObject.delete(objectIdHex(claim.id));
      else this.#ofObject.set(objectIdHex(claim.id), left);
    }
    return claims;
  }
}
