/* Completion scripts, from the tables of options. */
#include "cli/complete.h"

#include "config/schema.h"

#include <string.h>

/* ---- what a value may be ---- */

typedef enum value_kind { VALUE_OTHER, VALUE_FILE, VALUE_WORD, VALUE_WORDS } value_kind;

static value_kind kind_of(const char *argument) {
    static const char *const paths[] = {"FILE", "DIR", "DATA", "RUN", "CHECKPOINT", "SIZES"};
    if (strchr(argument, '|')) return VALUE_WORD;
    if (strchr(argument, ',')) return VALUE_WORDS;
    for (size_t k = 0; k < sizeof paths / sizeof *paths; k++)
        if (strcmp(argument, paths[k]) == 0) return VALUE_FILE;
    return VALUE_OTHER;
}

/* "a|b" as "a b". */
static void print_words(FILE *stream, const char *words) {
    for (; *words; words++)
        fputc(*words == '|' || *words == ',' ? ' ' : *words, stream);
}

static bool takes_configs(const dg_command *command) {
    return strstr(command->usage, "CONFIG") != NULL;
}

/* ---- bash ---- */

static const char bash_head[] =
    "# bash completion for digress, made by 'digress help --completion bash'.\n"
    "_digress_files() {\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    local IFS=$'\\n'\n"
    "    COMPREPLY+=($(compgen -f -- \"$word\"))\n"
    "}\n"
    "_digress_words() { COMPREPLY+=($(compgen -W \"$1\" -- \"$word\")); }\n"
    "# Some of the words, with commas between.\n"
    "_digress_list() {\n"
    "    local first=\n"
    "    [[ $word == *,* ]] && first=${word%,*},\n"
    "    compopt -o nospace 2>/dev/null\n"
    "    COMPREPLY+=($(compgen -P \"$first\" -W \"$1\" -- \"${word##*,}\"))\n"
    "}\n"
    "_digress() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local command=${COMP_WORDS[1]} options= keys=\n"
    "    COMPREPLY=()\n"
    "    if [[ $word == \"=\" ]]; then word=\n"
    "    elif [[ $before == \"=\" ]]; then before=${COMP_WORDS[COMP_CWORD - 2]}; fi\n"
    "    if ((COMP_CWORD == 1)); then\n";

static void bash_values(FILE *stream, const dg_command *command, const dg_option *option) {
    if (!option->argument) return;
    fprintf(stream, "    \"%s --%s\"", command->name, option->name);
    if (option->letter) fprintf(stream, " | \"%s -%c\"", command->name, option->letter);
    switch (kind_of(option->argument)) {
    case VALUE_FILE:
        fputs(") _digress_files; return ;;\n", stream);
        return;
    case VALUE_WORD:
    case VALUE_WORDS:
        fprintf(stream, ") %s \"",
                kind_of(option->argument) == VALUE_WORD ? "_digress_words" : "_digress_list");
        print_words(stream, option->argument);
        fputs("\"; return ;;\n", stream);
        return;
    default:
        fputs(") return ;;\n", stream);
    }
}

static void bash_command(FILE *stream, const dg_command *command) {
    fprintf(stream, "    \"%s\")\n        options=\"", command->name);
    for (const dg_option *option = command->options; option->name; option++)
        fprintf(stream, "--%s ", option->name);
    fputs("--help\"\n", stream);
    if (command->operands) {
        fputs("        [[ $word == -* ]] || _digress_words \"", stream);
        print_words(stream, command->operands);
        fputs("\"\n", stream);
    } else {
        fputs("        [[ $word == -* ]] || _digress_files\n", stream);
    }
    if (takes_configs(command)) {
        fputs("        _digress_words \"$(digress help --configs 2>/dev/null)\"\n        keys=\"",
              stream);
        for (const dg_key *key = dg_keys; key->name; key++)
            fprintf(stream, "%s%s=", key == dg_keys ? "" : " ", key->name);
        fputs("\"\n", stream);
    }
    fputs("        ;;\n", stream);
}

