import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What a page may load: the sources, and the packages that they import. */
const SERVED = /^\/(src|node_modules\/@noble)\/[\w/.-]+\.(ts|js)$/;

/** Where a page finds modules one by one, as no bundler has touched them. */
export interface ModuleServer extends AsyncDisposable {
  /** Of the page. */
  readonly url: string;
  /** Paths that were asked for, the page apart. */
  readonly asked: readonly string[];
}

/** Serves a page on loopback, and the modules that it imports: each file by itself, without its types. */
export async function serveModules(page: string): Promise<ModuleServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    if (path === '/') {
      response.setHeader('content-type', 'text/html').end(page);
      return;
    }
    asked.push(path);
    moduleAt(path).then(
      (code) => response.setHeader('content-type', 'text/javascript').end(code),
      (error: unknown) => response.writeHead(404).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function moduleAt(path: string): Promise<string> {
  if (!SERVED.test(path) || path.includes('..')) throw new Error(`${path} is not served`);
  const text = await readFile(`${ROOT}${path}`, 'utf8');
  return path.endsWith('.ts') ? (await transform(text, { loader: 'ts', format: 'esm' })).code : text;
}
