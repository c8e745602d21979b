import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IncomingCommand, Outcome } from '../../src/commands/command.ts';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { command, projectId, registerWidget, settings, startOn } from '../support/commands.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';

const newProcess = (store: InMemoryEventStore) => new EventSourcedCommandHandler(store, settings);

/** Lets the store fail at its n-th append, written or not; answers how many appends there were. */
function failAtAppend(store: InMemoryEventStore, n: number, written: boolean) {
  let appends = 0;
  const dieAt = () => {
    appends += 1;
    if (appends === n) throw new StoreUnavailableError('the process died here');
  };
  store.beforeAppend = written ? () => {} : dieAt;
  store.afterAppend = written ? dieAt : () => {};
  return () => appends;
}

const heal = (store: InMemoryEventStore) => {
  store.beforeAppend = () => {};
  store.afterAppend = () => {};
};

const steps: [string, () => IncomingCommand][] = [
  [
    'registering a project',
    () => command('register_project', { name: 'n', remote_origin: 'git@github.com:acme/new.git' }),
  ],
  ['starting work', () => startOn('feat/new', { source: { type: 'plane_ticket', ref: 'PROJ-9' } })],
  ['starting work on a branch that is taken', () => startOn('feat/taken')],
  [
    'linking a merged pull request',
    () =>
      command('link_pr', {
        project_id: projectId,
        branch_name: 'feat/taken',
        pr_number: 42,
        pr_state: 'merged',
      }),
  ],
  [
    'recording a deploy',
    () =>
      command('record_deploy', {
        deploy_id: 'd-1',
        environment: 'production',
        commit_hash: 'abcdef1',
      }),
  ],
  [
    'completing work by its branch',
    () =>
      command('complete_work', {
        project_id: projectId,
        branch_name: 'feat/taken',
        completion_type: 'merged',
      }),
  ],
  [
    'registering a component',
    () =>
      command('register_component', {
        parent_project_id: projectId,
        name: 'api',
        path: 'services/api',
      }),
  ],
  ['refusing a command that is not valid', () => command('start_work', {})],
];

describe.each(steps)('a process that dies while %s', (_name, make) => {
  it.each([false, true])(
    'at any append (written: %s) leaves the rest to whoever takes the command up again',
    async (written) => {
      for (let n = 1; ; n += 1) {
        const store = new InMemoryEventStore();
        await newProcess(store).handle(registerWidget());
        await newProcess(store).handle(startOn('feat/taken'));
        const before = store.published.length;
        const cut = make();
        const appends = failAtAppend(store, n, written);
        const attempt = await newProcess(store)
          .handle(cut)
          .catch((error) => error);
        heal(store);
        const outcome = await newProcess(store).handle(cut);
        expect(await newProcess(store).handle(cut)).toEqual(outcome);
        const mine = store.published.slice(before);
        expect(mine.every((event) => event.metadata.command_id === cut.id)).toBe(true);
        expect(new Set(mine.map((event) => event.id)).size).toBe(mine.length);
        expect(outcome.status === 'rejected' ? 1 : outcome.events.length).toBe(mine.length);
        if (!(attempt instanceof StoreUnavailableError)) {
          expect(n).toBeGreaterThan(appends());
          break;
        }
      }
    },
  );
});

describe('a claim left behind by a process that died', () => {
  it('does not keep others from the branch, and its own command finds the branch taken', async () => {
    const store = new InMemoryEventStore();
    await newProcess(store).handle(registerWidget());
    const lost = startOn('feat/x');
    store.beforeAppend = (stream) => {
      if (stream.startsWith('work_item-')) throw new StoreUnavailableError('the process died here');
    };
    await expect(newProcess(store).handle(lost)).rejects.toThrow(StoreUnavailableError);
    heal(store);
    const taker = await newProcess(store).handle(startOn('feat/x'));
    expect(taker.status).toBe('accepted');
    expect(await newProcess(store).handle(lost)).toMatchObject({
      status: 'rejected',
      error: { code: 'CONFLICT', params: { work_item_id: taker.ids.work_item_id } },
    });
  });

  it('keeps its slow owner out once the claim was taken over', async () => {
    const store = new InMemoryEventStore();
    await newProcess(store).handle(registerWidget());
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = startOn('feat/x');
    let slowWaits = () => {};
    const waiting = new Promise<void>((resolve) => {
      slowWaits = resolve;
    });
    let first = true;
    store.beforeAppend = async (stream) => {
      if (!stream.startsWith('work_item-') || !first) return;
      first = false;
      slowWaits();
      await held;
    };
    const slowOutcome = newProcess(store).handle(slow);
    await waiting;
    const taker = await newProcess(store).handle(startOn('feat/x'));
    release();
    expect(taker.status).toBe('accepted');
    expect((await slowOutcome).status).toBe('rejected');
    const started = store.published.filter((event) => event.type === 'imi.work.started');
    expect(started).toHaveLength(1);
  });
});

describe('any commands, each given several times and side by side to several processes', () => {
  const branch = fc.constantFrom('a', 'b');
  const plan = fc.oneof(
    fc.record({ kind: fc.constant('start' as const), branch }),
    fc.record({
      kind: fc.constant('complete' as const),
      branch,
      type: fc.constantFrom('merged', 'abandoned'),
    }),
    fc.record({ kind: fc.constant('git' as const), branch, ahead: fc.nat(2) }),
    fc.record({ kind: fc.constant('update' as const), name: fc.constantFrom('x', 'y') }),
    fc.record({ kind: fc.constant('deactivate' as const) }),
    fc.record({ kind: fc.constant('register' as const) }),
  );
  type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

  const commandOf = (planned: Plan): IncomingCommand => {
    switch (planned.kind) {
      case 'start':
        return startOn(planned.branch);
      case 'complete':
        return command('complete_work', {
          project_id: projectId,
          branch_name: planned.branch,
          completion_type: planned.type,
        });
      case 'git':
        return command('update_git_state', {
          project_id: projectId,
          branch_name: planned.branch,
          ahead_of_trunk: planned.ahead,
        });
      case 'update':
        return command('update_project', { project_id: projectId, name: planned.name });
      case 'deactivate':
        return command('deactivate_project', { project_id: projectId });
      case 'register':
        return registerWidget();
    }
  };

  it('give each command one outcome and each branch one active work item', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ plan, times: fc.integer({ min: 1, max: 4 }) }), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.scheduler(),
        async (plans, scheduler) => {
          const store = new InMemoryEventStore();
          await newProcess(store).handle(registerWidget());
          store.beforeAppend = () => scheduler.schedule(Promise.resolve());
          const processes = [newProcess(store), newProcess(store)];
          const given = plans.flatMap(({ plan: planned, times }) => {
            const each = commandOf(planned);
            return Array.from({ length: times }, (_, i) => [each, processes[i % 2]] as const);
          });
          const answers = Promise.all(given.map(([each, to]) => to?.handle(each)));
          const outcomes = (await scheduler.waitFor(answers)) as Outcome[];
          const byCommand = Map.groupBy(outcomes, (outcome) => outcome.commandId);
          for (const same of byCommand.values()) {
            for (const outcome of same) expect(outcome).toEqual(same[0]);
          }
          const active = new Map<string, number>();
          for (const { type, data } of store.published) {
            const name = String(data.branch_name);
            if (type === 'imi.work.started') active.set(name, (active.get(name) ?? 0) + 1);
            if (type === 'imi.work.completed') active.set(name, (active.get(name) ?? 0) - 1);
            expect(active.get(name) ?? 0).toBeLessThanOrEqual(1);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
