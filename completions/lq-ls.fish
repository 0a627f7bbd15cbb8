# Completion of lq-ls for fish: asks the tool itself.
complete --command lq-ls --keep-order --no-files --arguments '(COMPLETE=fish lq-ls -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token) 2>/dev/null)'
