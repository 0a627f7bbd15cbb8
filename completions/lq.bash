# Completion of lq's tools for bash 3.2 and later: asks the tool itself.
# Source it, or put it where bash-completion looks, once under each tool's name.

_lq() {
    local IFS=$'\n' flags=$- tool=${1/#\~/${HOME-}} option options
    # Whatever else is called so completes as lq-query does.
    [[ ${tool##*/} == lq-* ]] || tool=lq-query
    set -f
    # shellcheck disable=SC2207 # bash 3.2 has no mapfile
    COMPREPLY=($(COMPLETE=bash "$tool" "${COMP_LINE:0:COMP_POINT}" "${COMP_LINE:COMP_POINT}" "${COMP_WORDBREAKS-}" </dev/null 2>/dev/null)) || COMPREPLY=()
    [[ $flags == *f* ]] || set +f
    # The first line says how bash is to treat the others.
    options=${COMPREPLY[0]-}
    unset 'COMPREPLY[0]'
    IFS=' '
    for option in $options; do
        compopt -o "$option" 2>/dev/null || :
    done
    return 0
}

if [[ ${BASH_VERSINFO[0]} -ge 4 ]]; then
    complete -o bashdefault -F _lq lq-query lq-split lq-fmt lq-ls
else
    # Here no word can say that it goes on, or that a path is wanted.
    complete -o bashdefault -o default -F _lq lq-query lq-split lq-fmt lq-ls
fi
