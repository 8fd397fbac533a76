import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { compareBytes } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { decodeRound, MAX_ROUND_SIZE, type UnsignedRound } from '../rounds/round.ts';
import { inPlace } from './error-place.ts';
import { type Genesis, makeGenesis } from './founding.ts';
import { parametersSchema } from './network-parameters.ts';
import { parseFields } from './parse-fields.ts';

export { type Founding, type Genesis, makeGenesis, networkIdOf } from './founding.ts';
export { DEFAULT_PARAMETERS, type NetworkParameters } from './network-parameters.ts';

/** The most characters of a genesis file: round 0 in hex, and room for all else. */
const MOST_CHARACTERS = 2 * MAX_ROUND_SIZE + 2 ** 18;
const FORMAT = 'provender-genesis/1';

const hex = (bytes: number): z.ZodString =>
  z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`), `not ${bytes} bytes in lower-case hex`);

const fileSchema = z.strictObject({
  format: z.literal(FORMAT),
  name: z.string(),
  networkId: hex(32),
  round: z.string().regex(/^(?:[0-9a-f]{2})+$/, 'not bytes in lower-case hex'),
  primaries: z.array(z.strictObject({ storerKey: hex(32), address: z.string() })),
  parameters: parametersSchema,
});

/** The genesis file: JSON of one form, so that equal networks have equal files. */
export function formatGenesis(genesis: Genesis): string {
  const { name, networkId, round, primaries, parameters } = genesis;
  const { tauNumerators, ...rest } = parameters;
  const file: z.infer<typeof fileSchema> = {
    format: FORMAT,
    name,
    networkId: bytesToHex(networkId),
    round: bytesToHex(round),
    primaries: primaries.map(({ storerKey, address }) => ({ storerKey: bytesToHex(storerKey), address })),
    parameters: { ...rest, tauNumerators },
  };
  return `${JSON.stringify(fileSchema.parse(file), undefined, 2)}\n`;
}

/**
 * Reads a genesis file and checks all of it, round 0 included.
 * @throws ProvenderError `PROVENDER_INVALID`, `PROVENDER_CONFLICT` or `PROVENDER_UNSUPPORTED` that names the field
 */
export function parseGenesis(text: string): Genesis {
  const file = readFile(text);
  const round = hexToBytes(file.round);
  const { unixMs, records } = inPlace('genesis: round', () => decodeRound(round));
  const primaries = file.primaries.map(({ storerKey, address }) => ({
    storerKey: hexToBytes(storerKey),
    address,
  }));
  const genesis = makeGenesis({ name: file.name, unixMs, records, primaries, parameters: file.parameters });
  if (bytesToHex(genesis.networkId) !== file.networkId) throw wrong('networkId', 'not that of the name');
  checkRound(round, genesis.round);
  return genesis;
}

function readFile(text: string): z.infer<typeof fileSchema> {
  if (text.length > MOST_CHARACTERS)
    throw wrong('file', `${text.length} characters, limit ${MOST_CHARACTERS}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ProvenderError('PROVENDER_INVALID', 'genesis: the file is not JSON', { cause });
  }
  return parseFields(fileSchema, json);
}

/** Says of a round 0 that is not what its name, records and parameters make of it which field differs. */
function checkRound(given: Uint8Array, expected: Uint8Array): void {
  if (compareBytes(given, expected) === 0) return;
  const [found, right] = [decodeRound(given), decodeRound(expected)];
  const fields: readonly (keyof UnsignedRound & ('networkId' | 'prevHash' | 'seed' | 'registryRoot'))[] = [
    'networkId',
    'prevHash',
    'seed',
    'registryRoot',
  ];
  const field = fields.find((name) => compareBytes(found[name], right[name]) !== 0);
  throw wrong(
    'round',
    `${field ?? 'number, proposer or signature'} is not that of a round 0 of this network`,
  );
}

function wrong(field: string, what: string): ProvenderError {
  return new ProvenderError('PROVENDER_INVALID', `genesis: ${field}: ${what}`);
}
