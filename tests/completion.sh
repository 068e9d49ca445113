#!/bin/sh
# The completion for bash: every long option of --help and of the program is offered, and their values.
#
#   completion.sh      environment, from Makefile.am: OPSPICE (the program), top_srcdir
set -eu
export LC_ALL=C
: "${OPSPICE:?}" "${top_srcdir:?}"

if ! command -v bash >/dev/null; then
    echo "skipped: completion: there is no bash"
    exit 77
fi
bash -n "$top_srcdir/completion/opspice"

# candidates WORD ...: what is offered for the last word of a command line of the program.
program=opspice
candidates() {
    bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "_${1//-/_}"; printf "%s\n" "${COMPREPLY[@]}"' \
        "$top_srcdir/completion/$program" "$program" "$@"
}

failed=0

# offers WORDS EXPECTED: expected stands in a line of its own of what is offered for the words.
offers() {
    # shellcheck disable=SC2086 # several words
    if ! candidates $1 | grep -q -x -e "$2"; then
        echo "$1: $2 is not offered, but $(candidates $1 | tr '\n' ' ')"
        failed=1
    fi
}

# The long options in the tables of a program's source: its own, and ngspice's.
options_of() {
    {
        sed -n '/^#define NGSPICE_OPTIONS/,/^$/p' "$top_srcdir/src/program/netlist_options.h"
        sed -n '/^static const struct option long_options/,/};/p' "$top_srcdir/src/program/$1"
    } | sed 's/{"/\n{"/g' | sed -n 's/^{"\([a-z-]*\)", 1.*/--\1=/p; s/^{"\([a-z-]*\)", 0.*/--\1/p'
}

for option in $("$OPSPICE" --help | grep -o -e '--[a-z][a-z-]*' | sort -u); do
    offers -- "$option=\\{0,1\\}"
done
# shellcheck disable=SC2013 # names of options have no blanks
for option in $(options_of opspice_command.c); do
    offers -- "$option"
done
for value in auto cd newton; do
    "$OPSPICE" --solver="$value" --help >/dev/null
    offers "--solver = ${value%?}" "$value"
done
offers "--solver =" newton
offers "--diode = i" ideal
offers "--format = j" json
offers "--certificate = i" interval
offers "-D filetype=a" filetype=ascii
[ "$(candidates --ver)" = --version ] || failed=1
[ -z "$(candidates deck.c)" ] || failed=1

# opspice-mpi: the tables of its options are all that is needed of it
program=opspice-mpi
bash -n "$top_srcdir/completion/$program"
# shellcheck disable=SC2013
for option in $(options_of mpi_main.c); do
    offers -- "$option"
done
offers "--format = c" csv
offers "--linear = m" multigrid
offers "--format = j" json
offers "--diode = i" ideal
offers "-D filetype=a" filetype=ascii
exit "$failed"
