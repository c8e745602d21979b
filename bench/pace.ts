/**
 * Calls `send` `perSecond` times a second for `seconds`, evenly. What is late is sent at once, and
 * told when it was due: a wait of the sender counts as a wait of its message.
 */
export async function pace(
  perSecond: number,
  seconds: number,
  send: (index: number, dueAt: number) => void,
): Promise<void> {
  const total = perSecond * seconds;
  const startedAt = performance.now();
  for (let index = 0; index < total; ) {
    const due = Math.floor(((performance.now() - startedAt) * perSecond) / 1000);
    for (; index <= Math.min(due, total - 1); index += 1) {
      send(index, startedAt + (index * 1000) / perSecond);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
