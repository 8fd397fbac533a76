import { ProvenderError } from '../content/provender-error.ts';
import type { PaymentReply, StartMultipleClaimRequest } from '../generated/escrow/control_service.ts';
import type { ChannelStateReply } from '../generated/escrow/state_service.ts';
import type { ChannelStateReply as StatedChannel } from '../payments/channel-state.ts';
import type { ClaimablePayment } from '../payments/claims/claimable-payment.ts';
import { uint256Bytes } from '../payments/uint256.ts';
import { asBuffer } from './data-codec.ts';
import { statusText } from './error-map.ts';
import {
  CHANNEL_STATE_GRANTS,
  CHANNEL_STATE_METHODS,
  MAX_CLAIMS,
  PROVIDER_CONTROL_GRANTS,
  PROVIDER_CONTROL_METHODS,
} from './methods.ts';
import { type PaymentServices, paymentsOf } from './payment-services.ts';
import type { RunningCall } from './running-call.ts';
import type { ServiceHost } from './service-host.ts';

/** Name of the trailer that says why not all claims of a request were started. */
const CLAIM_ERROR_TRAILER = 'provender-claim-error';
const EMPTY = Buffer.alloc(0);

/** Puts the services of package `escrow` onto a server. @see payment-channels.md, sections 8 and 9 */
export function addEscrowServices(host: ServiceHost, payments: PaymentServices | undefined): void {
  const { getChannelState } = CHANNEL_STATE_METHODS;
  host.unary({ definition: getChannelState, grant: CHANNEL_STATE_GRANTS.getChannelState }, async (question) =>
    stateToWire(await paymentsOf(payments).states.answer(question)),
  );
  addLists(host, payments);
  addClaims(host, payments);
}

function addLists(host: ServiceHost, payments: PaymentServices | undefined): void {
  const { getListUnclaimed, getListInProgress } = PROVIDER_CONTROL_METHODS;
  host.unary(
    { definition: getListUnclaimed, grant: PROVIDER_CONTROL_GRANTS.getListUnclaimed },
    async (question) => listToWire(await paymentsOf(payments).control.listUnclaimed(question)),
  );
  host.unary(
    { definition: getListInProgress, grant: PROVIDER_CONTROL_GRANTS.getListInProgress },
    async (question, { signal }) =>
      listToWire(await paymentsOf(payments).control.listInProgress(question, { signal })),
  );
}

function addClaims(host: ServiceHost, payments: PaymentServices | undefined): void {
  const { startClaim, startClaimForMultipleChannels } = PROVIDER_CONTROL_METHODS;
  host.unary(
    { definition: startClaim, grant: PROVIDER_CONTROL_GRANTS.startClaim },
    async (request, { signal }) =>
      paymentToWire(await paymentsOf(payments).control.start(request, { signal })),
  );
  host.unary(
    {
      definition: startClaimForMultipleChannels,
      grant: PROVIDER_CONTROL_GRANTS.startClaimForMultipleChannels,
    },
    (request, running) => startMany(paymentsOf(payments).control, request, running),
  );
}

async function startMany(
  control: PaymentServices['control'],
  request: StartMultipleClaimRequest,
  running: RunningCall,
): Promise<{ payments: PaymentReply[] }> {
  const { length } = request.channelIds;
  if (length > MAX_CLAIMS) {
    throw new ProvenderError('PROVENDER_INVALID', `${length} channels, limit ${MAX_CLAIMS} a request`, {
      details: { found: length, limit: MAX_CLAIMS },
    });
  }
  const { payments, failure } = await control.startMany(request, { signal: running.signal });
  if (failure !== undefined) running.trailers.set(CLAIM_ERROR_TRAILER, inTrailer(failure.message));
  return listToWire(payments);
}

/** A text as gRPC writes `grpc-message`: printable ASCII as it is, everything else as its bytes of UTF-8, percent-encoded. */
function inTrailer(text: string): string {
  return statusText(text).replaceAll(/[^ -$&-~]+/g, encodeURIComponent);
}

function stateToWire(answer: StatedChannel): ChannelStateReply {
  return {
    currentNonce: asBuffer(uint256Bytes(answer.currentNonce)),
    currentSignedAmount: amountToWire(answer.currentSignedAmount),
    currentSignature: signatureToWire(answer.currentSignature),
    oldNonceSignedAmount: amountToWire(answer.oldNonceSignedAmount),
    oldNonceSignature: signatureToWire(answer.oldNonceSignature),
    plannedAmount: 0n,
    usedAmount: 0n,
  };
}

function listToWire(payments: readonly ClaimablePayment[]): { payments: PaymentReply[] } {
  return { payments: payments.map(paymentToWire) };
}

function paymentToWire(payment: ClaimablePayment): PaymentReply {
  return {
    channelId: asBuffer(uint256Bytes(payment.channelId)),
    channelNonce: asBuffer(uint256Bytes(payment.nonce)),
    signedAmount: asBuffer(uint256Bytes(payment.amount)),
    signature: signatureToWire(payment.signature),
    channelExpiry: asBuffer(uint256Bytes(payment.expiration)),
  };
}

function amountToWire(amount: bigint | undefined): Buffer {
  return amount === undefined ? EMPTY : asBuffer(uint256Bytes(amount));
}

function signatureToWire(signature: Uint8Array | undefined): Buffer {
  return signature === undefined ? EMPTY : asBuffer(signature);
}
