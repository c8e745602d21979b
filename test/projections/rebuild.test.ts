import { sql } from 'kysely';
import { v4 as uuid4 } from 'uuid';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CheckpointMovedError, readCheckpoint } from '../../src/projections/checkpoint.ts';
import { diffGenerations } from '../../src/projections/diff-generations.ts';
import {
  type RebuildOptions,
  type RebuildProgress,
  rebuildInto,
} from '../../src/projections/rebuild.ts';
import { swapGeneration, verifyGeneration } from '../../src/projections/swap-generation.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { LiveEventStore } from '../support/live-event-store.ts';
import {
  componentRegistered,
  componentRelated,
  componentUnrelated,
  componentUpdated,
  deployed,
  gitStateUpdated,
  newEvent,
  prEvent,
  projectRegistered,
  projectUpdated,
  pushed,
  ticketLinked,
  ticketObserved,
  workCompleted,
  workStarted,
} from '../support/projected-events.ts';
import { appendTo, rowsOf, startProjector, type TestReadModels, testReadModels } from './setup.ts';

let models: TestReadModels;
let store: LiveEventStore;
beforeEach(async () => {
  models = await testReadModels();
  store = new LiveEventStore();
});
afterEach(() => models.close());

const options = () => ({
  ...{ db: models.db, schema: liveSchema, into: 'imi_read_next', store },
  signal: AbortSignal.timeout(50_000),
});

async function someHistory() {
  await appendTo(store, 'project-1', projectRegistered('Widget'));
  for (let i = 0; i < 20; i += 1) {
    const id = uuid4();
    const stream = `work_item-${id}`;
    await appendTo(store, stream, workStarted(id), ticketLinked(id, `PROJ-${i % 3}`));
    await appendTo(store, 'command-1', newEvent('command.claimed', {}));
    if (i % 5 === 4) await appendTo(store, stream, newEvent('imi.unheard_of', {}));
    await appendTo(store, stream, gitStateUpdated(id, { ahead_of_trunk: i }));
    if (i % 2 === 0) await appendTo(store, stream, workCompleted(id));
  }
  for (const name of ['store', 'api', 'web']) {
    await appendTo(store, `component-${name}`, componentRegistered(name));
  }
  await appendTo(store, 'component-web', componentRelated('web', 'api'));
  await appendTo(store, 'component-api', componentRelated('api', 'store'));
  await appendTo(store, 'component-web', componentUnrelated('web', 'api'));
  await appendTo(store, 'component-web', componentUpdated('web', { enabled: false }));
  const issue = uuid4();
  for (const id of ['PROJ-1', issue, 'PROJ-2', issue]) {
    await appendTo(store, `ticket-${id}`, ticketObserved(id, { ticket_title: `of ${id}` }));
  }
  const reviewed = uuid4();
  const work = `work_item-${reviewed}`;
  await appendTo(store, work, workStarted(reviewed));
  await appendTo(store, work, prEvent('created', reviewed), prEvent('closed', reviewed));
  for (const hash of ['abcdef1', 'abcdef12']) {
    const named = { work_item_ids: [reviewed], deployment_commits: ['bbbbbbb2'] };
    await appendTo(store, 'deploy-1', deployed('run-1', hash, named));
  }
  return appendTo(store, 'project-2', projectRegistered('Gadget'));
}

test('the live read models equal a rebuild from nothing, and a changed row is named', async () => {
  const { position } = await someHistory();
  const projector = startProjector(models, store, liveSchema, { maxBatch: 3, capacity: 6 });
  await projector.waiter.waitFor(position, 30_000);
  await rebuildInto(options());
  expect(await verifyGeneration(options())).toEqual([]);

  const later = await appendTo(store, 'project-3', projectRegistered('Later'));
  await projector.waiter.waitFor(later.position, 30_000);
  expect((await diffGenerations(options(), 'imi_read_next')).map(({ table }) => table)).toEqual([
    ...['projects', 'project_versions'],
  ]);
  expect(await verifyGeneration(options())).toEqual([]);

  const { id } = (await rowsOf(models)).projects[0] as { id: string };
  await sql`UPDATE imi_read.projects SET description = 'by hand' WHERE id = ${id}`.execute(
    models.db,
  );
  expect(await verifyGeneration(options())).toEqual([
    {
      ...{ table: 'projects', key: id },
      ...{ live: { description: 'by hand' }, rebuilt: { description: null } },
    },
  ]);
  await projector.stop();
});

