const display = /^git@([^:/\s]+):([^\s]+)\.git$/;

/**
 * The key (`host/owner/repo` in lower case) of an origin as events show it. Unlike
 * `parseRemoteOrigin` it asks for no list of allowed hosts: what was accepted once stays readable
 * after the setting has changed. Throws when the text has another form.
 */
export function originKeyOfDisplay(remoteOrigin: string): string {
  const [, host, path] = display.exec(remoteOrigin) ?? [];
  if (host === undefined || path === undefined) {
    throw new Error('remote_origin is not of the form git@host:owner/repo.git');
  }
  return `${host}/${path}`.toLowerCase();
}
