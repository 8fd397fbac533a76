import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { CephCluster } from './ceph-cluster.ts';
import { isCephFolder, removeCephFolder } from './ceph-folder.ts';
import { processesOf } from './ceph-processes.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const POOL = 'provender';
const USAGE = 'usage: ceph:up [--json] | ceph:down [--json] [CEPH_CONF]';

const State = z.object({ confFile: z.string(), pool: z.string(), user: z.string(), keyring: z.string() });
/** What one has to know to use the cluster that `ceph:up` started. */
type State = z.infer<typeof State>;

/** Where the commands keep what they know, and where they write. */
export interface CephCommandPlaces {
  /** File that names the running cluster. */
  readonly stateFile: string;
  /** Takes a line for standard output. */
  readonly print: (line: string) => void;
  /** Takes a line about progress, for standard error. */
  readonly say: (line: string) => void;
}

const PLACES: CephCommandPlaces = {
  stateFile: join(ROOT, '.ceph', 'cluster.json'),
  print: (line) => process.stdout.write(`${line}\n`),
  say: (line) => process.stderr.write(`provender: ${line}\n`),
};

/**
 * `npm run ceph:up` and `npm run ceph:down`.
 *
 * @param args - `up` or `down`, options, and for `down` the configuration of a cluster that a test run kept
 * @returns exit code
 */
export async function cephCommand(args: readonly string[], places = PLACES): Promise<number> {
  const isJson = args.includes('--json');
  const [verb, confFile, ...more] = args.filter((arg) => arg !== '--json');
  if (verb === 'up' && confFile === undefined) return await up(isJson, places);
  if (verb === 'down' && more.length === 0) return await down(isJson, { ...places, confFile });
  places.say(USAGE);
  return 2;
}

async function up(isJson: boolean, places: CephCommandPlaces): Promise<number> {
  if (process.getuid?.() !== 0) {
    places.say('a Ceph cluster needs root');
    return 1;
  }
  const known = await readState(places.stateFile);
  const isRunning = known !== undefined && processesOf(dirname(known.confFile)).length > 0;
  const state = isRunning ? known : await startAndKeep(places);
  if (isRunning) places.say('the cluster runs already');
  if (isJson) places.print(JSON.stringify({ ...state, started: !isRunning }));
  else for (const line of described(state)) places.print(line);
  return 0;
}

async function startAndKeep({ stateFile, say }: CephCommandPlaces): Promise<State> {
  const cluster = await CephCluster.start((line) => say(`ceph: ${line}`));
  say(`ceph: pool ${POOL}`);
  const { user, keyring } = await cluster.createPool({ name: POOL });
  const state = { confFile: cluster.confFile, pool: POOL, user, keyring };
  await mkdir(dirname(stateFile), { recursive: true });
  await writeFile(stateFile, JSON.stringify(state));
  cluster.keep(); // last: until here a failure, or a signal, takes the cluster down
  return state;
}

function described({ confFile, pool, user, keyring }: State): string[] {
  return [
    'A Ceph cluster runs: 1 monitor, 1 manager, 3 OSDs; 2.5 GB of memory, 1 GB of disk.',
    `  configuration  ${confFile}`,
    `  pool           ${pool}`,
    `  user           client.${user}, keyring ${keyring}`,
    'Try:',
    `  npx provender serve --store rados --ceph-conf ${confFile} --pool ${pool} --user ${user}`,
    `  ceph -c ${confFile} status`,
    `  PROVENDER_CEPH_CONF=${confFile} npm test -- rados`,
    'End it and throw its data away: npm run ceph:down',
  ];
}

async function down(
  isJson: boolean,
  { stateFile, print, say, confFile }: CephCommandPlaces & { confFile: string | undefined },
): Promise<number> {
  const known = confFile ?? (await readState(stateFile))?.confFile;
  const folder = known === undefined ? undefined : dirname(known);
  if (folder !== undefined && !isCephFolder(folder)) {
    say(`${known} does not belong to a cluster of ours`);
    return 1;
  }
  if (folder !== undefined) await removeCephFolder(folder);
  if (confFile === undefined) await rm(stateFile, { force: true });
  if (isJson) print(JSON.stringify({ stopped: folder !== undefined }));
  else
    print(folder === undefined ? 'No cluster runs.' : `Cluster ${basename(folder)} is gone, with its data.`);
  return 0;
}

/** What `ceph:up` wrote; undefined when there is nothing, or nothing whole. */
async function readState(stateFile: string): Promise<State | undefined> {
  try {
    return State.parse(JSON.parse(await readFile(stateFile, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Error(`${stateFile} cannot be read, remove it`, { cause: error });
  }
}
