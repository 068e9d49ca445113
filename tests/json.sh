#!/bin/sh
# The schema of --format=json that the manual has, against what the program prints of the golden netlists: json_schema.py.
#
#   json.sh         environment, from Makefile.am: OPSPICE (the program), top_srcdir
set -eu
: "${OPSPICE:?}" "${top_srcdir:?}"

command -v python3 >/dev/null || {
    echo "skipped: json: there is no python3"
    exit 77
}
# To look for leaks takes a process longer than its netlist: tests/fuzz/replay.sh does, after all of them in one.
ASAN_OPTIONS=detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}
export ASAN_OPTIONS
exec python3 "$top_srcdir/tests/json_schema.py" "$OPSPICE" "$top_srcdir/man/opspice.1" "$top_srcdir"/tests/valid/*.cir \
    "$top_srcdir"/tests/invalid/*.cir none.cir
