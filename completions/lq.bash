# Completion of lq-query, lq-split, lq-fmt and lq-ls for bash 3.2 and later: asks the tool itself.
# Source it, or put it where bash-completion looks, once under each tool's name.

_lq() {
    # bash cuts words at = and : as well; the tools want them whole.
    local line=${COMP_LINE:0:COMP_POINT} part blanks last=-1 i
    local words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        part=${COMP_WORDS[i]}
        blanks=${line%%[![:space:]]*}
        if ((i == 0)) || [[ -n $blanks ]] || [[ -z $line && $i -eq $COMP_CWORD && -z $part ]]; then
            ((last += 1))
            words[last]=$part
        else
            words[last]+=$part
        fi
        line=${line#"$blanks"}
        line=${line#"$part"}
    done
    part=${COMP_WORDS[COMP_CWORD]}
    if [[ $part == [=:] ]]; then
        part=
    fi
    local front=${words[last]%"$part"} candidate
    [[ $front == *[=:] ]] || front=
    COMPREPLY=()
    while IFS= read -r candidate || [[ -n $candidate ]]; do
        [[ -n $candidate ]] && COMPREPLY+=("${candidate#"$front"}")
    done < <(_CLAP_IFS=$'\n' _CLAP_COMPLETE_INDEX=$last _CLAP_COMPLETE_COMP_TYPE=$COMP_TYPE \
        _CLAP_COMPLETE_SPACE=true COMPLETE=bash "$1" -- "${words[@]}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/:] ]]; then
        compopt -o nospace 2>/dev/null
    fi
    return 0
}

complete -o bashdefault -F _lq lq-query lq-split lq-fmt lq-ls
