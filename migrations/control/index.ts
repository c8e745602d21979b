import type { Migration } from 'kysely';
import * as generations from './0001-generations.ts';

/** Migrations of the schema `imi`: what outlives the generations of the read models. */
export const controlMigrations: Readonly<Record<string, Migration>> = {
  '0001-generations': generations,
};
