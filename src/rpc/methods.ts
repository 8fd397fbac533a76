import type { MethodDefinition } from '@grpc/grpc-js';
import { BLOCK_SIZE, HASH_SIZE, STRIPE_SIZE } from '../content/geometry.ts';
import { ProviderControlServiceService } from '../generated/escrow/control_service.ts';
import { PaymentChannelStateServiceService } from '../generated/escrow/state_service.ts';
import { FileServiceService } from '../generated/provender/v1/file_service.ts';
import { PlacementServiceService } from '../generated/provender/v1/placement_service.ts';
import { PriceServiceService } from '../generated/provender/v1/price_service.ts';
import { RegistryServiceService } from '../generated/provender/v1/registry_service.ts';
import { RoundServiceService } from '../generated/provender/v1/round_service.ts';
import { ScrubServiceService } from '../generated/provender/v1/scrub_service.ts';
import { ShareServiceService } from '../generated/provender/v1/share_service.ts';
import { MAX_RECORD_SIZE } from '../placement/rounds/round.ts';
import { MAX_PROOF_SIZE } from '../proof/read-proof.ts';
import {
  decodeFetchContentResponse,
  decodeGetFileResponse,
  decodeGetShareResponse,
  decodeGetSharesResponse,
  decodeReadSharesResponse,
  decodeSetFileRequest,
  decodeSetShareRequest,
  decodeSetSharesRequest,
  encodeFetchContentResponse,
  encodeGetFileResponse,
  encodeGetShareResponse,
  encodeGetSharesResponse,
  encodeReadSharesResponse,
  encodeSetFileRequest,
  encodeSetShareRequest,
  encodeSetSharesRequest,
} from './data-codec.ts';
import type { TakeBuffer } from './message-buffers.ts';
import type { MessageRules } from './message-scan.ts';
import { MAX_RECEIPT } from './placed-files.ts';

/** Chunks of a batch, in a message or an answer. */
export const MAX_BATCH = 64;
/** Ids of one ReadShares. */
export const MAX_READ_IDS = 4096;
/** Content bytes of a message. */
export const MAX_DATA = 1024 * 1024;
/** Content bytes of a message where the sender may choose. */
export const PIECE_SIZE = 256 * 1024;
/** Bytes of what the next page of a list starts behind. */
export const MAX_LIST_TOKEN = 64;
/** Entries of a page of a list. */
export const MAX_PAGE = 1000;
/** A stream that has nothing to say says so this often, so that its reader knows that the node is there. */
export const BEAT_MS = 10_000;
/** An Assign with 255 sources of 255 bytes. */
const MAX_ASSIGN = 256 * 256;
/** The longest message of all, either way: the largest proof and its frame. @see spec/grpc.md, section 3 */
export const MAX_MESSAGE = 8 * 1024 * 1024 + 64 * 1024;
/** Channels of one request to claim. */
export const MAX_CLAIMS = 1024;
/** A channel id, with its tag where ids are not packed. */
const VARINT_FIELD = 11;
/** Payments of a list: ids, amounts and signatures of a few thousand channels. */
const MAX_PAYMENTS = 1024 * 1024;
/** Prices of all methods. */
const MAX_SCHEDULE = 16 * BLOCK_SIZE;
/** Bytes of a message besides content and ids: field tags, numbers, fields of later versions. */
const MARGIN = 1024;
const ID_FIELD = HASH_SIZE + 2;

export const SHARE_METHODS = {
  ...ShareServiceService,
  setShare: {
    ...ShareServiceService.setShare,
    requestSerialize: encodeSetShareRequest,
    requestDeserialize: decodeSetShareRequest,
  },
  getShare: {
    ...ShareServiceService.getShare,
    responseSerialize: encodeGetShareResponse,
    responseDeserialize: decodeGetShareResponse,
  },
  setShares: {
    ...ShareServiceService.setShares,
    requestSerialize: encodeSetSharesRequest,
    requestDeserialize: decodeSetSharesRequest,
  },
  getShares: {
    ...ShareServiceService.getShares,
    responseSerialize: encodeGetSharesResponse,
    responseDeserialize: decodeGetSharesResponse,
  },
  readShares: {
    ...ShareServiceService.readShares,
    responseSerialize: encodeReadSharesResponse,
    responseDeserialize: decodeReadSharesResponse,
  },
} as const;

