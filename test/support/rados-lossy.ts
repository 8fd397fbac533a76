import { ProvenderError } from '../../src/content/provender-error.ts';
import type { WriteStep } from '../../src/objects/rados/client/operations.ts';
import type { RadosConnection } from '../../src/objects/rados/client/rados-cluster-types.ts';
import type { RadosPool } from '../../src/objects/rados/client/rados-pool.ts';

/**
 * What becomes of a write whose answer never comes: it landed; it never does; or it lands later, which RADOS' order rule bounds: before the next
 * write of this client on the same object is answered.
 */
export type Fate = 'landed' | 'lost' | 'late';

/** Decides about writes. */
export class Losses {
  /** Called before each guarded write; `undefined` lets it be answered. */
  judge: (key: string, steps: readonly WriteStep[]) => Fate | undefined = () => undefined;
  /** Called after an answer was lost, before the caller hears of it. */
  afterLoss: (key: string) => Promise<void> = () => Promise.resolve();
  readonly #late = new Map<string, () => Promise<unknown>>();

  /** Loses the answer to the next write on a key that begins with `prefix`. */
  next(prefix: string, fate: Fate): void {
    this.judge = (key) => {
      if (!key.startsWith(prefix)) return undefined;
      this.judge = () => undefined;
      return fate;
    };
  }

  /** A connection whose writes these losses befall. */
  befall(connection: RadosConnection): RadosConnection {
    return intercepted(connection, {
      pool: async (...args: Parameters<RadosConnection['pool']>): Promise<RadosPool> => {
        const pool = await connection.pool(...args);
        const name = (key: string): string => `${pool.namespace}/${key}`;
        return intercepted(pool, {
          change: (key: string, steps: readonly WriteStep[]) =>
            this.#write({ name: name(key), key, steps }, () => pool.change(key, steps)),
          remove: (key: string) =>
            this.#write({ name: name(key), key, steps: [{ do: 'remove' }] }, () => pool.remove(key)),
          writeFull: (key: string, bytes: Uint8Array) => {
            const steps = [{ do: 'writeFull', bytes }] as const;
            return this.#write({ name: name(key), key, steps }, () => pool.writeFull(key, bytes));
          },
        });
      },
    });
  }

  async #write(
    { name, key, steps }: { name: string; key: string; steps: readonly WriteStep[] },
    send: () => Promise<void>,
  ): Promise<void> {
    const late = this.#late.get(name);
    this.#late.delete(name);
    await late?.().catch(() => undefined); // nobody hears its answer
    const fate = this.judge(key, steps);
    if (fate === undefined) return send();
    if (fate === 'landed') await send().catch(() => undefined);
    if (fate === 'late') this.#late.set(name, send);
    await this.afterLoss(key);
    throw new ProvenderError('PROVENDER_AMBIGUOUS', `${key}: no answer`);
  }
}

/** `target` with other methods in the place of some. */
function intercepted<T extends object>(target: T, methods: Readonly<Record<string, unknown>>): T {
  return new Proxy(target, {
    get(_, name) {
      if (typeof name === 'string' && name in methods) return methods[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
