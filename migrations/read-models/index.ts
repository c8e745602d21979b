import type { Migration } from 'kysely';
import * as checkpoint from './0001-checkpoint.ts';
import * as projects from './0002-projects.ts';
import * as workItems from './0003-work-items.ts';
import * as ticketLinks from './0004-ticket-links.ts';
import * as prLinks from './0005-pr-links.ts';
import * as commits from './0006-commits.ts';
import * as deploys from './0007-deploys.ts';
import * as components from './0008-components.ts';
import * as tickets from './0009-tickets.ts';
import * as observed from './0010-observed.ts';
import * as versions from './0011-versions.ts';
import * as activeIndex from './0012-active-index.ts';
import * as statusIndex from './0013-status-index.ts';
import * as workItemLinks from './0014-work-item-links.ts';

/** Migrations of one generation of the read models, run with its schema first in `search_path`. */
export const readModelMigrations: Readonly<Record<string, Migration>> = {
  '0001-checkpoint': checkpoint,
  '0002-projects': projects,
  '0003-work-items': workItems,
  '0004-ticket-links': ticketLinks,
  '0005-pr-links': prLinks,
  '0006-commits': commits,
  '0007-deploys': deploys,
  '0008-components': components,
  '0009-tickets': tickets,
  '0010-observed': observed,
  '0011-versions': versions,
  '0012-active-index': activeIndex,
  '0013-status-index': statusIndex,
  '0014-work-item-links': workItemLinks,
};
