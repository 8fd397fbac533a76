import { z } from 'zod';

/** A number of an RPC answer, below 2^256. */
export const quantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/, 'is not a number')
  .transform((text) => BigInt(text));

/** Bytes of an RPC answer, as lower-case hex. */
export const hexBytes = z
  .string()
  .regex(/^0x([0-9a-fA-F]{2})*$/, 'is not hex')
  .transform((text): `0x${string}` => `0x${text.slice(2).toLowerCase()}`);

/** 32 bytes of an RPC answer, as lower-case hex. */
export const word = hexBytes.refine((text) => text.length === 66, 'has not 32 bytes');

/** One event of a contract, as `eth_getLogs` lists it. */
export const eventLog = z.object({
  address: hexBytes.refine((text) => text.length === 42, 'is not an address'),
  topics: z.tuple([word], word),
  data: hexBytes,
  blockNumber: quantity,
  transactionHash: word,
  removed: z.boolean().optional(),
});

/** One event of a contract. */
export type EventLog = z.infer<typeof eventLog>;
