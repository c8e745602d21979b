import { readFile } from 'node:fs/promises';
import type { Sources } from './sources.ts';

interface Node {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly children?: readonly number[];
}

interface CpuProfile {
  readonly nodes: readonly Node[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

// Between two samples that are so far apart the process was stopped.
const stoppedUs = 50_000;

/** The functions of a CPU profile that cost most, by themselves and with what they call, in words. */
export async function readProfile(file: string, sources: Sources, top = 40): Promise<string> {
  const recorded = JSON.parse(await readFile(file, 'utf8')) as CpuProfile;
  const profile = { ...recorded, nodes: recorded.nodes.map((node) => inSources(node, sources)) };
  const selfByNode = new Map<number, number>();
  for (const [index, id] of profile.samples.entries()) {
    const time = profile.timeDeltas[index] ?? 0;
    if (time < stoppedUs) selfByNode.set(id, (selfByNode.get(id) ?? 0) + time);
  }
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const self = new Map<string, number>();
  const inclusive = new Map<string, number>();
  const byPlace = new Map<string, number>();
  const add = (map: Map<string, number>, key: string, time: number) =>
    map.set(key, (map.get(key) ?? 0) + time);

  const visit = (node: Node, above: ReadonlySet<string>): number => {
    const own = selfByNode.get(node.id) ?? 0;
    const name = nameOf(node);
    const names = above.has(name) ? above : new Set([...above, name]);
    const below = (node.children ?? []).map((id) => visit(byId.get(id) as Node, names));
    const time = below.reduce((sum, each) => sum + each, own);
    add(self, name, own);
    add(byPlace, placeOf(node), own);
    // A recursion counts once.
    if (!above.has(name)) add(inclusive, name, time);
    return time;
  };
  const [root] = profile.nodes;
  const total = root ? visit(root, new Set()) : 0;
  const idle = self.get('(idle) ') ?? 0;
  const busy = total - idle - (self.get('(program) ') ?? 0);
  const table = (map: Map<string, number>, keep: (name: string) => boolean) =>
    [...map]
      .filter(([name]) => keep(name) && !name.startsWith('(idle)'))
      .sort(([, a], [, b]) => b - a)
      .slice(0, top)
      .map(([name, time]) => `${((100 * time) / busy).toFixed(1).padStart(6)} %  ${name}`)
      .join('\n');
  return [
    `${file}: ${Math.round(busy / 1000)} ms busy of ${Math.round(total / 1000)} ms`,
    `\nby package and folder\n${table(byPlace, () => true)}`,
    `\nself\n${table(self, () => true)}`,
    `\nwith what they call, our own functions\n${table(inclusive, (name) => name.includes('src/'))}`,
  ].join('\n');
}

/** The same, called by the file and line that it was bundled from. */
function inSources(node: Node, sources: Sources): Node {
  const { url, lineNumber, columnNumber } = node.callFrame;
  const place = sources(url, lineNumber, columnNumber);
  return place === null
    ? node
    : { ...node, callFrame: { ...node.callFrame, url: place.file, lineNumber: place.line } };
}

const nameOf = ({ callFrame }: Node): string => {
  const file = shortOf(callFrame.url);
  const place = file === '' ? '' : `${file}:${callFrame.lineNumber + 1}`;
  return `${callFrame.functionName || '(anonymous)'} ${place}`;
};

const shortOf = (url: string): string =>
  url
    .replace(/^.*\/(node_modules|dist)\//, '')
    .replace(/^.*\/(?=src\/)/, '')
    .replace(/^file:\/\//, '');

/** The package or, of ours, the folder. */
function placeOf(node: Node): string {
  const file = shortOf(node.callFrame.url);
  if (file === '') return nameOf(node);
  if (file.startsWith('node:')) return 'node';
  return file.split('/').slice(0, 2).join('/');
}
