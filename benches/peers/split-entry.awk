# Copies each entry line to POD.log.
match($0, /"pod":"[^"]*"/) { print > (substr($0, RSTART + 7, RLENGTH - 8) ".log") }
