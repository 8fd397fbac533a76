import type { NodeCallOptions, NodePeer, PlacementReply, StorerCalls } from '../../placement/ports.ts';
import { asBuffer } from '../data-codec.ts';
import { PLACEMENT_METHODS } from '../methods.ts';
import { replyFromWire } from '../placement-wire.ts';
import type { NodeChannels } from './node-channels.ts';

/** Calls of a primary to storers over gRPC. */
export class GrpcStorerCalls implements StorerCalls {
  readonly #channels: NodeChannels;

  /** @param channels - stay the caller's */
  constructor(channels: NodeChannels) {
    this.#channels = channels;
  }

  async assign(
    { address }: NodePeer,
    message: Uint8Array,
    options: NodeCallOptions = {},
  ): Promise<PlacementReply> {
    const request = { assign: asBuffer(message) };
    // a message that comes twice gets the same answer twice, so a lost one is repeated as a read is
    return await this.#channels.call(address, async (caller) =>
      replyFromWire(await caller.read(PLACEMENT_METHODS.assign, request, options)),
    );
  }
}
