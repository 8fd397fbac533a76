import type { ObjectId } from '../../content/object-id.ts';
import type { NodeCallOptions, NodePeer } from '../ports.ts';

/**
 * What a reader asks of the holders of a file. Nothing that they answer is believed. A call that is aborted ends soon; one that stands still ends by
 * itself with an error.
 */
export interface HolderCalls {
  /** Roots of the stripes of a file, or of the blocks of one stripe, 32 bytes each, in pieces. */
  roots(
    holder: NodePeer,
    id: ObjectId,
    options: NodeCallOptions & { readonly stripe?: number },
  ): AsyncIterable<Uint8Array>;
  /** Bytes of the plain file that the holder itself has. A piece is good until the next one is asked for. */
  read(
    holder: NodePeer,
    id: ObjectId,
    options: NodeCallOptions & { readonly offset: number; readonly length: number },
  ): AsyncIterable<Uint8Array>;
}
