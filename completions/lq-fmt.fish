# Completion of lq-fmt for fish: asks the tool itself.
complete --command lq-fmt --keep-order --no-files --arguments '(COMPLETE=fish lq-fmt -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token) 2>/dev/null)'
