/** The same seed makes the same cases; what they meet depends on their order of arrival. */
export const seed = Number(process.env.IMI_FUZZ_SEED ?? Math.floor(Math.random() * 1e9));

/** Rounds of a door: those of `IMI_FUZZ_ROUNDS`, or enough for some seconds. */
export const rounds = (few: number): number => Number(process.env.IMI_FUZZ_ROUNDS ?? few);

/** Whether this is a run long enough to tell whether memory grows. */
export const isLong = process.env.IMI_FUZZ_ROUNDS !== undefined;

/** Only ends what hangs. */
export const timeLimitMs = isLong ? 3_600_000 : 300_000;

/** Runs the cases, some at a time, in the order of their numbers. */
export async function inLanes(
  [from, to]: readonly [number, number],
  lanes: number,
  run: (round: number) => Promise<void>,
): Promise<void> {
  let next = from;
  const lane = async () => {
    while (next < to) {
      const round = next;
      next += 1;
      await run(round);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
