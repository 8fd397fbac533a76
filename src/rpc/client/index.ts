export type { ErrorCode } from '../../content/error-codes.ts';
export {
  OBJECT_KIND,
  type ObjectId,
  type ObjectKind,
  objectIdHex,
  parseObjectId,
} from '../../content/object-id.ts';
export { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
export { type Challenge, PROOF_FORM, PROOF_MODE } from '../../proof/challenge.ts';
export type { RejectionReason, Verdict } from '../../proof/verdict.ts';
export type {
  FileReading,
  SetOutcome,
  ShareItem,
  ShareProof,
  ShareQuestion,
  ShareSelection,
  ShareStat,
} from '../../shares/shares.ts';
export type { ClientCallOptions } from './caller.ts';
export type { PlacedOutcome, PlacementWish } from '../placed-files.ts';
export type { FileReadOptions, ProgressOptions, SentFile } from './file-calls.ts';
export type { NetworkCalls, PlacementAnswer } from './network-calls.ts';
export type { NetworkEpoch, NetworkFacts, NetworkNode } from '../network-view.ts';
export { type ClientOptions, type ListPage, type ListQuery, ProvenderClient } from './provender-client.ts';
export type { CheckedItem, CheckedProof } from './proof-calls.ts';
export type { ReadOptions, SetOptions } from './share-calls.ts';
export type { ScrubDamage, ScrubResult, ScrubStart, ScrubStatus } from '../../shares/scrub/scrub.ts';
export type { ClientTls } from './tls-credentials.ts';
export type {
  CallSize,
  ClientPayments,
  PaidAttempt,
  PaidCall,
  PayableNode,
  PaymentHeaders,
  PaymentTerms,
  ServedRange,
  StatedChannel,
} from './client-payments.ts';
export { ChannelWallet, type ChannelWalletOptions } from './wallet/channel-wallet.ts';
export { readKeyFile, readPassphraseFile, type SigningKey } from './wallet/key-file.ts';
export type { PaidEvent } from './wallet/paid-attempts.ts';
export type { PaymentCalls, Quote, QuotedContent } from './payment-calls.ts';
export type { ClaimablePayment } from '../../payments/claims/claimable-payment.ts';
