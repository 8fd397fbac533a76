import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ProvenderError } from '../../../content/provender-error.ts';

const PACKAGE = '@foundry-rs/anvil';
/** Of `import` and of `require`. */
const NOT_FOUND: ReadonlySet<unknown> = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Finds the program of the npm package `@foundry-rs/anvil`: the binary itself, since the package's own command would leave it behind when it is killed.
 * @throws ProvenderError `PROVENDER_CONFIG` that names the package when it is not installed
 */
export function findAnvil(): string {
  const { platform, arch } = process;
  const name = platform === 'win32' ? 'anvil.exe' : 'anvil';
  try {
    // The binary is a dependency of the package, so it is looked up from there.
    const ours = createRequire(import.meta.resolve('@foundry-rs/anvil/package.json'));
    const file = ours.resolve(`${PACKAGE}-${platform}-${ARCHITECTURES[arch] ?? arch}/bin/${name}`);
    if (existsSync(file)) return file;
    throw missing();
  } catch (error) {
    if (error instanceof Error && 'code' in error && NOT_FOUND.has(error.code)) throw missing(error);
    throw error;
  }
}

function missing(cause?: Error): ProvenderError {
  const where = `${process.platform} ${process.arch}`;
  return new ProvenderError(
    'PROVENDER_CONFIG',
    `a local chain needs the npm package ${PACKAGE}, which is not installed for ${where}; run: npm install --no-save ${PACKAGE}`,
    { details: { package: PACKAGE }, cause },
  );
}