export const FILE_METHODS = {
  ...FileServiceService,
  setFile: {
    ...FileServiceService.setFile,
    requestSerialize: encodeSetFileRequest,
    requestDeserialize: decodeSetFileRequest,
  },
  getFile: {
    ...FileServiceService.getFile,
    responseSerialize: encodeGetFileResponse,
    responseDeserialize: decodeGetFileResponse,
  },
} as const;

/** What the scrubber does is said in small messages, which the generated code writes. */
export const SCRUB_METHODS = ScrubServiceService;

export const ROUND_METHODS = RoundServiceService;
export const REGISTRY_METHODS = RegistryServiceService;
export const PLACEMENT_METHODS = {
  ...PlacementServiceService,
  fetchContent: {
    ...PlacementServiceService.fetchContent,
    responseSerialize: encodeFetchContentResponse,
    responseDeserialize: decodeFetchContentResponse,
  },
} as const;

export const PRICE_METHODS = PriceServiceService;
export const CHANNEL_STATE_METHODS = PaymentChannelStateServiceService;
export const PROVIDER_CONTROL_METHODS = ProviderControlServiceService;

/** A method as both ends know it. */
export type Method<Request, Response> = MethodDefinition<Request, Response>;

/** A serializer that can write into a lent buffer; those that cannot ignore it. */
export type Encode<T> = (message: T, take?: TakeBuffer) => Buffer;

/** A method whose many requests, or answers, are encoded into lent buffers. */
export interface UploadMethod<Request, Response> extends Method<Request, Response> {
  readonly requestSerialize: Encode<Request>;
}
export interface DownloadMethod<Request, Response> extends Method<Request, Response> {
  readonly responseSerialize: Encode<Response>;
}

/** What the server grants to a call of a method. */
export interface MethodGrant {
  readonly rules: MessageRules;
  /** The most content bytes that a running call holds in this layer; admission counts them. */
  readonly holdsBytes: number;
  /** Remove and list: loopback or an operator's certificate. @see DESIGN.md, "A node's directory, keys and rights" */
  readonly isForOperators?: true;
  /** Costs nothing, whatever the schedule says. */
  readonly isFree?: true;
}

const SMALL: MethodGrant = { rules: { maxBytes: MARGIN }, holdsBytes: BLOCK_SIZE };
/** Nobody pays for looking after a node. */
const OPERATORS: MethodGrant = { ...SMALL, isForOperators: true, isFree: true };
/** Nodes of a network do not pay each other for keeping it up, nor does anyone for asking what is to be paid. */
const FREE: MethodGrant = { ...SMALL, isFree: true };

/** An id, and a challenge of a beacon and three small numbers. */
const QUESTION_FIELD = 96;

function ids(max: number): MessageRules {
  return { maxBytes: max * ID_FIELD + MARGIN, items: { field: 1, max, name: 'ids' } };
}

export const SHARE_GRANTS: Record<keyof typeof SHARE_METHODS, MethodGrant> = {
  setShare: { rules: { maxBytes: BLOCK_SIZE + MARGIN }, holdsBytes: 2 * BLOCK_SIZE },
  getShare: { rules: { maxBytes: MARGIN }, holdsBytes: 2 * BLOCK_SIZE },
  statShare: SMALL,
  removeShare: OPERATORS,
  setShares: {
    rules: {
      maxBytes: MAX_BATCH * (BLOCK_SIZE + 3) + MARGIN,
      items: { field: 2, max: MAX_BATCH, name: 'chunks' },
    },
    holdsBytes: STRIPE_SIZE,
  },
  getShares: { rules: ids(MAX_BATCH), holdsBytes: 2 * MAX_BATCH * BLOCK_SIZE },
  readShares: { rules: ids(MAX_READ_IDS), holdsBytes: STRIPE_SIZE },
  verifyShare: SMALL, // what the question asks for is counted besides
  verifyShares: {
    rules: {
      maxBytes: MAX_BATCH * QUESTION_FIELD + MARGIN,
      items: { field: 1, max: MAX_BATCH, name: 'questions' },
    },
    holdsBytes: BLOCK_SIZE,
  },
};

export const FILE_GRANTS: Record<keyof typeof FILE_METHODS, MethodGrant> = {
  setFile: { rules: { maxBytes: MAX_DATA + MARGIN }, holdsBytes: STRIPE_SIZE },
  getFile: { rules: { maxBytes: MAX_RECEIPT + MARGIN }, holdsBytes: STRIPE_SIZE },
  statFile: SMALL,
  verifyFile: SMALL,
  getFileRoots: { rules: { maxBytes: MARGIN }, holdsBytes: 2 * PIECE_SIZE },
  listFiles: OPERATORS,
  removeFile: OPERATORS,
};

