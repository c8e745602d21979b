/** A git remote, in the one form iMi shows and the one form it compares. */
export interface RemoteOrigin {
  /** `git@host:owner/repo.git`, in the case first given. */
  readonly display: string;
  /** `host/owner/repo` in lower case: equal for all spellings of one repository. */
  readonly key: string;
}

export const acceptedOriginForms =
  'git@host:owner/repo.git, https://host/owner/repo(.git) or ssh://git@host/owner/repo(.git)';

const segment = '[A-Za-z0-9_.-]{1,100}';
const path = `(?<owner>${segment})/(?<repo>${segment}?)(?:\\.git)?/?`;
const scp = new RegExp(`^(?:[^@/\\s:]+@)?(?<host>[A-Za-z0-9.-]+):${path}$`, 'i');
const url = new RegExp(
  `^(?:https?|ssh|git)://(?:[^@/\\s]+@)?(?<host>[A-Za-z0-9.-]+)(?::\\d{1,5})?/${path}$`,
  'i',
);

/**
 * Reads a git remote in any accepted form (spec/domain.md, "canonical origin"), on whichever host.
 * Answers null when it has another form; user, password and port are dropped, so a credential in a
 * URL goes no further.
 */
export function parseRemote(text: string): RemoteOrigin | null {
  if (text.length > 500) return null;
  const trimmed = text.trim();
  const match = url.exec(trimmed) ?? (trimmed.includes('://') ? null : scp.exec(trimmed));
  const { host, owner, repo } = match?.groups ?? {};
  if (!host || !owner || !repo || isDots(owner) || isDots(repo)) return null;
  return {
    display: `git@${host}:${owner}/${repo}.git`,
    key: `${host}/${owner}/${repo}`.toLowerCase(),
  };
}

/** Like `parseRemote`, and null also when the host is not among `allowedHosts`. */
export function parseRemoteOrigin(
  text: string,
  allowedHosts: readonly string[],
): RemoteOrigin | null {
  const origin = parseRemote(text);
  const host = origin?.key.slice(0, origin.key.indexOf('/'));
  return host !== undefined && allowedHosts.includes(host) ? origin : null;
}

const shorthand = new RegExp(`^${segment}/${segment}$`);

/** Whether a text is the name of a repository, `owner/repo`, without the host it is on. */
export const isRepositoryName = (text: string): boolean => {
  const [owner = '', repo = ''] = text.split('/');
  return shorthand.test(text) && !isDots(owner) && !isDots(repo);
};

/**
 * Reads the name of a repository: a git remote in any accepted form, or `owner/repo`, which may be
 * on any of the allowed hosts. Empty when it is neither.
 */
export function parseRepository(text: string, allowedHosts: readonly string[]): RemoteOrigin[] {
  const forms = isRepositoryName(text.trim())
    ? allowedHosts.map((host) => `https://${host}/${text.trim()}`)
    : [text];
  return forms.flatMap((form) => parseRemoteOrigin(form, allowedHosts) ?? []);
}

const isDots = (name: string): boolean => name === '.' || name === '..';