test('a swap under load shows every reader whole and never older rows', async () => {
  const projectors: ReturnType<typeof startProjector>[] = [];
  const lead = () => {
    const projector = startProjector(models, store, liveSchema, { maxBatch: 4, capacity: 8 });
    projectors.push(projector);
    // What `runAsLeader` does: a projector whose checkpoint was moved gets another turn.
    projector.ended.catch((error) => {
      expect(error).toBeInstanceOf(CheckpointMovedError);
      lead();
    });
  };
  const { position } = await someHistory();
  lead();
  await projectors[0]?.waiter.waitFor(position, 30_000);

  let done = false;
  const id = uuid4();
  const writing = (async () => {
    let last = await appendTo(store, `work_item-${id}`, workStarted(id));
    for (let i = 1; !done || i < 100; i += 1) {
      last = await appendTo(store, `work_item-${id}`, gitStateUpdated(id, { ahead_of_trunk: i }));
      await projectors.at(-1)?.waiter.waitFor(last.position, 30_000);
    }
    return last;
  })();
  const reading = (async () => {
    let [count, seen] = [0, 0n];
    while (!done) {
      const { rows } = await sql<{ count: number; position: bigint }>`
        SELECT count(*)::int AS count, max(position) AS position FROM imi_read.work_items
      `.execute(models.db);
      const [row] = rows;
      expect(row?.count).toBeGreaterThanOrEqual(count);
      expect(row?.position).toBeGreaterThanOrEqual(seen);
      count = row?.count ?? 0;
      seen = row?.position ?? 0n;
    }
  })();
  for (let swap = 0; swap < 3; swap += 1) {
    await rebuildInto(options());
    await swapGeneration(options());
  }
  done = true;
  await reading;
  const last = await writing;
  expect(await projectors.at(-1)?.waiter.waitFor(last.position, 30_000)).toBe(true);
  await rebuildInto(options());
  expect(await verifyGeneration(options())).toEqual([]);
  expect((await readCheckpoint(options())).event_position).toBe(last.position);
  await Promise.all(projectors.map((projector) => projector.stop()));
});

test('a rebuild that is aborted leaves the live generation alone and can be started over', async () => {
  const { position } = await someHistory();
  const projector = startProjector(models, store);
  await projector.waiter.waitFor(position, 30_000);
  const before = await rowsOf(models);
  const abort = new AbortController();
  const limits = { maxBatch: 5, capacity: 10 };
  const aborted = rebuildInto({
    ...{ ...options(), limits, signal: abort.signal },
    onProgress: () => abort.abort(),
  });
  await expect(aborted).rejects.toThrow(/abort/i);
  expect(await rowsOf(models)).toEqual(before);
  await rebuildInto(options());
  expect(await verifyGeneration(options())).toEqual([]);
  await projector.stop();
});

test('a rebuild that was cut short goes on from its checkpoint, as long as the code is the same', async () => {
  const { position } = await someHistory();
  const projector = startProjector(models, store);
  await projector.waiter.waitFor(position, 30_000);
  const limits = { maxBatch: 5, capacity: 10 };
  const cutShort = async () => {
    const abort = new AbortController();
    const build = rebuildInto({
      ...{ ...options(), limits, signal: abort.signal, resume: true },
      onProgress: () => abort.abort(),
    });
    await expect(build).rejects.toThrow(/abort/i);
    return (await readCheckpoint({ db: models.db, schema: 'imi_read_next' })).position;
  };
  const startOf = async (more: Partial<RebuildOptions>) => {
    const runs: RebuildProgress[] = [];
    await rebuildInto({ ...options(), ...more, onProgress: (run) => runs.push(run) });
    return runs[0]?.from;
  };

  const first = await cutShort();
  const second = await cutShort();
  expect(second).toBeGreaterThan(first ?? 0n);
  expect(await startOf({ resume: true })).toBe(second);
  expect(await verifyGeneration(options())).toEqual([]);
  expect(await startOf({ resume: true })).toBeUndefined();
  expect(await startOf({ resume: true, builder: 'other code' })).toBeNull();
  expect(await startOf({})).toBeNull();
  // As of another store: beyond the end of this one.
  await sql`UPDATE imi_read_next.checkpoint SET event_position = ${position + 1n}`.execute(
    models.db,
  );
  expect(await startOf({ resume: true })).toBeNull();
  expect(await verifyGeneration(options())).toEqual([]);
  await projector.stop();
});

