import { Argument, type Command } from 'commander';
import { say } from './output.ts';

/** What may follow the words that lead to a command. */
interface Place {
  /** The words, with a space before each. */
  readonly path: string;
  readonly commands: readonly Command[];
  readonly words: readonly string[];
}

/** `imi completion <shell>` */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print what completes imi in a shell, e.g. source <(imi completion bash)')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(scripts)))
    .action((shell: keyof typeof scripts) => say(scripts[shell](placesOf(program, ''))));
}

const scripts = {
  bash: bashScript,
  // zsh runs bash's function.
  zsh: (places: readonly Place[]) =>
    `#compdef imi\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(places)}`,
  fish: fishScript,
};

function placesOf(command: Command, path: string): Place[] {
  const { commands } = command;
  const options = command.options.flatMap(({ long }) => (long ? [long] : []));
  const words = [...commands.map((sub) => sub.name()), ...options, '--help'];
  const below = commands.flatMap((sub) => placesOf(sub, `${path} ${sub.name()}`));
  return [{ path, commands, words }, ...below];
}

function bashScript(places: readonly Place[]): string {
  const paths = places.map(({ path }) => path).filter((path) => path !== '');
  const cases = places.map(({ path, words }) => `    "${path}") words="${words.join(' ')}" ;;`);
  return `_imi() {
  local path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
      ${paths.map((path) => `"${path}"`).join('|')}) path="$path $word" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _imi imi`;
}

function fishScript(places: readonly Place[]): string {
  const lines = places.map(({ path, commands, words }) => {
    const [first, second] = path.trim().split(' ');
    const subs = commands.map((sub) => sub.name());
    const not = subs.length === 0 ? '' : `not __fish_seen_subcommand_from ${subs.join(' ')}`;
    const seen = [first, second]
      .filter((word) => word)
      .map((word) => `__fish_seen_subcommand_from ${word}`);
    const condition = [...seen, not].filter((part) => part !== '').join('; and ');
    return `complete -c imi -n '${condition}' -a '${words.join(' ')}'`;
  });
  return lines.join('\n');
}
