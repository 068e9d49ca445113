#!/bin/sh
# Feed the inputs of tests/fuzz/ to the fuzz targets; netlists of the other tests join those of the target for netlists.
# Environment, from Makefile.am: top_srcdir, top_builddir.
set -eu
: "${top_srcdir:?}" "${top_builddir:?}"

for program in "$top_builddir"/tests/fuzz/fuzz_*; do
    target=${program##*fuzz_}
    [ -d "$top_srcdir/tests/fuzz/$target" ] || continue # its .o
    case $target in
    netlist | rawfile | circ) more="$top_srcdir/tests/valid $top_srcdir/tests/invalid" ;;
    *) more= ;;
    esac
    echo "replay: $target"
    # shellcheck disable=SC2086 # a list of words
    "$program" "$top_srcdir/tests/fuzz/$target" $more
done
