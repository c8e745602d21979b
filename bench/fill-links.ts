import type { Pool } from 'pg';
import { connectDatabase } from '../src/projections/database.ts';
import { liveSchema as schema } from '../src/projections/tables.ts';
import { makeAllLinks } from '../src/projections/work-item-links.ts';

/** Makes the links of all work of the live read models, as a rebuild does at its end. */
export async function fillLinks({ options }: Pool): Promise<void> {
  const db = connectDatabase(options.connectionString ?? '', {
    ...{ poolSize: 1, applicationName: 'bench', statementTimeoutMs: 0 },
  });
  await makeAllLinks({ db, schema });
  await db.destroy();
}
