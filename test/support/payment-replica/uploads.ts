import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTag } from '../../../src/objects/tag.ts';
import type { PaymentMarks } from '../../../src/objects/payment-marks.ts';
import type { PaidMark, StagedShares } from '../../../src/payments/transaction/payment-transaction.ts';

const STAGED = 'staged-';
const PUBLISHED = 'published-';
const OP_SIZE = 16;
const ID_SIZE = 32;

/** Uploads as files: `staged-<op>` until it is published as `published-<op>`. The object id is the op, twice. */
export class FileUploads implements StagedShares {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Stages data of an operation. */
  stage(op: Uint8Array, replica: number): PaidMark {
    const objectId = new Uint8Array(ID_SIZE);
    objectId.set(op);
    objectId.set(op, OP_SIZE);
    writeFileSync(this.#at(STAGED, op), '');
    return { replica, objectId, tag: parseTag(op.slice(0, 8)), head: op };
  }

  publish({ head }: PaidMark): Promise<void> {
    if (existsSync(this.#at(STAGED, head))) renameSync(this.#at(STAGED, head), this.#at(PUBLISHED, head));
    else if (!existsSync(this.#at(PUBLISHED, head))) throw new Error('paid data is gone');
    return Promise.resolve();
  }

  drop({ head }: PaidMark): Promise<void> {
    rmSync(this.#at(STAGED, head), { force: true });
    return Promise.resolve();
  }

  /** What an object store does with what an earlier process staged. */
  async recover(marks: PaymentMarks): Promise<void> {
    for (const name of readdirSync(this.#directory)) {
      if (!name.startsWith(STAGED)) continue;
      const head = Buffer.from(name.slice(STAGED.length), 'hex');
      const mark = { replica: 0, objectId: head, tag: parseTag(head.subarray(0, 8)), head };
      const decision = await marks.dropOrPublish(new Uint8Array(head));
      await (decision.is === 'paid' ? this.publish(mark) : this.drop(mark));
    }
  }

  #at(prefix: string, op: Uint8Array): string {
    return join(this.#directory, prefix + Buffer.from(op).toString('hex'));
  }
}

/** Operations, in hex, whose uploads are there. */
export function uploadsIn(directory: string): { readonly staged: string[]; readonly published: string[] } {
  const names = readdirSync(directory);
  const of = (prefix: string): string[] =>
    names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return { staged: of(STAGED), published: of(PUBLISHED) };
}
