import type { FollowResponse } from '../generated/provender/v1/round_service.ts';
import type { RoundLog } from '../placement/rounds/round-log.ts';
import { withBeats } from './beats.ts';
import { asBuffer } from './data-codec.ts';
import { BEAT_MS, ROUND_GRANTS, ROUND_METHODS } from './methods.ts';
import { networkOf, type NetworkServices } from './network-services.ts';
import type { ServiceHost } from './service-host.ts';

const BEAT: FollowResponse = { round: Buffer.alloc(0) };

/** What a service of the network needs besides the network itself. */
export interface NetworkServing {
  /** Absent at a node that stands alone. */
  readonly network?: NetworkServices;
  /** Ends the watches, when the server does. */
  readonly ended: AbortSignal;
}

/** Puts `provender.v1.RoundService` onto a server. @see proto/provender/v1/round_service.proto */
export function addRoundService(host: ServiceHost, { network, ended }: NetworkServing): void {
  const { getHead, follow, submit } = ROUND_METHODS;
  host.unary({ definition: getHead, grant: ROUND_GRANTS.getHead }, async () => {
    const { number, hash } = networkOf(network).log.head();
    return { number, hash: asBuffer(hash) };
  });
  host.download({ definition: follow, grant: ROUND_GRANTS.follow }, ({ from }, running) => {
    const { log } = networkOf(network);
    const signal = AbortSignal.any([running.signal, ended]);
    return withBeats((until) => rounds(log, from, until), { beat: BEAT, beatMs: BEAT_MS, signal });
  });
  host.unary({ definition: submit, grant: ROUND_GRANTS.submit }, async ({ record }, { signal }) => {
    await networkOf(network).log.submit(record, { signal });
    return {};
  });
}

async function* rounds(
  log: RoundLog,
  from: bigint,
  signal: AbortSignal,
): AsyncGenerator<FollowResponse, void> {
  for await (const { bytes } of log.follow(from, { signal })) yield { round: asBuffer(bytes) };
}
