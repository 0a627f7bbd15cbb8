# Completion of lq-split for fish: asks the tool itself.

function __lq_complete --argument-names tool
    set -l before (commandline --current-process --tokenize --cut-at-cursor)
    set -l word (commandline --current-token --cut-at-cursor)
    command --query $tool; or return
    set -l answer (COMPLETE=fish $tool (count $before) $before "$word" </dev/null 2>/dev/null)
    # The first line says which paths are wanted: fish has them for a command that it does not know.
    set -l flag (string match --regex -- '^--[^=]*=' "$word"; or echo)
    set -l path (string sub --start (math (string length -- "$flag") + 1) -- "$word")
    switch "$answer[1]"
        case files
            string join -- \n $flag(complete --do-complete "__lq_nothing $path")
        case folders
            string join -- \n $flag(complete --do-complete "__lq_nothing $path" | string match '*/')
    end
    string join -- \n $answer[2..]
end

complete --command lq-split --keep-order --no-files --arguments '(__lq_complete lq-split)'
