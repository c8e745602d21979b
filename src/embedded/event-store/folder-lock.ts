import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DataFolderLocked } from './errors.ts';

/**
 * Takes the data folder for this server alone.
 *
 * SQLite's exclusive transaction is the lock: Node has no `flock`, and the lock SQLite takes is the
 * kernel's, so a process that was killed leaves nothing behind that could block the next one, and
 * two servers in one process (worker threads) exclude each other as well.
 *
 * @returns a function that releases the folder.
 * @throws DataFolderLocked when another server has it.
 */
export function lockFolder(folder: string): () => void {
  const lock = new DatabaseSync(join(folder, 'lock'));
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!/locked|busy/i.test(String(error))) throw error;
    throw new DataFolderLocked(
      `The event store folder ${folder} is in use by another server. Stop it, or choose another folder.`,
    );
  }
  return () => lock.close();
}
