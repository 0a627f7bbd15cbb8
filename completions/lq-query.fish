# Completion of lq-query for fish: asks the tool itself.
complete --command lq-query --keep-order --no-files --arguments '(COMPLETE=fish lq-query -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token) 2>/dev/null)'
