import { createDecipheriv, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { hexToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { ProvenderError } from '../../../content/provender-error.ts';
import { keccak256 } from '../../../payments/keccak.ts';

/** Bytes of the key that the passphrase gives: half decrypts, half authenticates. */
const DERIVED_SIZE = 32;
const HALF = DERIVED_SIZE / 2;
/** More than any tool writes; a file must not be able to take all memory. */
const MAX_SCRYPT_MEMORY = 2 ** 30;
const MAX_ITERATIONS = 10_000_000;
const SCRYPT_BLOCK = 128;

const hex = z
  .string()
  .regex(/^([0-9a-fA-F]{2})+$/)
  .transform((text) => hexToBytes(text.toLowerCase()));
const size = z.number().int().positive();
const KEYSTORE = z.object({
  version: z.literal(3),
  crypto: z.object({
    cipher: z.literal('aes-128-ctr'),
    cipherparams: z.object({ iv: hex }),
    ciphertext: hex,
    mac: hex,
    kdf: z.enum(['scrypt', 'pbkdf2']),
    kdfparams: z.object({
      dklen: z.literal(DERIVED_SIZE),
      salt: hex,
      n: size.optional(),
      r: size.optional(),
      p: size.optional(),
      c: size.max(MAX_ITERATIONS).optional(),
      prf: z.literal('hmac-sha256').optional(),
    }),
  }),
});
type KdfParameters = z.output<typeof KEYSTORE>['crypto']['kdfparams'];

const deriveScrypt = promisify<
  string,
  Uint8Array,
  number,
  { N: number; r: number; p: number; maxmem: number },
  Buffer
>(scrypt);
const derivePbkdf2 = promisify(pbkdf2);

/**
 * Decrypts a Web3 keystore, version 3.
 *
 * @param value - the JSON of the file, parsed
 * @returns the private key, 32 bytes
 * @throws ProvenderError `PROVENDER_CONFIG` for another form and for a wrong passphrase; neither secret is shown
 * @see https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage/
 */
export async function openKeystore(value: unknown, passphrase: string): Promise<Uint8Array> {
  const parsed = KEYSTORE.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw wrong(`is no Web3 keystore of version 3 (${issue?.path.join('.') ?? ''})`);
  }
  const { kdf, kdfparams, ciphertext, mac, cipher, cipherparams } = parsed.data.crypto;
  const derived = await (kdf === 'scrypt' ? byScrypt : byPbkdf2)(passphrase, kdfparams);
  const found = keccak256(Buffer.concat([derived.subarray(HALF), ciphertext]));
  if (mac.length !== found.length || !timingSafeEqual(mac, found)) throw wrong('the passphrase is wrong');
  const decipher = createDecipheriv(cipher, derived.subarray(0, HALF), cipherparams.iv);
  return new Uint8Array(Buffer.concat([decipher.update(ciphertext), decipher.final()]));
}

async function byScrypt(passphrase: string, { salt, n, r, p }: KdfParameters): Promise<Buffer> {
  if (n === undefined || r === undefined || p === undefined) throw wrong('scrypt needs n, r and p');
  const memory = SCRYPT_BLOCK * r * (n + p);
  if (memory > MAX_SCRYPT_MEMORY)
    throw wrong(`scrypt wants ${memory} bytes of memory, limit ${MAX_SCRYPT_MEMORY}`);
  try {
    return await deriveScrypt(passphrase, salt, DERIVED_SIZE, { N: n, r, p, maxmem: 2 * memory });
  } catch (error) {
    // OpenSSL holds to RFC 7914: N is a power of two below 2^(16 r)
    throw wrong(`scrypt cannot have n ${n}, r ${r}, p ${p}`, error);
  }
}

async function byPbkdf2(passphrase: string, { salt, c, prf }: KdfParameters): Promise<Buffer> {
  if (c === undefined || prf === undefined) throw wrong('pbkdf2 needs c and prf');
  return await derivePbkdf2(passphrase, salt, c, DERIVED_SIZE, 'sha256');
}

function wrong(reason: string, cause?: unknown): ProvenderError {
  return new ProvenderError('PROVENDER_CONFIG', `keystore: ${reason}`, { cause });
}
