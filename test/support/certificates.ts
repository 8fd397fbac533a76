import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Scratch } from './scratch.ts';

const run = promisify(execFile);

/** What is written into a certificate. */
export interface CertificateOptions {
  /** Subject as openssl takes it: `/CN=alice`. */
  readonly subject: string;
  /** `DNS:localhost,IP:127.0.0.1`. */
  readonly altNames?: string;
  readonly usage?: 'serverAuth' | 'clientAuth';
  /** From and to as seconds from now; default an hour ago to a day from now. */
  readonly validity?: readonly [number, number];
  /** Key of `openssl req -newkey`; P-256 when absent. */
  readonly newkey?: readonly string[];
}

/** PEM files of one certificate. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

const P256 = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
const DAY_S = 86_400;

/** A CA in a folder, made by the openssl command line, that signs for one test. */
export class TestCa {
  /** Its own certificate, PEM. */
  readonly certFile: string;
  readonly #scratch: Scratch;
  readonly #name: string;
  #count = 0;

  private constructor(scratch: Scratch, name: string) {
    this.#scratch = scratch;
    this.#name = name;
    this.certFile = scratch.at(`${name}.pem`);
  }

  /** Makes a CA; its name is its common name. */
  static async make(scratch: Scratch, name = 'test-ca'): Promise<TestCa> {
    const ca = new TestCa(scratch, name);
    await openssl(
      ['req', '-x509', '-newkey', ...P256, '-nodes', '-days', '2', '-subj', `/CN=${name}`],
      ['-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-keyout', scratch.at(`${name}.key`)],
      ['-out', ca.certFile],
    );
    return ca;
  }

  /** Signs a certificate with a key of its own. */
  async issue(options: CertificateOptions): Promise<CertificateFiles> {
    const { subject, altNames, usage, validity = [-3600, DAY_S], newkey = P256 } = options;
    const base = this.#scratch.at(`${this.#name}-${++this.#count}`);
    const files = { certFile: `${base}.pem`, keyFile: `${base}.key` };
    await openssl(
      ['req', '-new', '-newkey', ...newkey, '-nodes', '-subj', subject],
      ['-keyout', files.keyFile, '-out', `${base}.csr`],
    );
    const lines = ['[ext]', 'basicConstraints=CA:FALSE'];
    if (altNames !== undefined) lines.push(`subjectAltName=${altNames}`);
    if (usage !== undefined) lines.push(`extendedKeyUsage=${usage}`);
    await writeFile(`${base}.index`, '');
    await writeFile(`${base}.conf`, `${this.#configuration(base)}${lines.join('\n')}\n`);
    const [from, to] = validity.map(asn1Time);
    await openssl(
      ['ca', '-batch', '-notext', '-config', `${base}.conf`, '-extensions', 'ext', '-in', `${base}.csr`],
      ['-startdate', from ?? '', '-enddate', to ?? '', '-out', files.certFile],
    );
    return files;
  }

  /** `openssl ca` is what can date a certificate back. Each has a database of its own, so that several may be made at once. */
  #configuration(base: string): string {
    return [
      '[ca]\ndefault_ca=own',
      `[own]\ndatabase=${base}.index\nnew_certs_dir=${this.#scratch.path}\nrand_serial=yes`,
      `unique_subject=no\ndefault_md=sha256\npolicy=any\ncertificate=${this.certFile}\nprivate_key=${this.#scratch.at(`${this.#name}.key`)}`,
      '[any]\ncommonName=optional\norganizationName=optional\n',
    ].join('\n');
  }
}

/** Makes a certificate that signs itself. */
export async function selfSigned(scratch: Scratch, altNames: string): Promise<CertificateFiles> {
  const files = { certFile: scratch.at('self.pem'), keyFile: scratch.at('self.key') };
  await openssl(
    ['req', '-x509', '-newkey', ...P256, '-nodes', '-days', '2', '-subj', '/CN=self'],
    ['-addext', `subjectAltName=${altNames}`, '-keyout', files.keyFile, '-out', files.certFile],
  );
  return files;
}

/** @param parts - arguments, line by line */
async function openssl(...parts: readonly (readonly string[])[]): Promise<void> {
  await run('openssl', parts.flat());
}

function asn1Time(secondsFromNow: number): string {
  const iso = new Date(Date.now() + secondsFromNow * 1000).toISOString();
  return `${iso.replaceAll(/[-:T]/g, '').slice(0, 14)}Z`;
}