test('a rebuild that was dropped or made half way is begun anew', async () => {
  const { position } = await someHistory();
  const projector = startProjector(models, store);
  await projector.waiter.waitFor(position, 30_000);
  await sql`CREATE SCHEMA imi_read_next`.execute(models.db);
  await rebuildInto({ ...options(), resume: true });
  expect(await verifyGeneration(options())).toEqual([]);
  await projector.stop();
});

/** Of events up to a position: rebuilt in batches of each of these sizes, rows are as the projector makes them. */
async function expectAsLive(position: bigint, sizes: readonly number[]): Promise<void> {
  const projector = startProjector(models, store);
  await projector.waiter.waitFor(position, 30_000);
  await projector.stop();
  for (const maxBatch of sizes) {
    await rebuildInto({ ...options(), limits: { maxBatch, capacity: 1_000 } });
    expect(await verifyGeneration(options())).toEqual([]);
  }
}

test('however a rebuild is cut into batches, it is as live, and parks what the database refuses', async () => {
  await someHistory();
  const taken = uuid4();
  await appendTo(store, 'project-3', projectRegistered('Third'));
  await appendTo(store, 'project-taken', projectRegistered('Third', { project_id: taken }));
  await appendTo(store, 'project-taken', projectUpdated('Third', { project_id: taken }));
  const { position } = await appendTo(store, 'project-3', projectUpdated('Third'));
  await expectAsLive(position, [1, 2, 7, 1_000]);
  const { rows } = await sql`
    SELECT revision FROM imi_read_next.parked_events WHERE stream_id = 'project-taken'
    ORDER BY revision`.execute(models.db);
  expect(rows).toEqual([{ revision: 0 }, { revision: 1 }]);
});

test('the files of active work are as live in a rebuild, also of work that was begun once more', async () => {
  const [active, ended, again] = [uuid4(), uuid4(), uuid4()];
  const files = (id: string, ...paths: string[]) => pushed(id, [], { paths });
  for (const id of [active, ended, again]) {
    await appendTo(store, `work_item-${id}`, workStarted(id), files(id, 'a.ts', 'b.ts'));
    await appendTo(store, `work_item-${id}`, files(id, 'b.ts', 'c.ts'), files(id, 'a.ts'));
  }
  for (const id of [ended, again]) await appendTo(store, `work_item-${id}`, workCompleted(id));
  await appendTo(store, `work_item-${again}`, workStarted(again), files(again, 'c.ts'));
  const { position } = await appendTo(store, `work_item-${active}`, files(active, 'd.ts'));
  await expectAsLive(position, [1, 2, 3, 1_000]);
  const { rows } = await sql<{ path: string }>`
    SELECT path FROM imi_read_next.touched_files ORDER BY work_item_id = ${again}, path`.execute(
    models.db,
  );
  expect(rows.map(({ path }) => path)).toEqual(['a.ts', 'b.ts', 'c.ts', 'd.ts', 'c.ts']);
});

