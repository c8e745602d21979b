import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrivalOrder } from '../../src/commands/arrival-order.ts';
import { prLinkIdOf } from '../../src/events/ids.ts';
import { command, origin, projectId } from '../support/commands.ts';
import { componentId } from '../support/components.ts';

const about = (body: object) => command('any', body);
const ofProject = about({ project_id: projectId });
const ofOrigin = about({ remote_origin: origin });
const ofBranch = (branch_name: string) => about({ project_id: projectId, branch_name });

/** Starts a task for each command, at once, and lets a test end them one by one. */
function start(...commands: ReturnType<typeof about>[]) {
  const order = new ArrivalOrder(['github.com']);
  const running = new Set<number>();
  const ends = new Map<number, (fails?: Error) => void>();
  const settled = commands.map((each, index) =>
    order.run(each, () => {
      running.add(index);
      return new Promise<void>((resolve, reject) => {
        ends.set(index, (error) => {
          running.delete(index);
          if (error) reject(error);
          else resolve();
        });
      });
    }),
  );
  const all = Promise.allSettled(settled);
  const now = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return [...running].sort();
  };
  return { now, end: (index: number, error?: Error) => ends.get(index)?.(error), all };
}

describe('commands from the bus', () => {
  it('about one branch follow each other', async () => {
    const { now, end } = start(ofBranch('a'), ofBranch('a'));
    expect(await now()).toEqual([0]);
    end(0);
    expect(await now()).toEqual([1]);
  });

  it('about one component follow each other, however it was named, and those about its project', async () => {
    const register = about({ parent_project_id: projectId, name: 'api', path: 'x' });
    const update = about({ component_id: componentId('api') });
    const ends = { source_component_id: componentId('api'), target_component_id: componentId('b') };
    const { now, end } = start(ofProject, register, update, about(ends));
    for (const next of [0, 1, 2, 3]) {
      expect(await now()).toEqual([next]);
      end(next);
    }
  });

  it('about one pull request follow each other, by number or link', async () => {
    const link = about({ project_id: projectId, branch_name: 'a', pr_number: 7 });
    const byNumber = about({ remote_origin: origin, pr_number: 7 });
    const byLink = about({ pr_link_id: prLinkIdOf(projectId, 7) });
    const other = about({ project_id: projectId, pr_number: 8 });
    const { now, end } = start(link, byNumber, byLink, other);
    expect(await now()).toEqual([0, 3]);
    end(0);
    expect(await now()).toEqual([1, 3]);
    end(1);
    expect(await now()).toEqual([2, 3]);
  });

  it('about different components go side by side', async () => {
    const register = (name: string) => about({ parent_project_id: projectId, name });
    const { now } = start(register('a'), register('b'));
    expect(await now()).toEqual([0, 1]);
  });

  it('about different branches go side by side', async () => {
    const { now } = start(ofBranch('a'), ofBranch('b'));
    expect(await now()).toEqual([0, 1]);
  });

  it('about a branch wait for those about its project, however the project was named', async () => {
    const { now, end } = start(ofOrigin, ofBranch('a'), ofBranch('b'), ofProject);
    expect(await now()).toEqual([0]);
    end(0);
    expect(await now()).toEqual([1, 2]);
    end(1);
    expect(await now()).toEqual([2]);
    end(2);
    expect(await now()).toEqual([3]);
  });

  it('about one work item follow each other, also after one that failed', async () => {
    const item = about({ work_item_id: projectId });
    const { now, end } = start(item, item);
    end(0, new Error('away'));
    await now();
    end(0, new Error('away'));
    expect(await now()).toEqual([1]);
  });

  it('about what is still to be found out follow all and are followed by all', async () => {
    const order = new ArrivalOrder(['github.com']);
    const begun: string[] = [];
    const gates = new Map<string, () => void>();
    const task = (name: string) => () => {
      begun.push(name);
      return new Promise<void>((resolve) => gates.set(name, resolve));
    };
    const done = Promise.all([
      order.run(ofBranch('a'), task('first')),
      order.runAlone(task('alone')),
      order.run(ofBranch('b'), task('second')),
      order.run(about({}), task('third')),
      order.runAlone(task('alone again')),
    ]);
    const end = async (name: string) => {
      gates.get(name)?.();
      await new Promise((resolve) => setImmediate(resolve));
      return [...begun];
    };
    expect(await end('nobody')).toEqual(['first']);
    expect(await end('first')).toEqual(['first', 'alone']);
    expect(await end('alone')).toEqual(['first', 'alone', 'second', 'third']);
    expect(await end('second')).toHaveLength(4);
    expect(await end('third')).toHaveLength(5);
    await end('alone again');
    await done;
  });

  it('follow one that failed to be found out', async () => {
    const order = new ArrivalOrder(['github.com']);
    const failed = order.runAlone(() => Promise.reject(new Error('away')));
    const next = order.run(ofBranch('a'), async () => 'done');
    await expect(failed).rejects.toThrow('away');
    expect(await next).toBe('done');
  });

  it('about nothing that can be read wait for nothing', async () => {
    const { now } = start(about({}), command('x', null), command('x', 'text'), command('x', 7));
    expect(await now()).toEqual([0, 1, 2, 3]);
  });

  it('are all settled in the end, in arrival order per subject', async () => {
    const subject = fc.constantFrom(ofProject, ofOrigin, ofBranch('a'), ofBranch('b'), about({}));
    await fc.assert(
      fc.asyncProperty(fc.array(subject, { maxLength: 20 }), fc.scheduler(), async (given, s) => {
        const order = new ArrivalOrder(['github.com']);
        const ended: number[] = [];
        const all = given.map((each, index) =>
          order.run(each, async () => {
            await s.schedule(Promise.resolve());
            ended.push(index);
          }),
        );
        await s.waitFor(Promise.all(all));
        expect(ended).toHaveLength(given.length);
        for (const kind of new Set(given)) {
          if (kind.body && Object.keys(kind.body).length === 0) continue;
          const places = ended.filter((index) => given[index] === kind);
          expect(places).toEqual([...places].sort((a, b) => a - b));
        }
      }),
    );
  });
});
