#!/bin/sh
# What ranks share and the proof of it, with 1, 2 and 4 of them (check_grid.c).
# Environment, from Makefile.am: top_builddir.
set -u
: "${top_builddir:?}"

program=$top_builddir/tests/check_grid
[ -x "$program" ] || { echo "grid: no MPI here; skipped"; exit 77; }
command -v mpirun >/dev/null || { echo "grid: no mpirun here; skipped"; exit 77; }

# Open MPI wants to be told of root, and of more ranks than cores.
for ranks in 1 2 4; do
    timeout 300 mpirun --allow-run-as-root --oversubscribe -n "$ranks" "$program" || {
        echo "grid: failed with $ranks ranks"
        exit 1
    }
done