export const SCRUB_GRANTS: Record<keyof typeof SCRUB_METHODS, MethodGrant> = {
  startScrub: OPERATORS,
  pauseScrub: OPERATORS,
  resumeScrub: OPERATORS,
  stopScrub: OPERATORS,
  getScrubStatus: OPERATORS,
  watchScrub: OPERATORS,
};

export const ROUND_GRANTS: Record<keyof typeof ROUND_METHODS, MethodGrant> = {
  getHead: FREE,
  // every node of a network follows for good: what most rounds have, not the most that one may
  follow: { ...FREE, holdsBytes: MAX_RECORD_SIZE },
  submit: { ...FREE, rules: { maxBytes: MAX_RECORD_SIZE + MARGIN }, holdsBytes: MAX_RECORD_SIZE },
};

export const REGISTRY_GRANTS: Record<keyof typeof REGISTRY_METHODS, MethodGrant> = {
  getNode: FREE,
  listNodes: { ...FREE, holdsBytes: MAX_PAGE * 2 * HASH_SIZE * 4 },
  getNetwork: FREE,
};

export const PLACEMENT_GRANTS: Record<keyof typeof PLACEMENT_METHODS, MethodGrant> = {
  claim: FREE,
  assign: { ...FREE, rules: { maxBytes: MAX_ASSIGN + MARGIN }, holdsBytes: MAX_ASSIGN },
  commit: { ...FREE, rules: { maxBytes: 2 * MARGIN } },
  prove: { ...FREE, rules: { maxBytes: MAX_PROOF_SIZE + MARGIN } }, // the proof is counted besides
  fetchContent: { ...FREE, holdsBytes: 2 * PIECE_SIZE },
  watchAttempts: FREE,
  explain: { ...FREE, holdsBytes: 16 * BLOCK_SIZE },
  getReceipt: { ...FREE, holdsBytes: MAX_RECEIPT },
};

export const PRICE_GRANTS: Record<keyof typeof PRICE_METHODS, MethodGrant> = {
  getSchedule: { ...FREE, holdsBytes: MAX_SCHEDULE },
  quote: { ...FREE, rules: { maxBytes: MAX_RECEIPT + MARGIN } },
};

export const CHANNEL_STATE_GRANTS: Record<keyof typeof CHANNEL_STATE_METHODS, MethodGrant> = {
  getChannelState: FREE,
};

export const PROVIDER_CONTROL_GRANTS: Record<keyof typeof PROVIDER_CONTROL_METHODS, MethodGrant> = {
  getListUnclaimed: { ...FREE, holdsBytes: MAX_PAYMENTS },
  getListInProgress: { ...FREE, holdsBytes: MAX_PAYMENTS },
  startClaim: FREE,
  startClaimForMultipleChannels: {
    ...FREE,
    rules: { maxBytes: MAX_CLAIMS * VARINT_FIELD + MARGIN },
    holdsBytes: MAX_PAYMENTS,
  },
};

/** Grants of all methods, by their short names, which no two services share. */
export const GRANT_OF_METHOD: ReadonlyMap<string, MethodGrant> = new Map(
  [
    SHARE_GRANTS,
    FILE_GRANTS,
    SCRUB_GRANTS,
    ROUND_GRANTS,
    REGISTRY_GRANTS,
    PLACEMENT_GRANTS,
    PRICE_GRANTS,
    CHANNEL_STATE_GRANTS,
    PROVIDER_CONTROL_GRANTS,
  ]
    .flatMap((grants) => Object.entries<MethodGrant>(grants))
    .map(([key, grant]) => [`${key.charAt(0).toUpperCase()}${key.slice(1)}`, grant]),
);

/** Full names of the services, as health and reflection say them. */
export const SERVICE_NAMES = [
  'provender.v1.ShareService',
  'provender.v1.FileService',
  'provender.v1.ScrubService',
  'provender.v1.RoundService',
  'provender.v1.RegistryService',
  'provender.v1.PlacementService',
  'provender.v1.PriceService',
  'escrow.PaymentChannelStateService',
  'escrow.ProviderControlService',
] as const;
