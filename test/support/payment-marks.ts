import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PaymentDecision, PaymentMarks } from '../../src/objects/payment-marks.ts';
import { parseTag, type Tag } from '../../src/objects/tag.ts';

/** Marks that a test also writes as the commit of a payment does. Whoever comes first decides. */
interface TestMarks extends PaymentMarks {
  /** Puts "paid" unless something stands; tells whether it did. */
  pay(operation: Uint8Array, staged: { readonly tag: Tag; readonly head: Uint8Array }): Promise<boolean>;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (text: string | undefined): Uint8Array => new Uint8Array(Buffer.from(text ?? '', 'hex'));

/** An operation of 16 bytes, another one for each number. */
export function operationOf(number: number): Uint8Array {
  const operation = new Uint8Array(16);
  new DataView(operation.buffer).setUint32(12, number);
  return operation;
}

/** Marks in memory. */
export class MemoryMarks implements TestMarks {
  readonly #decisions = new Map<string, PaymentDecision>();
  /** Operations that were asked about, in hex, in order. */
  readonly asked: string[] = [];

  async dropOrPublish(operation: Uint8Array): Promise<PaymentDecision> {
    this.asked.push(hex(operation));
    return this.#put(operation, { is: 'drop' });
  }

  async pay(operation: Uint8Array, { tag, head }: { tag: Tag; head: Uint8Array }): Promise<boolean> {
    return this.#put(operation, { is: 'paid', tag, head }).is === 'paid';
  }

  #put(operation: Uint8Array, decision: PaymentDecision): PaymentDecision {
    const standing = this.#decisions.get(hex(operation));
    if (standing === undefined) this.#decisions.set(hex(operation), decision);
    return standing ?? decision;
  }
}

/** Marks as files, which outlive a process that is killed: a mark is there whole or not at all. */
export class FileMarks implements TestMarks {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async dropOrPublish(operation: Uint8Array): Promise<PaymentDecision> {
    const [is, tag, head] = (await this.#put(operation, 'drop')).split(' ');
    return is === 'paid' ? { is, tag: parseTag(bytesOf(tag)), head: bytesOf(head) } : { is: 'drop' };
  }

  async pay(operation: Uint8Array, { tag, head }: { tag: Tag; head: Uint8Array }): Promise<boolean> {
    return (await this.#put(operation, `paid ${hex(tag)} ${hex(head)}`)).startsWith('paid');
  }

  async #put(operation: Uint8Array, text: string): Promise<string> {
    const path = join(this.#folder, hex(operation));
    const mine = `${path}.${process.pid}`;
    await writeFile(mine, text);
    try {
      await link(mine, path);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    } finally {
      await unlink(mine);
    }
    return await readFile(path, 'utf8');
  }
}
