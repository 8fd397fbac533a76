import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { hashTag } from '../../content/hash-tag.ts';
import { sha256 } from '../../content/kernels.ts';
import { compareBytes, OBJECT_KIND, type ObjectId } from '../../content/object-id.ts';
import { checkedHead, type Head, hasLoneTag } from '../../objects/head.ts';
import type { HeldObject } from '../held-object.ts';

/** Whose heads a store has. */
export interface HeadOwner {
  /** Ed25519 public key of the node, 32 bytes. */
  readonly storerKey: Uint8Array;
  /** 32 bytes. */
  readonly networkId: Uint8Array;
}

const MESSAGE_TAG = hashTag('msg');
const SIGNATURE_SIZE = 64;

/** Where a head lies, and whether its signature is worth 0.1 ms of a core. */
export interface HeadPlace {
  readonly place: 'chunks' | 'objects';
  readonly isSignatureWanted: boolean;
}

/** Checks all that a head says by itself: form, id, owner and signature. */
export class HeadCheck {
  readonly #owner: HeadOwner;
  readonly #key: KeyObject;

  constructor(owner: HeadOwner) {
    this.#owner = owner;
    const x = Buffer.from(owner.storerKey).toString('base64url');
    this.#key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  }

  /** @returns the object, or what is wrong with its head */
  async check(
    id: ObjectId,
    bytes: Uint8Array,
    { place, isSignatureWanted }: HeadPlace,
  ): Promise<HeldObject | string> {
    let head: Head;
    try {
      head = checkedHead(id, bytes);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    const wrong = this.#misfit(head, bytes, place);
    if (wrong !== undefined) return wrong;
    if (isSignatureWanted && !(await this.#isSigned(head.commitment)))
      return 'head: the signature is not that of this node';
    return { id: head.statement.id, head, headBytes: bytes };
  }

  #misfit({ statement }: Head, bytes: Uint8Array, place: 'chunks' | 'objects'): string | undefined {
    const isChunk = statement.kind === OBJECT_KIND.chunk;
    if (isChunk !== (place === 'chunks') || hasLoneTag(bytes) !== isChunk)
      return 'head: kind and tag are not those of its place';
    if (compareBytes(statement.storerKey, this.#owner.storerKey) !== 0)
      return 'head: it is of another storer';
    if (compareBytes(statement.networkId, this.#owner.networkId) !== 0)
      return 'head: it is of another network';
    return undefined;
  }

  /** By OpenSSL and beside the event loop: 0.1 ms each would hold it for long. */
  #isSigned(commitment: Uint8Array): Promise<boolean> {
    const end = commitment.length - SIGNATURE_SIZE;
    const message = sha256(MESSAGE_TAG, commitment.subarray(0, end));
    return new Promise((resolve, reject) => {
      verify(null, message, this.#key, commitment.subarray(end), (error, isGood) => {
        if (error === null) resolve(isGood);
        else reject(error);
      });
    });
  }
}
