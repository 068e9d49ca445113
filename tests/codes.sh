#!/bin/sh
# The codes of diagnostics: the table of src/util/codes.h and the list of man/opspice-diagnostics.7 are the same, in
# order and with the same severities, and the source makes each of them.
#
#   codes.sh                environment, from Makefile.am: top_srcdir
set -eu
export LC_ALL=C
: "${top_srcdir:?}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

table=$top_srcdir/src/util/codes.h
page=$top_srcdir/man/opspice-diagnostics.7

sed -nE 's/^ *(WARNING|ERROR|OUTCOME|FAILURE)\(([A-Z_]*), "([a-z-]*)"\).*/\1 \2 \3/p' "$table" >"$work/rows"
awk 'BEGIN { word["WARNING"] = "warning"; word["ERROR"] = "error"; word["OUTCOME"] = "no answer"
             word["FAILURE"] = "system" }
     { print $3 " (" word[$1] ")" }' "$work/rows" >"$work/table"
sed -n '/^\.SH CODES/,/^\.SH EXAMPLES/s/^\.BR \([a-z\\-]*\) " \(([a-z ]*)\)"$/\1 \2/p' "$page" | tr -d "\\134" >"$work/page"

status=0
if [ ! -s "$work/table" ] || ! diff -u "$work/table" "$work/page"; then
    echo "codes: - $table, + $page"
    status=1
fi
cat "$top_srcdir"/src/*/*.[ch] "$top_srcdir"/grammar/*.[chyl] | tr -c 'A-Z_' '\n' | sort -u >"$work/words"
while read -r severity identifier name; do
    if ! grep -qx "${severity}_$identifier" "$work/words"; then
        echo "codes: nothing makes $name (${severity}_$identifier)"
        status=1
    fi
done <"$work/rows"
[ "$status" != 0 ] || echo "codes: $(wc -l <"$work/rows") codes"
exit "$status"
