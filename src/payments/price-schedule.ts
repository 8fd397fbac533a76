import { utf8ToBytes } from '@noble/hashes/utils.js';
import { ProvenderError } from '../content/provender-error.ts';
import { REFUSALS } from './refusals.ts';
import { MAX_UINT256, readUint256 } from './uint256.ts';

/** What a call costs, in the smallest token unit: so much for itself, and so much for each KiB that was begun. */
export interface Price {
  readonly perCall: bigint;
  readonly perKiB: bigint;
}

/** What a provider asks for its calls. A version has one content for ever. */
export interface PriceSchedule {
  /** From 0. */
  readonly version: number;
  /** Of methods that are not named. */
  readonly default: Price;
  /** By the name of the method without its service, such as `SetFile`. */
  readonly methods: Readonly<Record<string, Price>>;
}

/** Methods that store or serve bytes; all others have a price per call alone. @see payment-channels.md, section 2 */
export const SIZED_METHODS: ReadonlySet<string> = new Set([
  'SetShare',
  'SetShares',
  'SetFile',
  'GetShare',
  'GetShares',
  'ReadShares',
  'GetFile',
]);

/** Methods that cost nothing unless the schedule names them: those that check the provider, and those that a client needs in order to pay. */
const FREE_BY_DEFAULT: ReadonlySet<string> = new Set([
  'VerifyShare',
  'VerifyShares',
  'VerifyFile',
  'GetChannelState',
  'GetSchedule',
  'Quote',
  'Check',
  'Watch',
]);

const FREE: Price = { perCall: 0n, perKiB: 0n };
const KIB = 1024n;
const MEMBERS = ['version', 'default', 'methods'];
const PRICE_MEMBERS = ['perCall', 'perKiB'];
const METHOD = /^[A-Z][A-Za-z0-9]{0,63}$/;

/**
 * Reads a schedule as a configuration file has it: `version`, `default`, and `methods` with `perCall` and `perKiB` as decimal texts.
 *
 * @throws ProvenderError `PROVENDER_CONFIG` for unknown members, amounts that are no decimal texts below 2^256, and a price by size of a method
 * that has no size
 * @see payment-channels.md, section 2
 */
export function parseSchedule(value: unknown): PriceSchedule {
  // absent members have defaults; an empty one, which YAML gives as null, was forgotten
  const { version, default: others = {}, methods = {} } = membersOf('schedule', value, MEMBERS);
  const named = Object.entries(membersOf('methods', methods));
  return {
    version: parseVersion(version),
    default: parsePrice('default', others),
    methods: Object.fromEntries(named.map(([name, price]) => [name, parseMethod(name, price)])),
  };
}

/** UTF-8 JSON with one spelling: equal schedules are equal bytes, methods in the order of their names. @see payment-channels.md, section 3 */
export function encodeSchedule(schedule: PriceSchedule): Uint8Array {
  const names = Object.entries(schedule.methods).sort(([one], [other]) => (one < other ? -1 : 1));
  return utf8ToBytes(
    JSON.stringify({
      v: 1,
      t: 'price',
      version: schedule.version.toString(),
      default: written(schedule.default),
      methods: Object.fromEntries(names.map(([name, price]) => [name, written(price)])),
    }),
  );
}

/**
 * What a call costs.
 *
 * @param method - name without its service
 * @param bytes - stored or served; counts for the methods of `SIZED_METHODS` alone
 * @throws ProvenderError `PROVENDER_CHANNEL`, `internal error: ...`, when that is more than a channel can hold
 */
export function priceOf(schedule: PriceSchedule, method: string, bytes: bigint): bigint {
  const price = rateOf(schedule, method);
  const kib = SIZED_METHODS.has(method) ? (bytes + KIB - 1n) / KIB : 0n;
  const total = price.perCall + price.perKiB * kib;
  if (total > MAX_UINT256)
    throw REFUSALS.pricing.refuse(`the price of ${method} with ${bytes} bytes is above 2^256 - 1`).error;
  return total;
}

/** The name may be what somebody asks for: only members of the schedule's own count. */
function rateOf({ methods, ...schedule }: PriceSchedule, method: string): Price {
  const named = Object.hasOwn(methods, method) ? methods[method] : undefined;
  return named ?? (FREE_BY_DEFAULT.has(method) ? FREE : schedule.default);
}

function parseVersion(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw wrong('version', 'not a whole number from 0');
  return value;
}

function parseMethod(name: string, value: unknown): Price {
  if (!METHOD.test(name)) throw wrong(`methods.${name}`, 'not the name of a method, such as SetFile');
  const price = parsePrice(`methods.${name}`, value);
  if (price.perKiB > 0n && !SIZED_METHODS.has(name))
    throw wrong(`methods.${name}.perKiB`, 'the method has no size to charge for; give perCall');
  return price;
}

function parsePrice(what: string, value: unknown): Price {
  const { perCall = '0', perKiB = '0' } = membersOf(what, value, PRICE_MEMBERS);
  return {
    perCall: parseAmount(`${what}.perCall`, perCall),
    perKiB: parseAmount(`${what}.perKiB`, perKiB),
  };
}

function parseAmount(what: string, value: unknown): bigint {
  const amount = typeof value === 'string' ? readUint256(value) : undefined;
  // a number of YAML may have lost digits before it gets here
  if (amount === undefined) throw wrong(what, 'not a decimal number below 2^256 in quotes, such as "25"');
  return amount;
}

function membersOf(what: string, value: unknown, known?: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(what, 'not a section');
  const members = value as Record<string, unknown>; // an object of YAML or JSON
  const unknown = Object.keys(members).find((name) => known !== undefined && !known.includes(name));
  if (unknown !== undefined) throw wrong(what, `unknown member "${unknown}"`);
  return members;
}

function written(price: Price): { perCall: string; perKiB: string } {
  return { perCall: price.perCall.toString(), perKiB: price.perKiB.toString() };
}

function wrong(what: string, reason: string): ProvenderError {
  return new ProvenderError('PROVENDER_CONFIG', `prices: ${what}: ${reason}`);
}
