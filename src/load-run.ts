export interface LoadedRun {
  readonly run: (onReady: () => void) => Promise<void>;
  /** Keeps what has been compiled by then for the next start. */
  readonly keepCode: () => void;
}

/** iMi from its sources. In the compiled program `load-compiled-run.ts` stands in for this file. */
export async function loadRun(_cacheFolder: string): Promise<LoadedRun> {
  const { run } = await import('./run.ts');
  return { run, keepCode: () => {} };
}