void dg_complete_bash(FILE *stream, const dg_command *const *commands) {
    fputs(bash_head, stream);
    fputs("        _digress_words \"", stream);
    for (size_t k = 0; commands[k]; k++)
        if (!strchr(commands[k]->name, ' ')) fprintf(stream, "%s ", commands[k]->name);
    fputs(
        "--help --version --config-keys\"\n        return\n    fi\n"
        "    ((COMP_CWORD > 2)) && [[ \"$command ${COMP_WORDS[2]}\" == 'data '@(import|export) ]] "
        "&& command=\"data ${COMP_WORDS[2]}\"\n"
        "    case \"$command $before\" in\n",
        stream);
    for (size_t k = 0; commands[k]; k++)
        for (const dg_option *option = commands[k]->options; option->name; option++)
            bash_values(stream, commands[k], option);
    fputs("    esac\n    case $command in\n", stream);
    for (size_t k = 0; commands[k]; k++)
        bash_command(stream, commands[k]);
    fputs("    esac\n    _digress_words \"$options\"\n"
          "    if ((${#COMPREPLY[@]} == 0)) && [[ $keys ]]; then\n"
          "        compopt -o nospace 2>/dev/null\n        _digress_words \"$keys\"\n    fi\n}\n"
          "complete -F _digress digress\n",
          stream);
}

/* ---- zsh ---- */

/* A text inside '...' and [...], where colons and brackets would end it. */
static void print_zsh(FILE *stream, const char *text) {
    for (; *text && *text != '\n'; text++) {
        if (*text == '\'') {
            fputs("'\\''", stream);
            continue;
        }
        if (strchr("[]:\\", *text)) fputc('\\', stream);
        fputc(*text, stream);
    }
}

static void zsh_values(FILE *stream, const char *argument) {
    fputc(':', stream);
    switch (kind_of(argument)) {
    case VALUE_FILE:
        fprintf(stream, "%s:_files", argument);
        return;
    case VALUE_WORD:
        fputs("value:(", stream);
        print_words(stream, argument);
        fputc(')', stream);
        return;
    case VALUE_WORDS:
        fputs("values:_values -s , value ", stream);
        print_words(stream, argument);
        return;
    default:
        print_zsh(stream, argument);
        fputc(':', stream);
    }
}

static void zsh_option(FILE *stream, const dg_option *option) {
    fputs("            ", stream);
    const char *value = option->argument ? "=" : ""; /* "--name value" or "--name=value" */
    if (option->letter)
        fprintf(stream, "'(-%c --%s)'{-%c%s,--%s%s}'[", option->letter, option->name,
                option->letter, option->argument ? "+" : "", option->name, value);
    else
        fprintf(stream, "'--%s%s[", option->name, value);
    print_zsh(stream, option->help);
    fputc(']', stream);
    if (option->argument) zsh_values(stream, option->argument);
    fputs("' \\\n", stream);
}

static void zsh_command(FILE *stream, const dg_command *command) {
    fprintf(stream, "    '%s')\n        _arguments -s \\\n", command->name);
    for (const dg_option *option = command->options; option->name; option++)
        zsh_option(stream, option);
    zsh_option(stream, &dg_help_option);
    fputs("            '*:", stream);
    if (takes_configs(command)) {
        fputs("config or key=value:_digress_configs", stream);
    } else if (command->operands) {
        fputs("word:(", stream);
        print_words(stream, command->operands);
        fputc(')', stream);
    } else {
        fputs("file:_files", stream);
    }
    fputs("'\n        ;;\n", stream);
}

void dg_complete_zsh(FILE *stream, const dg_command *const *commands) {
    fputs("#compdef digress\n# zsh completion for digress, made by 'digress help --completion "
          "zsh'.\n_digress_configs() {\n    _files\n    compadd -- ${(f)\"$(digress help --configs "
          "2>/dev/null)\"}\n    compadd -S '' --",
          stream);
    for (const dg_key *key = dg_keys; key->name; key++)
        fprintf(stream, " %s=", key->name);
    fputs("\n}\n_digress() {\n    if (( CURRENT == 2 )); then\n        local -a commands=(\n",
          stream);
    for (size_t k = 0; commands[k]; k++) {
        if (strchr(commands[k]->name, ' ')) continue;
        fprintf(stream, "            '%s:", commands[k]->name);
        print_zsh(stream, commands[k]->summary);
        fputs("'\n", stream);
    }
    fputs(
        "        )\n        _describe command commands\n        return\n    fi\n"
        "    shift words\n    (( CURRENT-- ))\n    local command=$words[1]\n"
        "    if [[ $command == data && $words[2] == (import|export) ]] && (( CURRENT > 2 )); then\n"
        "        command=\"data $words[2]\"\n        shift words\n        (( CURRENT-- ))\n    fi\n"
        "    case $command in\n",
        stream);
    for (size_t k = 0; commands[k]; k++)
        zsh_command(stream, commands[k]);
    fputs("    esac\n}\n_digress \"$@\"\n", stream);
}
