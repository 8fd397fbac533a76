import type { PeerCertificate } from 'node:tls';
import { ProvenderError } from '../content/provender-error.ts';
import { isLoopback } from './peer.ts';

/** Who makes a call. */
export interface Peer {
  /** IP address. */
  readonly address: string;
  /** Its certificate, when one was shown and the client CAs have signed it. */
  readonly certificate: PeerCertificate | undefined;
}

/** Kinds of subject alternative names that may name an operator. */
const KINDS = ['DNS', 'URI'] as const;
/** One name of the list that Node makes of them; what has special characters stands in quotes. */
const ALTERNATIVE_NAME = /(?:^|, )([A-Za-z ]+):(?:"(?:[^"\\]|\\.)*"|([^",]*))(?=, |$)/y;

/**
 * Reads a name of the setting `operators`: `alice` is the common name of a certificate's subject, `DNS:host.example` and `URI:spiffe://x/y` are
 * subject alternative names.
 *
 * @throws ProvenderError `PROVENDER_INVALID` for an empty one, a pattern, and a kind that is not known
 */
export function parseOperatorName(text: string): string {
  const wrong = (reason: string): ProvenderError =>
    new ProvenderError('PROVENDER_INVALID', `operator "${text}": ${reason}`);
  if (text.trim() !== text || text === '') throw wrong('is empty or has spaces around it');
  if (text.includes('*')) throw wrong('names are compared whole, there are no patterns');
  const [kind, ...rest] = text.split(':');
  if (rest.length === 0) return text;
  const isKnown = KINDS.some((known) => known === kind);
  if (isKnown && rest.join(':') !== '') return text;
  throw wrong('write a common name, DNS:name or URI:uri');
}

/** All names under which a certificate may stand in `operators`. */
export function operatorNames({ subject, subjectaltname }: PeerCertificate): string[] {
  // two common names: which of them the CA has checked nobody can tell
  const commonName: unknown = subject.CN;
  const names = typeof commonName === 'string' && !commonName.includes(':') ? [commonName] : [];
  return [...names, ...alternativeNames(subjectaltname ?? '')];
}

/** Names with special characters are left out: they could look like several. */
function alternativeNames(list: string): string[] {
  const names: string[] = [];
  ALTERNATIVE_NAME.lastIndex = 0;
  while (ALTERNATIVE_NAME.lastIndex < list.length) {
    const found = ALTERNATIVE_NAME.exec(list);
    if (found === null) return []; // a list of an unknown form names nobody
    const [, kind, name] = found;
    if (name !== undefined && KINDS.some((known) => known === kind)) names.push(`${kind}:${name}`);
  }
  return names;
}

/**
 * Makes the rule that says who may remove and list: this machine, and whoever has a certificate with one of `names`, as long as it is valid.
 * @param names - as `parseOperatorName` gives them; compared whole, with case
 * @see DESIGN.md, "A node's directory, keys and rights"
 */
export function operatorRule(names: readonly string[]): (peer: Peer) => boolean {
  const known = new Set(names);
  return ({ address, certificate }) => {
    if (isLoopback(address)) return true;
    if (certificate === undefined) return false;
    // the connection may be older than the end of the certificate that it began with
    const isValid = Date.parse(certificate.valid_to) > Date.now();
    return isValid && operatorNames(certificate).some((name) => known.has(name));
  };
}
