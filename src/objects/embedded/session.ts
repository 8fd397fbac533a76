import { ProvenderError } from '../../content/provender-error.ts';
import { makeTag, type Tag } from '../tag.ts';
import type { Database } from './database.ts';

const SESSION_KEY = new TextEncoder().encode('session');
const MAX_U32 = 2 ** 32 - 1;

/** One opening of the store; gives tags that no other opening gives. @see object-layout.md, section 1 */
export class Session {
  readonly number: number;
  #stagings = 0;

  private constructor(number: number) {
    this.number = number;
  }

  /** Takes the next session number, which is durable before the first tag is made of it. */
  static async begin(database: Database): Promise<Session> {
    const record = await database.read('session record', (tables) => tables.table('u').get(SESSION_KEY));
    const number = (record === undefined ? 0 : decodeU32(record)) + 1;
    const value = new Uint8Array(4);
    new DataView(value.buffer).setUint32(0, number);
    await database.write([{ table: 'u', key: SESSION_KEY, value }]);
    return new Session(number);
  }

  /** A tag that was never given before. */
  nextTag(): Tag {
    if (this.#stagings === MAX_U32)
      throw new ProvenderError(
        'PROVENDER_UNAVAILABLE',
        'all 2^32 tags of this session are used: restart the node',
      );
    this.#stagings++;
    return makeTag(this.number, this.#stagings);
  }
}

function decodeU32(record: Uint8Array): number {
  if (record.length !== 4)
    throw new ProvenderError('PROVENDER_CORRUPT', `session record of ${record.length} bytes, not 4`);
  return new DataView(record.buffer, record.byteOffset, 4).getUint32(0);
}
