import type { Completions, Kind } from "./manual.ts";
import { headline, quoted } from "./shell.ts";

/** For bash from 3.2. What it completes with names of files, it leaves to readline, which quotes them. */
export function bashCompletion(all: readonly Completions[]): string {
  const groups = all.filter(({ words }) => Object.keys(words).length > 0).map(({ name }) => quoted(name));
  const programs = all.map(({ name }) => name).filter((name) => !name.includes(" "));
  return [
    headline("bash"),
    ...table(all),
    logic(groups.join("|")),
    `complete -o default -F _seamless ${programs.join(" ")}`,
    "",
  ].join("\n");
}

/** Of each command the options, as `--name` or `--name=KIND`, and the kinds of operands; the last one may come again. */
function table(all: readonly Completions[]): readonly string[] {
  const rows = all.map(({ name, operands, options, words }) => {
    const following = Object.keys(words);
    const kinds = following.length > 0 ? [following.join(",")] : operands.map(({ kind }) => kindWord(kind));
    const last = operands.at(-1)?.repeated === true ? [] : ["none"];
    const given = options.flatMap(({ words, values: [value] }) =>
      words.map((word) => (value === undefined ? word : `${word}=${kindWord(value.kind)}`)),
    );
    return `    ${quoted(name)}) operands=${quoted([...kinds, ...last].join(" "))} options=${quoted(given.join(" "))} ;;`;
  });
  return ["_seamless_table() {", "  case $1 in", ...rows, "    *) operands=none options= ;;", "  esac", "}", ""];
}

function kindWord(kind: Kind): string {
  return typeof kind === "string" ? kind : kind.join(",");
}

/** What is done with the table. The words of bash end at `=` and `@`, so that the line is split here. */
const logic = (groups: string) => `_seamless() {
  local line=\${COMP_LINE:0:COMP_POINT} operands options words
  read -ra words <<< "$line"
  case $line in *[[:space:]]) words+=('') ;; esac
  local last=$((\${#words[@]} - 1)) command=\${words[0]##*/} at=1 word
  while [ $at -lt $last ]; do
    case $command in ${groups}) command="$command \${words[at]}"; at=$((at + 1)) ;; *) break ;; esac
  done
  _seamless_table "$command"

  # The words up to the last one: which of them are options and their values, and how many operands there are?
  local kind= ended= count=0
  while [ $at -lt $last ]; do
    word=\${words[at]}
    at=$((at + 1))
    if [ -n "$kind" ]; then kind=
    elif [ -n "$ended" ]; then count=$((count + 1))
    else
      case $word in
        --) ended=1 ;;
        -*=*) ;;
        -*) kind=$(_seamless_kind "$word") ;;
        *) count=$((count + 1)) ;;
      esac
    fi
  done

  local current=\${words[last]} before= candidates=
  if [ -z "$kind$ended" ]; then
    case $current in
      --*=*) before=\${current%%=*}=; current=\${current#*=}; kind=$(_seamless_kind "\${before%=}") ;;
      -*) kind=options ;;
    esac
  fi
  if [ -z "$kind" ]; then
    for kind in $operands; do
      [ $count -eq 0 ] && break
      count=$((count - 1))
    done
  fi
  case $kind in
    file) return ;;
    folder) compopt +o default -o dirnames 2> /dev/null; return ;;
    store)
      case $current in ''|@*) candidates=$(seamless config --stores 2> /dev/null) ;; esac
      [ -n "$candidates" ] || { compopt +o default -o dirnames 2> /dev/null; return; } ;;
    none) ;;
    options) for word in $options; do candidates="$candidates \${word%%=*}"; done ;;
    *) candidates=\${kind//,/ } ;;
  esac
  compopt +o default 2> /dev/null

  # What stands before a "=" is a word of its own, where bash breaks words there.
  case $COMP_WORDBREAKS in *=*) before= ;; esac
  for word in $candidates; do
    case $word in "$current"*) COMPREPLY+=("$before$word") ;; esac
  done
}

_seamless_kind() {
  local option
  for option in $options; do
    case $option in "$1"=*) echo "\${option#*=}"; return ;; esac
  done
}
`;
