import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A body as its sender's documentation gives it. */
export interface VendorBody {
  /** Who sends it: `github`, `plane`, `hookd`, `ci`, … */
  readonly sender: string;
  /** What it tells, such as `push-forced`. */
  readonly name: string;
  /** JSON. */
  readonly text: string;
}

const root = new URL('../vendor-bodies/', import.meta.url).pathname;

/** Every body under `test/vendor-bodies/<sender>/<name>.json`. */
export const vendorBodies: readonly VendorBody[] = readdirSync(root, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file) => {
    const [sender = '', name = ''] = file.replace(/\.json$/, '').split('/');
    return { sender, name, text: readFileSync(join(root, file), 'utf8') };
  });
