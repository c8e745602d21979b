import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import equal from 'fast-deep-equal';
import { type EventContract, recordedExample } from '../../src/contract/event-contracts.ts';
import { type JsonSchema, jsonSchemaOf } from '../../src/contract/json-schema.ts';
import type { NewEvent } from '../../src/events/event-store.ts';
import { breakingChanges } from './compatibility.ts';

/** One version of an event as it was shipped. Kept for ever: events like these are in the stores. */
export interface GoldenFile {
  readonly type: string;
  readonly version: number;
  /** As recorded, one for each form that the schema has had. */
  readonly events: readonly NewEvent[];
  /** JSON Schema of the payload, as shipped last. */
  readonly schema: JsonSchema;
}

/** What has to happen to the golden file of an event that iMi writes today. */
export type GoldenState =
  | { readonly kind: 'current' }
  | { readonly kind: 'new' | 'extended'; readonly file: GoldenFile }
  | { readonly kind: 'broken'; readonly breaks: readonly string[] };

export const goldenFolder = fileURLToPath(new URL('../golden/events', import.meta.url));

export const goldenName = ({ type, version }: Pick<GoldenFile, 'type' | 'version'>): string =>
  `${type}.v${version}.json`;

/** Compares what is written today with what was shipped under the same version. */
export function goldenState(contract: EventContract, shipped: GoldenFile | undefined): GoldenState {
  const { type, version } = contract;
  const schema = jsonSchemaOf(contract.payload);
  const file = { type, version, events: [recordedExample(contract)], schema };
  if (shipped === undefined) return { kind: 'new', file };
  if (equal(shipped.schema, schema)) return { kind: 'current' };
  const breaks = breakingChanges(shipped.schema, schema);
  if (breaks.length > 0) return { kind: 'broken', breaks };
  const added = file.events.filter((event) => !shipped.events.some((known) => equal(known, event)));
  return { kind: 'extended', file: { ...file, events: [...shipped.events, ...added] } };
}

/** Every golden file, by its name. */
export async function readGolden(folder = goldenFolder): Promise<Map<string, GoldenFile>> {
  await mkdir(folder, { recursive: true });
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const files = names.map(async (name) => {
    const text = await readFile(join(folder, name), 'utf8');
    return [name, JSON.parse(text) as GoldenFile] as const;
  });
  return new Map(await Promise.all(files));
}

/**
 * Writes the golden files that are new or extended. Never rewrites what was shipped: an event that
 * breaks its golden file is reported, and left alone.
 */
export async function writeGolden(
  contracts: readonly EventContract[],
  folder = goldenFolder,
): Promise<readonly { readonly name: string; readonly state: GoldenState }[]> {
  const shipped = await readGolden(folder);
  const states = contracts.map((contract) => {
    const name = goldenName(contract);
    return { name, state: goldenState(contract, shipped.get(name)) };
  });
  for (const { name, state } of states) {
    if (!('file' in state)) continue;
    await writeFile(join(folder, name), `${JSON.stringify(state.file, null, 2)}\n`);
  }
  return states;
}
