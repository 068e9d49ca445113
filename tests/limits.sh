#!/bin/sh
# The rows of validation/limits, with small decks: each ends with a proved answer or an error at its place.
#
#   limits.sh      environment, from Makefile.am: OPSPICE (the program), top_srcdir
set -u
export LC_ALL=C
: "${OPSPICE:?}" "${top_srcdir:?}"

command -v python3 >/dev/null || {
    echo "skipped: limits: there is no python3"
    exit 77
}
seconds=60
case ${CC-} in
*-fsanitize*)
    echo "skipped: limits: a sanitizer needs more address space than the limit leaves"
    exit 77
    ;;
*--coverage*) seconds=300 ;; # lines that count themselves are slow
esac
exec python3 "$top_srcdir/validation/limits" --small --wrong --seconds $seconds --memory 600 "$OPSPICE"
