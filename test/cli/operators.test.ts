import { sql } from 'kysely';
import { v4 as uuid4 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectEventStore } from '../../src/events/esdb-event-store.ts';
import type { EventStore } from '../../src/events/event-store.ts';
import { aloneOnGenerations } from '../../src/projections/generation-lock.ts';
import { type TemporaryServer, temporaryServer } from '../embedded/event-store/temporary-server.ts';
import {
  appendTo,
  type RunningProjector,
  rowsOf,
  startProjector,
  type TestReadModels,
  testReadModels,
} from '../projections/setup.ts';
import { newEvent, projectRegistered, workStarted } from '../support/projected-events.ts';
import { runImi } from './run-imi.ts';

let models: TestReadModels;
let server: TemporaryServer;
let store: EventStore;
let projector: RunningProjector;
let env: Record<string, string>;
beforeEach(async () => {
  models = await testReadModels();
  server = await temporaryServer();
  store = connectEventStore(server.url);
  env = { IMI_DATABASE_URL: models.url, IMI_EVENTSTORE_URL: server.url };
  await appendTo(store, 'project-1', projectRegistered('widget'));
  const last = await appendTo(store, 'project-2', projectRegistered('gadget'));
  projector = startProjector(models, store);
  await projector.waiter.waitFor(last.position, 30_000);
});
afterEach(async () => {
  await projector.stop();
  await store.close();
  await server.remove();
  await models.close();
});

const imi = (...args: string[]) => runImi(args, { env });

/** As if no event of any work had ever been projected. */
async function unproject(): Promise<void> {
  await sql`DELETE FROM imi_read.work_items`.execute(models.db);
  await sql`DELETE FROM imi_read.work_item_versions`.execute(models.db);
}

