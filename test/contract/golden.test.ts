import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { type EventContract, eventContracts } from '../../src/contract/event-contracts.ts';
import { decodeEvent } from '../../src/events/catalogue.ts';
import { goldenName, goldenState, readGolden, writeGolden } from './golden.ts';

const golden = await readGolden();
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);

describe('An event that iMi writes', () => {
  it.each(eventContracts)(
    '$type: breaks nothing that was shipped under its version',
    (contract) => {
      const state = goldenState(contract, golden.get(goldenName(contract)));
      expect(state.kind === 'broken' ? state.breaks : []).toEqual([]);
    },
  );

  it.each(eventContracts)('$type: has its golden file (`npm run golden` writes it)', (contract) => {
    const state = goldenState(contract, golden.get(goldenName(contract)));
    expect(state.kind, `${goldenName(contract)}: run \`npm run golden\``).toBe('current');
  });
});

describe('A golden file', () => {
  it.each([...golden])('%s: its events are read today', (_, { type, version, events }) => {
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) {
      expect(event).toMatchObject({ type, metadata: { schema_version: version } });
      const decoded = decodeEvent({ ...event, streamId: 's', revision: 0, position: 0n });
      expect(decoded.data).toMatchObject(event.data);
    }
  });

  it.each([...golden])('%s: its events fit the schema that was shipped', (name, file) => {
    expect(goldenName(file)).toBe(name);
    for (const { data } of file.events) {
      expect(ajv.validate(file.schema, data), ajv.errorsText()).toBe(true);
    }
  });
});

const contract = (payload: z.ZodObject, version = 1): EventContract => ({
  type: 'imi.thing.happened',
  version,
  payload,
  message: payload,
});

describe('npm run golden', () => {
  const thing = z.object({ thing_id: z.uuid() });

  it('writes what is new, then what has grown, and keeps the events that were there', async () => {
    const folder = await temporaryFolder();
    const run = async (c: EventContract) => (await writeGolden([c], folder))[0]?.state.kind;
    expect(await run(contract(thing))).toBe('new');
    expect(await run(contract(thing))).toBe('current');
    const grown = contract(thing.extend({ note: z.string().optional() }));
    expect(await run(grown)).toBe('extended');
    expect(await run(grown)).toBe('current');
    const file = (await readGolden(folder)).get('imi.thing.happened.v1.json');
    expect(file?.events.map(({ data }) => Object.keys(data))).toEqual([
      ['thing_id'],
      ['thing_id', 'note'],
    ]);
  });

  it('leaves alone what a change would break, until there is a new version', async () => {
    const folder = await temporaryFolder();
    await writeGolden([contract(thing)], folder);
    const path = join(folder, 'imi.thing.happened.v1.json');
    const shipped = await readFile(path, 'utf8');
    const changed = z.object({ thing_id: z.int() });
    expect(await writeGolden([contract(changed)], folder)).toEqual([
      {
        name: 'imi.thing.happened.v1.json',
        state: { kind: 'broken', breaks: ['thing_id was string and is integer'] },
      },
    ]);
    expect(await readFile(path, 'utf8')).toBe(shipped);
    await writeGolden([contract(changed, 2)], folder);
    expect([...(await readGolden(folder)).keys()]).toEqual([
      'imi.thing.happened.v1.json',
      'imi.thing.happened.v2.json',
    ]);
  });
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'imi-golden-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}
