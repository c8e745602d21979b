import { Pool } from 'pg';
import { callFunction } from '../sql-function.ts';
import { consume, databaseUrl, poolSize } from './consumer.ts';

const pool = new Pool({ connectionString: databaseUrl, max: poolSize });

await consume((command) => callFunction(pool, command));
