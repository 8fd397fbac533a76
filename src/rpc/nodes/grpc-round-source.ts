import type { NodeCallOptions } from '../../placement/ports.ts';
import type { RoundSource } from '../../placement/rounds/round-source.ts';
import { asBuffer } from '../data-codec.ts';
import { ROUND_METHODS } from '../methods.ts';
import { lostStream } from './lost-stream.ts';
import type { NodeChannels } from './node-channels.ts';

/** Rounds of a node that serves them over gRPC, and its letter box. */
export class GrpcRoundSource implements RoundSource {
  readonly address: string;
  readonly #channels: NodeChannels;

  /**
   * @param channels - stay the caller's
   * @param address - `host:port`
   */
  constructor(channels: NodeChannels, address: string) {
    this.#channels = channels;
    this.address = address;
  }

  async *follow(from: bigint, options: NodeCallOptions = {}): AsyncGenerator<Uint8Array, void> {
    const messages = this.#channels.stream(this.address, (caller) =>
      caller.download(ROUND_METHODS.follow, { from }, options),
    );
    for await (const { round } of messages) if (round.length > 0) yield round;
    throw lostStream(this.address, 'rounds');
  }

  /** Hands in a record; one that waits already is taken again, so a lost answer is repeated without harm. */
  async submit(record: Uint8Array, options: NodeCallOptions = {}): Promise<void> {
    const request = { record: asBuffer(record) };
    await this.#channels.call(
      this.address,
      async (caller) => await caller.read(ROUND_METHODS.submit, request, options),
    );
  }
}
