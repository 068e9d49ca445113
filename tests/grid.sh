#!/bin/sh
# What ranks share and the proof of it, with 1, 2 and 4 of them (check_grid.c).
# Environment, from Makefile.am: top_builddir.
set -u
: "${top_builddir:?}"

program=$top_builddir/tests/check_grid
[ -x "$program" ] || { echo "grid: no MPI here; skipped"; exit 77; }
command -v mpirun >/dev/null || { echo "grid: no mpirun here; skipped"; exit 77; }

# Ranks that wait let others go on: there may be more of them than cores.
export OMPI_MCA_mpi_yield_when_idle=1

# grid RANKS CIRCUITS: so many random ones of each kind. Open MPI wants to be told of root, and of more ranks than cores.
grid() {
    timeout 300 mpirun --allow-run-as-root --oversubscribe -n "$1" "$program" "$2" || {
        echo "grid: failed with $1 ranks"
        exit 1
    }
}

grid 1 8
grid 2 1
grid 4 1
