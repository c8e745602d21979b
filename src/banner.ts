/** What a person who has just started the embedded default wants to know. */
export function banner(url: string, serves: boolean, embedded: readonly string[]): string {
  const lines = [
    '',
    `  iMi listens on ${url}${serves ? '' : ', without the role "api": health and metrics only'}`,
    '',
    '  Embedded, for development and trying out:',
    ...embedded.map((part) => `    ${part}`),
  ];
  if (serves) {
    lines.push(
      '',
      '  Try next, from another terminal:',
      '    npm run demo                                  a day of three agents and an orchestrator',
      `    curl -s ${url}/api/v1/trace/ticket/PROJ-123`,
      `    curl -s ${url}/api/v1/work/inflight`,
      `    open ${url}/docs`,
    );
  }
  return `${lines.join('\n')}\n\n`;
}
