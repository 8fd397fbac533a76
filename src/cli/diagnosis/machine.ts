import { kernelInfo } from '../../proof/kernels.ts';
import { type Finding, failed } from '../../node/diagnosis/finding.ts';

const MIN_NODE = [20, 19] as const;

/** Checks the version of Node.js. */
export function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isEnough = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  const found = `Node.js ${process.versions.node}`;
  if (isEnough) return { check: 'runtime', state: 'good', found };
  return { check: 'runtime', state: 'bad', found, cure: `Install Node.js ${MIN_NODE.join('.')} or newer.` };
}

/** Tells which hash path runs, and what would make it fast. */
export function nativeCore(): Finding {
  try {
    const { path, reason } = kernelInfo();
    const found = `hashes with ${path}`;
    if (path !== 'typescript') return { check: 'native core', state: 'good', found };
    return {
      check: 'native core',
      state: 'warning',
      found: `${found}, many times slower`,
      cure: reason ?? '',
    };
  } catch (error) {
    return failed('native core', error);
  }
}
