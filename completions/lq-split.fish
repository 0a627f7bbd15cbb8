# Completion of lq-split for fish: asks the tool itself.
complete --command lq-split --keep-order --no-files --arguments '(COMPLETE=fish lq-split -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token) 2>/dev/null)'