test('a commit that is told more than once is one row in a rebuild, filled in as live', async () => {
  const [first, second] = [uuid4(), uuid4()];
  const [hash, other] = ['a'.repeat(40), 'b'.repeat(40)];
  const told = { message: 'Add', author_name: 'Ada', committed_at: null, files: ['a.ts'] };
  const later = { ...told, message: 'Later', committed_at: '2026-01-21T12:00:00.000Z' };
  for (const id of [first, second]) {
    await appendTo(
      store,
      `work_item-${id}`,
      workStarted(id),
      gitStateUpdated(id, { last_commit_hash: hash }),
      pushed(id, [], { commits: [{ hash, ...told }] }),
      pushed(id, [], { commits: [{ hash: other, ...told, author_name: null }] }),
      pushed(id, [], { commits: [hash, other].map((each) => ({ hash: each, ...later })) }),
    );
  }
  const { position } = await appendTo(store, `work_item-${first}`, workCompleted(first));
  await expectAsLive(position, [1, 2, 3, 1_000]);
  const { rows } = await sql`
    SELECT hash, message, author_name, committed_at IS NOT NULL AS dated
    FROM imi_read_next.commits WHERE work_item_id = ${second} ORDER BY hash`.execute(models.db);
  expect(rows).toEqual(
    [hash, other].map((each) => ({
      ...{ hash: each, message: 'Add', author_name: 'Ada', dated: true },
    })),
  );
});

test('a rebuild that was cut short while its tables were filled goes on with those that are left', async () => {
  const { position } = await someHistory();
  const projector = startProjector(models, store);
  await projector.waiter.waitFor(position, 30_000);
  await projector.stop();
  const { db } = models;
  let refusing: Promise<unknown> | undefined;
  const cutShort = rebuildInto({
    ...{ ...options(), limits: { maxBatch: 5, capacity: 10 } },
    onProgress: () => {
      // Nobody adds rows to it before the end.
      refusing ??=
        sql`ALTER TABLE imi_read_next.pr_links ADD CONSTRAINT none CHECK (id IS NULL)`.execute(db);
    },
  });
  await expect(cutShort).rejects.toMatchObject({ code: '23514' });
  await refusing;
  const left = await sql`SELECT name FROM imi_read_next.postponed_rows`.execute(db);
  expect(left.rows).toContainEqual({ name: 'pr_links' });
  await sql`ALTER TABLE imi_read_next.pr_links DROP CONSTRAINT none`.execute(db);
  await rebuildInto({ ...options(), resume: true });
  expect(await verifyGeneration(options())).toEqual([]);
});

test('a generation that is swapped in has every index of the one before', async () => {
  await someHistory();
  const indexes = async (schema: string) => {
    const { rows } = await sql<{ indexdef: string }>`
      SELECT indexdef FROM pg_indexes WHERE schemaname = ${schema} ORDER BY indexname`.execute(
      models.db,
    );
    return rows.map(({ indexdef }) => indexdef.replaceAll(`${schema}.`, ''));
  };
  const before = await indexes(liveSchema);
  expect(before.length).toBeGreaterThan(40);
  await rebuildInto(options());
  expect((await indexes('imi_read_next')).length).toBeLessThan(before.length);
  await swapGeneration(options());
  expect(await indexes(liveSchema)).toEqual(before);
  expect(
    await sql`SELECT FROM pg_tables WHERE tablename = 'postponed_indexes'`.execute(models.db),
  ).toMatchObject({ rows: [] });
});

test('rows of a table that the live generation does not have yet are told as new', async () => {
  const { position } = await someHistory();
  const projector = startProjector(models, store);
  await projector.waiter.waitFor(position, 30_000);
  await projector.stop();
  await rebuildInto(options());
  await sql`DROP TABLE imi_read.components CASCADE`.execute(models.db);
  const differences = await diffGenerations(options(), 'imi_read_next');
  expect(differences.map(({ table, live }) => [table, live])).toEqual(
    Array(3).fill(['components', null]),
  );
  expect(differences.map(({ rebuilt }) => rebuilt?.name).sort()).toEqual(['api', 'store', 'web']);
});

test('a swap brings a live generation that stands far back to the end of the log', async () => {
  const { position } = await someHistory();
  await rebuildInto(options());
  await swapGeneration(options());
  expect((await readCheckpoint(options())).event_position).toBe(position);
  expect((await rowsOf(models)).projects).toHaveLength(2);
});

test('the generation being read cannot be rebuilt in place', async () => {
  await expect(rebuildInto({ ...options(), into: liveSchema })).rejects.toThrow('being read');
});
