const MASK = '***';
/** A shorter part, `v3` for instance, is no secret, and its letters may be in any word. */
const SECRET_LENGTH = 6;

/**
 * Takes everything out of a text that only who knows an endpoint's URL can know: the URL itself, user, password, and each longer part of path and query.
 * @param text - an answer or an error of that endpoint
 */
export function maskEndpoint(text: string, url: URL): string {
  const { username, password, pathname, searchParams } = url;
  const parts = [username, password, ...pathname.split('/'), ...searchParams.values(), url.search.slice(1)];
  const secrets = parts
    .flatMap((part) => [part, decoded(part)])
    .filter((part) => part.length >= SECRET_LENGTH);
  // The longest first: a secret may be a part of another.
  const all = [url.href, ...secrets].toSorted((a, b) => b.length - a.length);
  return all.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Not an encoded text: it is in the URL as it is.
    return part;
  }
}
