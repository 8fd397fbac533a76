import { parseObjectId } from '../content/object-id.ts';
import { byteCount } from '../content/geometry.ts';
import { isProvenderError, ProvenderError } from '../content/provender-error.ts';
import type {
  GetScheduleResponse,
  Price as WirePrice,
  QuotedRange,
  QuoteRequest,
  QuoteResponse,
} from '../generated/provender/v1/price_service.ts';
import { addressBytes } from '../payments/address.ts';
import { type Price, priceOf, SIZED_METHODS } from '../payments/price-schedule.ts';
import { ChargedFiles, clipped, type FileSources } from './charged-files.ts';
import { chargedSize } from './charged-shares.ts';
import { asBuffer } from './data-codec.ts';
import { GRANT_OF_METHOD, PRICE_GRANTS, PRICE_METHODS } from './methods.ts';
import { type PaymentServices, paymentsOf } from './payment-services.ts';
import type { ServiceHost } from './service-host.ts';

/** Methods whose object is a file; that of the other sized ones is a chunk or a collection. */
const OF_FILES: ReadonlySet<string> = new Set(['GetFile', 'SetFile']);

/** Puts `provender.v1.PriceService` onto a server. @see proto/provender/v1/price_service.proto */
export function addPriceService(
  host: ServiceHost,
  { payments, ...sources }: FileSources & { readonly payments?: PaymentServices },
): void {
  host.unary({ definition: PRICE_METHODS.getSchedule, grant: PRICE_GRANTS.getSchedule }, async () =>
    scheduleToWire(paymentsOf(payments)),
  );
  host.unary({ definition: PRICE_METHODS.quote, grant: PRICE_GRANTS.quote }, async (request, { signal }) => {
    const { schedule } = paymentsOf(payments);
    return quote(schedule, request, await quotedBytes(sources, request, signal));
  });
}

function scheduleToWire({ schedule, facts, chain }: PaymentServices): GetScheduleResponse {
  const methods = Object.entries(schedule.methods).map(([name, price]) => [name, priceToWire(price)]);
  return {
    version: BigInt(schedule.version),
    defaultPrice: priceToWire(schedule.default),
    methods: Object.fromEntries(methods),
    organization: facts.organization,
    groupId: asBuffer(facts.groupId),
    paymentAddress: asBuffer(addressBytes(facts.paymentAddress)),
    mpeAddress: asBuffer(addressBytes(facts.mpe)),
    evmChainId: facts.evmChainId,
    currentBlock: knownBlock(chain),
  };
}

/** Prices can be told without the chain. */
function knownBlock(chain: PaymentServices['chain']): bigint | undefined {
  try {
    return chain.currentBlock();
  } catch (error) {
    if (isProvenderError(error, 'PROVENDER_CHANNEL')) return undefined;
    throw error;
  }
}

function priceToWire({ perCall, perKiB }: Price): WirePrice {
  return { perCall: perCall.toString(), perKib: perKiB.toString() };
}

/** @throws ProvenderError `PROVENDER_INVALID` for a method that is none */
function quote(
  schedule: PaymentServices['schedule'],
  { method }: QuoteRequest,
  bytes: number,
): QuoteResponse {
  const grant = GRANT_OF_METHOD.get(method);
  if (grant === undefined)
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `no method is called "${method}"; write one such as SetFile`,
    );
  const sizeBytes = BigInt(bytes);
  const price = grant.isFree === true ? 0n : priceOf(schedule, method, sizeBytes);
  return { price: price.toString(), sizeBytes, version: BigInt(schedule.version) };
}

/** @throws ProvenderError `PROVENDER_NOT_FOUND` for an object that is not held */
async function quotedBytes(
  sources: FileSources,
  { method, content }: QuoteRequest,
  signal: AbortSignal,
): Promise<number> {
  if (!SIZED_METHODS.has(method)) {
    if (content === undefined) return 0;
    throw new ProvenderError('PROVENDER_INVALID', `${method} has one price, whatever the size: leave it out`);
  }
  if (content === undefined)
    throw new ProvenderError('PROVENDER_INVALID', `${method} is charged by size: give one, or an object`);
  if (content.$case === 'sizeBytes') return byteCount(content.value, 'size');
  return await rangeBytes(sources, { method, range: content.value }, signal);
}

async function rangeBytes(
  sources: FileSources,
  { method, range }: { readonly method: string; readonly range: QuotedRange },
  signal: AbortSignal,
): Promise<number> {
  const id = parseObjectId(range.objectId);
  const offset = byteCount(range.offset, 'offset');
  const length = range.length === undefined ? undefined : byteCount(range.length, 'length');
  const question = { id, receipt: range.receipt };
  const stat = OF_FILES.has(method)
    ? await new ChargedFiles(sources).stat({ ...question, heldHere: false }, signal)
    : await sources.shares.statShare(id, { signal });
  return clipped(chargedSize(stat), { offset, length });
}
