import { ProvenderError } from '../../content/provender-error.ts';
import type { FetchContentResponse } from '../../generated/provender/v1/placement_service.ts';
import type {
  CommitReply,
  NodeCallOptions,
  NodePeer,
  OpenAttempt,
  PlacementReply,
  PrimaryCalls,
} from '../../placement/ports.ts';
import { asBuffer } from '../data-codec.ts';
import { PLACEMENT_METHODS } from '../methods.ts';
import { attemptFromWire, commitReplyFromWire, replyFromWire } from '../placement-wire.ts';
import { lostStream } from './lost-stream.ts';
import type { NodeChannels } from './node-channels.ts';

/** A proof has up to 8 MiB, and waits there until others are checked. */
const PROVE_MS = 60_000;

/** Calls of a storer to primaries over gRPC. Messages are repeated as reads are: one that comes twice gets the same answer twice. */
export class GrpcPrimaryCalls implements PrimaryCalls {
  readonly #channels: NodeChannels;

  /** @param channels - stay the caller's */
  constructor(channels: NodeChannels) {
    this.#channels = channels;
  }

  async claim(
    { address }: NodePeer,
    message: Uint8Array,
    options: NodeCallOptions = {},
  ): Promise<PlacementReply> {
    const request = { claim: asBuffer(message) };
    return await this.#channels.call(address, async (caller) =>
      replyFromWire(await caller.read(PLACEMENT_METHODS.claim, request, options)),
    );
  }

  async commit(
    { address }: NodePeer,
    message: Uint8Array,
    options: NodeCallOptions = {},
  ): Promise<CommitReply> {
    const request = { commit: asBuffer(message) };
    return await this.#channels.call(address, async (caller) =>
      commitReplyFromWire(await caller.read(PLACEMENT_METHODS.commit, request, options)),
    );
  }

  async prove(
    { address }: NodePeer,
    { claimHash, proof }: { readonly claimHash: Uint8Array; readonly proof: Uint8Array },
    options: NodeCallOptions = {},
  ): Promise<PlacementReply> {
    const request = { claimHash: asBuffer(claimHash), proof: asBuffer(proof) };
    return await this.#channels.call(address, async (caller) =>
      replyFromWire(await caller.read(PLACEMENT_METHODS.prove, request, { timeoutMs: PROVE_MS, ...options })),
    );
  }

  /** A piece is good until the next one is asked for. */
  async *fetchContent(
    address: string,
    request: Uint8Array,
    options: NodeCallOptions = {},
  ): AsyncGenerator<Uint8Array, void> {
    const messages = this.#channels.stream(address, (caller) =>
      caller.download(PLACEMENT_METHODS.fetchContent, { request: asBuffer(request) }, options),
    );
    yield* wholeContent(address, messages);
  }

  async *watchAttempts(
    { address }: NodePeer,
    options: NodeCallOptions = {},
  ): AsyncGenerator<OpenAttempt, void> {
    const messages = this.#channels.stream(address, (caller) =>
      caller.download(PLACEMENT_METHODS.watchAttempts, {}, options),
    );
    for await (const { attempt } of messages) if (attempt !== undefined) yield attemptFromWire(attempt);
    throw lostStream(address, 'list of attempts');
  }
}

/** Data up to its summary, which has to fit it. */
async function* wholeContent(
  address: string,
  messages: AsyncIterable<FetchContentResponse>,
): AsyncGenerator<Uint8Array, void> {
  let sizeBytes = 0;
  let told: bigint | undefined;
  for await (const { data, summary } of messages) {
    if (told !== undefined) break;
    told = summary?.sizeBytes;
    sizeBytes += data.length;
    if (data.length > 0) yield data;
  }
  if (told === BigInt(sizeBytes)) return;
  throw new ProvenderError(
    'PROVENDER_UNAVAILABLE',
    `the content from the node at ${address} ended after ${sizeBytes} bytes without a fitting summary: go on from there`,
    { details: { address, sizeBytes } },
  );
}
