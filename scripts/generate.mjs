import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ROOT, fail, run, runQuietly, say } from './setup/command.mjs';

const TARGET = join(ROOT, 'src/generated');

/** Makes the stubs of `proto/` in an empty folder, formatted as the tree is. Needs no network: all plugins are local. */
function generateInto(folder) {
  const buf = join(ROOT, 'node_modules/.bin/buf');
  const isMade =
    run(buf, ['generate', '--output', folder]) &&
    describeInto(buf, folder) &&
    runQuietly(join(ROOT, 'node_modules/.bin/biome'), [
      'format',
      '--write',
      '--log-level=error',
      join(folder, 'src/generated'),
    ]);
  if (!isMade) fail('the stubs could not be generated, see above');
  return join(folder, 'src/generated');
}

/** Writes the descriptors that reflection answers with as a module, which every build keeps. */
function describeInto(buf, folder) {
  const set = join(folder, 'descriptors.binpb');
  // what we serve, and not what we call
  if (!run(buf, ['build', '--exclude-source-info', '--exclude-path', 'proto/etcd', '--output', set]))
    return false;
  const base64 = readFileSync(set).toString('base64');
  const text = `/** Encoded FileDescriptorSet of what proto/ says that a node serves, in base64. Made by npm run generate. */\nexport const DESCRIPTOR_SET =\n  '${base64}';\n`;
  writeFileSync(join(folder, 'src/generated/descriptor-set.ts'), text);
  return true;
}

/** Content of all files below a folder, by path. */
function contents(folder) {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder, { recursive: true }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** Ends with code 1 when the committed stubs are not those that `proto/` gives. */
function compare(fresh) {
  const [wanted, found] = [contents(fresh), contents(TARGET)];
  const names = new Set([...wanted.keys(), ...found.keys()]);
  const different = [...names].filter((name) => wanted.get(name) !== found.get(name));
  if (different.length > 0)
    fail(`src/generated differs in ${different.join(', ')}: run npm run generate and commit it`);
  say(`src/generated fits proto/ (${wanted.size} files)`);
}

// inside the checkout: the formatter's rules and a rename need the same tree and file system
const folder = mkdtempSync(join(ROOT, '.generated-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const fresh = generateInto(folder);
if (process.argv.includes('--check')) {
  compare(fresh);
} else {
  rmSync(TARGET, { recursive: true, force: true });
  renameSync(fresh, TARGET);
  say('src/generated is made anew');
}