describe('Operators', () => {
  it('find every row as a rebuild makes it, or are told which differ', async () => {
    const equal = await imi('projections', 'verify');
    expect(equal).toMatchObject({ code: 0, stdout: 'Every row is as a rebuild makes it\n' });
    const [row] = (await rowsOf(models)).projects as { id: string }[];
    await sql`UPDATE imi_read.projects SET name = 'by hand' WHERE id = ${row?.id}`.execute(
      models.db,
    );
    const differs = await imi('projections', 'verify', '--json');
    expect(differs.code).toBe(1);
    expect(JSON.parse(differs.stdout)).toEqual({
      equal: false,
      differences: [
        {
          ...{ table: 'projects', key: row?.id },
          ...{ live: { name: 'by hand' }, rebuilt: { name: expect.stringMatching(/et$/) } },
        },
      ],
    });
    const { rows } = await sql`SELECT 1 FROM information_schema.schemata
      WHERE schema_name = 'imi_read_verify'`.execute(models.db);
    expect(rows).toEqual([]);
  });

  it('rebuild beside the live read models, with progress, and swap', async () => {
    await sql`UPDATE imi_read.projects SET name = 'by hand'`.execute(models.db);
    const ended = await imi('projections', 'rebuild');
    expect(ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Rebuilt up to position'),
    });
    expect(ended.stderr).toMatch(/Rebuilding: 100 %, 2 done, \d+\/s, 0 s to go/);
    const names = (await rowsOf(models)).projects.map((row) => (row as { name: string }).name);
    expect(names.sort()).toEqual(['gadget', 'widget']);
    expect((await rowsOf(models, 'imi_read_retired')).projects).toMatchObject([
      ...[{ name: 'by hand' }, { name: 'by hand' }],
    ]);
  });

  it('see what a rebuild would change before it is swapped in', async () => {
    const shown = await imi('projections', 'rebuild', '--diff');
    expect(shown).toMatchObject({ code: 0, stdout: 'No row would change\n' });
    const { id } = (await rowsOf(models)).projects[0] as { id: string };
    await sql`UPDATE imi_read.projects SET name = 'old' WHERE id = ${id}`.execute(models.db);
    const differs = await imi('projections', 'rebuild', '--diff');
    expect(differs.code).toBe(1);
    expect(differs.stdout).toMatch(new RegExp(`projects +${id} +name +"old" +"(wid|gad)get"`));
    expect((await rowsOf(models)).projects[0]).toMatchObject({ name: 'old' });
    const ended = await imi('projections', 'rebuild');
    // Nothing was left to build.
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect((await rowsOf(models)).projects[0]).toMatchObject({
      name: expect.stringMatching(/get$/),
    });
  });

  it('make the read models of an emptied database again with one command', async () => {
    const before = await rowsOf(models);
    await projector.stop();
    await sql`DROP SCHEMA imi_read, imi CASCADE`.execute(models.db);
    const none = await imi('projections', 'status');
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('projections rebuild') });
    expect((await imi('projections', 'rebuild')).code).toBe(0);
    expect(await rowsOf(models)).toEqual(before);
    projector = startProjector(models, store);
    const next = await appendTo(store, 'project-3', projectRegistered('gizmo'));
    expect(await projector.waiter.waitFor(next.position, 30_000)).toBe(true);
    expect((await rowsOf(models)).projects).toHaveLength(3);
  });

  it('are refused a second rebuild while one is running', async () => {
    await aloneOnGenerations(models.db, async () => {
      const refused = await imi('projections', 'rebuild');
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('CONFLICT') });
    });
    expect((await imi('projections', 'verify')).code).toBe(0);
  });

  it('see what is parked and replay it', async () => {
    const stream = `work_item-${uuid4()}`;
    const last = await appendTo(store, stream, newEvent('imi.work.unheard_of', {}));
    await projector.waiter.waitFor(last.position, 30_000);
    const status = await imi('projections', 'status');
    expect(status).toMatchObject({ code: 0 });
    expect(status.stdout).toMatch(new RegExp(`${stream} +1 +20\\S+Z +Unknown event type`));
    expect(JSON.parse((await imi('projections', 'status', '--json')).stdout)).toMatchObject({
      ...{ name: 'projector', gap: '0', parked_streams: 1, parked: [{ stream_id: stream }] },
    });
    const still = await imi('replay', stream);
    expect(still).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('0 replayed, 1 still'),
    });
    const other = await imi('replay', `work_item-${uuid4()}`);
    expect(other).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing is parked') });
  });

  it('replay a stream whose event was not at fault', async () => {
    const id = uuid4();
    const { position } = await appendTo(store, `work_item-${id}`, workStarted(id));
    await projector.waiter.waitFor(position, 30_000);
    await unproject();
    await sql`INSERT INTO imi_read.parked_events (stream_id, revision, position, event_type, error)
      VALUES (${`work_item-${id}`}, 0, ${position}, 'imi.work.started', 'a mistake since mended')
    `.execute(models.db);
    const ended = await imi('replay', `work_item-${id}`);
    expect(ended).toMatchObject({
      code: 0,
      stdout: `work_item-${id}: 1 replayed, 0 still parked\n`,
    });
    expect((await rowsOf(models)).work_items).toMatchObject([{ id }]);
  });

  it('replay every parked stream at once, and go on after one that is still at fault', async () => {
    const [bad, good] = [uuid4(), uuid4()];
    await appendTo(store, `work_item-${bad}`, newEvent('imi.work.unheard_of', {}));
    const { position } = await appendTo(store, `work_item-${good}`, workStarted(good));
    await projector.waiter.waitFor(position, 30_000);
    await unproject();
    await sql`INSERT INTO imi_read.parked_events (stream_id, revision, position, event_type, error)
      VALUES (${`work_item-${good}`}, 0, ${position}, 'imi.work.started', 'a mistake since mended')
    `.execute(models.db);
    const ended = await imi('replay', '--all');
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain(`work_item-${bad}: 0 replayed, 1 still parked`);
    expect(ended.stdout).toContain(`work_item-${good}: 1 replayed, 0 still parked`);
    expect((await rowsOf(models)).work_items).toMatchObject([{ id: good }]);
    for (const args of [['replay'], ['replay', 'work_item-1', '--all']]) {
      expect(await imi(...args)).toMatchObject({ code: 2 });
    }
  });

  it('end with 3 when a store is away', async () => {
    const IMI_DATABASE_URL = 'postgres://imi@127.0.0.1:1/none';
    for (const args of [['migrate'], ['projections', 'status']]) {
      const { code, stderr } = await runImi(args, { env: { ...env, IMI_DATABASE_URL } });
      expect([code, stderr], args.join(' ')).toEqual([3, expect.stringContaining('away')]);
    }
  });

  it('migrate, and are told when there is nothing to do', async () => {
    expect(await imi('migrate')).toMatchObject({ code: 0, stdout: 'Nothing to migrate\n' });
    const { code, stderr } = await runImi(['migrate']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('IMI_DATABASE_URL')]);
  });
});
