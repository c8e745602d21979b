import { randomUUID } from 'node:crypto';
import { projectIdOf } from '../../src/events/ids.ts';
import { type Message, shapes } from '../e2e/envelopes.ts';

/** A command as both doors take it, under one id. */
export interface Asked {
  readonly key: string;
  readonly message: Message;
  readonly http: { readonly method: string; readonly path: string; readonly body: object };
}

const projects = 6;
const branches = 40;
const hashLength = 12;

/**
 * A small ecosystem in which random commands meet each other: the same few repositories and
 * branches again and again, many of the commands too late, contended or about nothing.
 */
export class World {
  readonly #random: () => number;
  readonly #run = randomUUID().slice(0, 8);
  readonly #work: string[] = [];
  readonly #components: string[] = [];
  #looks = 0;
  #asked = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Registers every project: the beginning of the history. */
  founding(): Asked[] {
    return Array.from({ length: projects }, (_, n) => this.#register(n));
  }

  next(): Asked {
    const dice = this.#random();
    if (this.#work.length === 0 || dice < 0.18) return this.#start();
    if (dice < 0.55) return this.#look();
    if (dice < 0.64) return this.#linkTicket();
    if (dice < 0.71) return this.#complete();
    if (dice < 0.78) return this.#linkPullRequest();
    if (dice < 0.84) return this.#register(this.#below(projects));
    if (dice < 0.9) return this.#update();
    if (dice < 0.94) return this.#component();
    if (dice < 0.98) return this.#deploy();
    return this.#deactivate();
  }

  #start(): Asked {
    const work_item_id = randomUUID();
    this.#work.push(work_item_id);
    const known = this.#random() < 0.95;
    return this.#ask('start_work', 'POST', '/work', {
      project_id: known ? this.#projectId() : randomUUID(),
      branch_name: `feat/${this.#below(branches)}`,
      work_type: 'feature',
      owner_id: `agent-${this.#below(5)}`,
      source: { type: 'plane_ticket', ref: this.#ticket() },
      work_item_id,
    });
  }

  #look(): Asked {
    this.#looks += 1;
    const state = {
      ahead_of_trunk: this.#looks,
      uncommitted_files_count: this.#below(4),
      last_sync_at: new Date(Date.now() - this.#below(2_000)).toISOString(),
    };
    const work_item_id = this.#workItem();
    return this.#ask('update_git_state', 'PATCH', `/work/${work_item_id}/git-state`, state, {
      work_item_id,
    });
  }

  #linkTicket(): Asked {
    return this.#ask('link_ticket', 'POST', '/links/ticket', {
      work_item_id: this.#workItem(),
      plane_ticket_id: this.#ticket(),
    });
  }

  #complete(): Asked {
    const work_item_id = this.#workItem();
    const body = { completion_type: this.#random() < 0.5 ? 'merged' : 'abandoned' };
    return this.#ask('complete_work', 'POST', `/work/${work_item_id}/complete`, body, {
      work_item_id,
    });
  }

  #linkPullRequest(): Asked {
    return this.#ask('link_pr', 'POST', '/links/pr', {
      work_item_id: this.#workItem(),
      pr_number: 1 + this.#below(300),
      pr_state: this.#random() < 0.7 ? 'open' : 'merged',
    });
  }

  #register(n: number): Asked {
    const repo = `chaos-${this.#run}-${n}`;
    const forms = [
      `git@github.com:33god-test/${repo}.git`,
      `https://github.com/33GOD-test/${repo}`,
      `ssh://git@github.com:22/33god-test/${repo.toUpperCase()}.git`,
    ];
    const remote_origin = forms[this.#below(forms.length)];
    return this.#ask('register_project', 'POST', '/projects', { name: repo, remote_origin });
  }

  #update(): Asked {
    const project_id = this.#projectId();
    const body = { metadata: { [`key_${this.#below(5)}`]: this.#below(1_000) } };
    return this.#ask('update_project', 'PATCH', `/projects/${project_id}`, body, { project_id });
  }

  #component(): Asked {
    if (this.#components.length > 1 && this.#random() < 0.5) {
      const [source_component_id, target_component_id] = [
        this.#some(this.#components),
        this.#some(this.#components),
      ];
      const path = `/components/${source_component_id}/relationships`;
      const body = { target_component_id, relationship_type: 'depends_on' };
      return this.#ask('relate_components', 'POST', path, body, { source_component_id });
    }
    const component_id = randomUUID();
    this.#components.push(component_id);
    const name = `part-${this.#below(20)}`;
    const body = {
      parent_project_id: this.#projectId(),
      name,
      path: `packages/${name}`,
      component_id,
    };
    return this.#ask('register_component', 'POST', '/components', body);
  }

  #deploy(): Asked {
    return this.#ask('record_deploy', 'POST', '/links/deploy', {
      deploy_id: `deploy-${this.#run}-${this.#below(200)}`,
      environment: 'production',
      commit_hash: this.#hash(),
      project_id: this.#projectId(),
    });
  }

  #deactivate(): Asked {
    const project_id = this.#projectId();
    return this.#ask('deactivate_project', 'DELETE', `/projects/${project_id}`, {}, { project_id });
  }

  /** @param address what HTTP has in its path and a message in its payload */
  #ask(name: string, method: string, path: string, body: object, address: object = {}): Asked {
    const key = `imi.cmd.${name}`;
    const shape = shapes[this.#asked % shapes.length] as (typeof shapes)[number];
    this.#asked += 1;
    return {
      key,
      message: shape(key, { ...body, ...address }),
      http: { method, path: `/api/v1${path}`, body },
    };
  }

  #projectId(): string {
    return projectIdOf(`github.com/33god-test/chaos-${this.#run}-${this.#below(projects)}`);
  }

  /** Mostly one of late: what was begun long ago has ended. */
  #workItem(): string {
    return this.#some(this.#random() < 0.8 ? this.#work.slice(-15) : this.#work);
  }

  #ticket(): string {
    return `PROJ-${this.#below(50)}`;
  }

  #hash(): string {
    return Array.from({ length: hashLength }, () => this.#below(16).toString(16)).join('');
  }

  #some<T>(things: readonly T[]): T {
    return things[this.#below(things.length)] as T;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}
