import type { ObjectId } from '../../content/object-id.ts';
import type { NodeCallOptions, NodePeer } from '../../placement/ports.ts';
import type { HolderCalls } from '../../placement/reading/holder-calls.ts';
import { asBuffer } from '../data-codec.ts';
import { FILE_METHODS } from '../methods.ts';
import type { NodeChannels } from './node-channels.ts';

/**
 * Reads from the holders of a file over gRPC: only what they hold themselves, so that two nodes never ask each other in a circle. Nothing is repeated
 * here: another holder is the better second try.
 */
export class GrpcHolderCalls implements HolderCalls {
  readonly #channels: NodeChannels;

  /** @param channels - stay the caller's */
  constructor(channels: NodeChannels) {
    this.#channels = channels;
  }

  async *roots(
    { address }: NodePeer,
    id: ObjectId,
    { stripe, ...options }: NodeCallOptions & { readonly stripe?: number },
  ): AsyncGenerator<Uint8Array, void> {
    const request = { objectId: asBuffer(id), ...(stripe !== undefined && { stripe }) };
    const messages = this.#channels.stream(address, (caller) =>
      caller.download(FILE_METHODS.getFileRoots, request, options),
    );
    for await (const { roots } of messages) yield roots;
  }

  async *read(
    { address }: NodePeer,
    id: ObjectId,
    { offset, length, ...options }: NodeCallOptions & { readonly offset: number; readonly length: number },
  ): AsyncGenerator<Uint8Array, void> {
    const range = { offset: BigInt(offset), length: BigInt(length) };
    const request = { objectId: asBuffer(id), ...range, heldHere: true };
    const messages = this.#channels.stream(address, (caller) =>
      caller.download(FILE_METHODS.getFile, request, options),
    );
    for await (const { data } of messages) yield data;
  }
}
