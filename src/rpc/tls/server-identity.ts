import type { SecureContextOptions } from 'node:tls';
import type { Telemetry } from '../../telemetry/telemetry.ts';
import {
  checkIdentity,
  type Identity,
  type IdentityFiles,
  isSameIdentity,
  readIdentity,
} from './identity-files.ts';
import { endsSoon } from './key-pair.ts';
import { serverContext } from './server-context.ts';

/** How an identity is opened. */
export interface ServerIdentityOptions {
  readonly files: IdentityFiles;
  readonly telemetry: Telemetry;
  /** Milliseconds between two looks at the files; default 5 s. */
  readonly checkEveryMs?: number;
}

const DAY_MS = 24 * 3_600_000;
/** Reading works on every file system and with every way of replacing files, symbolic links of directories included. */
const CHECK_EVERY_MS = 5000;

/**
 * The certificate of a server and the CAs of its clients, kept as new as their files. What is no good is logged and what was there stays in
 * use. States: open, closed (nothing is read any more).
 */
export class ServerIdentity {
  readonly #options: ServerIdentityOptions;
  readonly #listeners = new Set<(context: SecureContextOptions) => void>();
  #used: Identity;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** Why the files as they are now are not used; said when it is still so at the next look, since two files are rarely replaced at once. */
  #refusal: { readonly reason: string; readonly isSaid: boolean } | undefined;
  #warned: { readonly event: string; readonly at: number } | undefined;

  private constructor(options: ServerIdentityOptions, identity: Identity) {
    this.#options = options;
    this.#used = identity;
  }

  /** Reads the files. @throws ProvenderError `PROVENDER_CONFIG` naming the file, what is wrong and what to do */
  static async open(options: ServerIdentityOptions): Promise<ServerIdentity> {
    const { files, telemetry } = options;
    const used = checkIdentity(files, await readIdentity(files), Date.now());
    const identity = new ServerIdentity(options, used);
    telemetry.metrics.watchCertificates(() => identity.#expiries());
    telemetry.health.addCheck('certificate', async () => identity.#checkExpiry());
    identity.#warn();
    identity.#schedule();
    return identity;
  }

  /** What a `tls.Server` is made of. */
  get context(): SecureContextOptions {
    return serverContext(this.#used);
  }

  /** Calls `listener` with each new context. */
  onChange(listener: (context: SecureContextOptions) => void): void {
    this.#listeners.add(listener);
  }

  /** Stops reading the files. Idempotent. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      void this.#look().then(() => {
        if (!this.#isClosed) this.#schedule();
      });
    }, this.#options.checkEveryMs ?? CHECK_EVERY_MS);
    this.#timer.unref(); // certificates alone keep no process alive
  }

  /** Takes over what has changed; never rejects. */
  async #look(): Promise<void> {
    const { files } = this.#options;
    try {
      const bytes = await readIdentity(files);
      if (this.#isClosed) return;
      if (!isSameIdentity(bytes, this.#used)) this.#use(checkIdentity(files, bytes, Date.now()));
      this.#refusal = undefined;
    } catch (error) {
      if (!this.#isClosed) this.#refuse(error instanceof Error ? error.message : String(error));
    }
    if (!this.#isClosed) this.#warn();
  }

  #use(identity: Identity): void {
    this.#used = identity;
    this.#warned = undefined;
    for (const listener of this.#listeners) listener(this.context);
    this.#options.telemetry.log.info(
      { event: 'certificate-changed', ...this.#facts() },
      'new connections use the new certificate',
    );
  }

  #refuse(reason: string): void {
    const isRepeated = this.#refusal?.reason === reason;
    if (isRepeated && this.#refusal?.isSaid === false) {
      this.#options.telemetry.log.error(
        { event: 'certificate-refused', reason },
        'the changed certificate files are not used, the old certificate stays',
      );
    }
    this.#refusal = { reason, isSaid: isRepeated };
  }

  /** Says, once a day, that the certificate ends soon or has ended. */
  #warn(): void {
    const { expiresAt } = this.#used;
    const now = Date.now();
    if (!endsSoon(this.#used, now)) return;
    const event = expiresAt <= now ? 'certificate-expired' : 'certificate-expiring';
    if (this.#warned?.event === event && now - this.#warned.at < DAY_MS) return;
    this.#warned = { event, at: now };
    const { log } = this.#options.telemetry;
    if (expiresAt <= now) log.error({ event, ...this.#facts() }, 'clients refuse the certificate: renew it');
    else log.warn({ event, ...this.#facts() }, 'the certificate ends soon: renew it');
  }

  async #checkExpiry(): Promise<void> {
    const { expiresAt } = this.#used;
    if (expiresAt <= Date.now())
      throw new Error(`${this.#options.files.certFile} expired on ${new Date(expiresAt).toISOString()}`);
  }

  #facts(): { readonly file: string; readonly expires: string } {
    return { file: this.#options.files.certFile, expires: new Date(this.#used.expiresAt).toISOString() };
  }

  #expiries(): Record<string, number> {
    const { expiresAt, authorities } = this.#used;
    return {
      server: expiresAt,
      ...(authorities === undefined ? {} : { 'client-ca': authorities.expiresAt }),
    };
  }
}
