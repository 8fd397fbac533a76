import { bytesToHex } from '@noble/hashes/utils.js';
import { parseObjectId } from '../content/object-id.ts';
import { ProvenderError } from '../content/provender-error.ts';
import type {
  ExplainResponse,
  FetchContentResponse,
  GetReceiptResponse,
  WatchAttemptsResponse,
} from '../generated/provender/v1/placement_service.ts';
import type { PrimaryHandlers } from '../placement/primary/handlers.ts';
import { withBeats } from './beats.ts';
import { asBuffer } from './data-codec.ts';
import { BEAT_MS, PLACEMENT_GRANTS, PLACEMENT_METHODS } from './methods.ts';
import { networkOf, type NetworkServices, primaryOf, storerOf } from './network-services.ts';
import { peerAddress } from './peer.ts';
import { messagePieces } from './pieces.ts';
import { attemptToWire, commitReplyToWire, explanationToWire, replyToWire } from './placement-wire.ts';
import { checkedHash } from './registry-service.ts';
import type { NetworkServing } from './round-service.ts';
import type { RunningCall } from './running-call.ts';
import type { ServiceHost } from './service-host.ts';
import { storerExplanationToWire } from './storer-explanation-wire.ts';

const EMPTY = Buffer.alloc(0);
const BEAT: WatchAttemptsResponse = { attempt: undefined };

/** Puts `provender.v1.PlacementService` onto a server. @see proto/provender/v1/placement_service.proto */
export function addPlacementService(host: ServiceHost, serving: NetworkServing): void {
  const { network } = serving;
  addMessages(host, network);
  addStreams(host, serving);
  const { explain, getReceipt } = PLACEMENT_METHODS;
  host.unary({ definition: explain, grant: PLACEMENT_GRANTS.explain }, async ({ objectId }) =>
    explained(networkOf(network), objectId),
  );
  host.unary(
    { definition: getReceipt, grant: PLACEMENT_GRANTS.getReceipt },
    async ({ objectId }, { signal }) => await receiptOf(primaryOf(network), objectId, signal),
  );
}

/** Messages of the format, each with its reply. */
function addMessages(host: ServiceHost, network: NetworkServices | undefined): void {
  const { claim, assign, commit, prove } = PLACEMENT_METHODS;
  host.unary({ definition: claim, grant: PLACEMENT_GRANTS.claim }, async (request, running) =>
    replyToWire(await primaryOf(network).claim(request.claim, peerAddress(running.peer))),
  );
  host.unary({ definition: assign, grant: PLACEMENT_GRANTS.assign }, async (request) =>
    replyToWire(await storerOf(network).assign(request.assign)),
  );
  host.unary({ definition: commit, grant: PLACEMENT_GRANTS.commit }, async (request) =>
    commitReplyToWire(await primaryOf(network).commit(request.commit)),
  );
  host.unary({ definition: prove, grant: PLACEMENT_GRANTS.prove }, async ({ claimHash, proof }, running) => {
    const primary = primaryOf(network);
    running.hold(proof.length); // it waits there until it is checked
    running.bytesIn += proof.length;
    return replyToWire(await primary.prove({ claimHash: checkedHash(claimHash, 'claim hash'), proof }));
  });
}

function addStreams(host: ServiceHost, { network, ended }: NetworkServing): void {
  const { fetchContent, watchAttempts } = PLACEMENT_METHODS;
  host.download({ definition: fetchContent, grant: PLACEMENT_GRANTS.fetchContent }, ({ request }, running) =>
    content(primaryOf(network), request, running),
  );
  host.download({ definition: watchAttempts, grant: PLACEMENT_GRANTS.watchAttempts }, (_request, running) => {
    const primary = primaryOf(network);
    const signal = AbortSignal.any([running.signal, ended]);
    return withBeats((until) => attempts(primary, until), { beat: BEAT, beatMs: BEAT_MS, signal });
  });
}

async function* content(
  primary: PrimaryHandlers,
  request: Uint8Array,
  running: RunningCall,
): AsyncGenerator<FetchContentResponse, void> {
  const { signal } = running;
  for await (const piece of messagePieces(primary.fetchContent(request, { signal }))) {
    yield { data: asBuffer(piece), summary: undefined };
    running.bytesOut += piece.length;
  }
  yield { data: EMPTY, summary: { sizeBytes: BigInt(running.bytesOut) } };
}

async function* attempts(
  primary: PrimaryHandlers,
  signal: AbortSignal,
): AsyncGenerator<WatchAttemptsResponse, void> {
  for await (const attempt of primary.watchAttempts({ signal })) yield { attempt: attemptToWire(attempt) };
}

function explained({ primary, storer }: NetworkServices, objectId: Uint8Array): ExplainResponse {
  const id = parseObjectId(objectId);
  const [placement, own] = [primary?.explain(id), storer?.explain(id)];
  if (placement === undefined && own === undefined) {
    throw new ProvenderError(
      'PROVENDER_NOT_FOUND',
      `this node remembers no placement of ${bytesToHex(id)}; ask the primary that the file was put to`,
    );
  }
  return {
    placement: placement === undefined ? undefined : explanationToWire(placement),
    storer: own === undefined ? undefined : storerExplanationToWire(own),
  };
}

async function receiptOf(
  primary: PrimaryHandlers,
  objectId: Uint8Array,
  signal: AbortSignal,
): Promise<GetReceiptResponse> {
  const id = parseObjectId(objectId);
  const receipt = await primary.receipt(id, { signal });
  if (receipt !== undefined) return { receipt: asBuffer(receipt) };
  throw new ProvenderError(
    'PROVENDER_NOT_FOUND',
    `the log has no SetKey of ${bytesToHex(id)}: it was never placed in this network, or not yet`,
  );
}
