/** What a person who has just started the embedded default wants to know. */
export function banner(url: string | null, embedded: readonly string[]): string {
  const lines = [
    '',
    url === null ? '  iMi is running (without the role "api").' : `  iMi listens on ${url}`,
    '',
    '  Embedded, for development and trying out:',
    ...embedded.map((part) => `    ${part}`),
  ];
  if (url !== null) {
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
