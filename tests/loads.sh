#!/bin/sh
# A small netlist is done before a library for large ones could be loaded: neither CHOLMOD nor its BLAS is opened for
# it, nor for a large one of lines across others. That a long ladder opens them shows that this test can tell. And
# multigrid begins MPI without a process beside this one.
#
#   loads.sh      environment, from Makefile.am: OPSPICE (the program), top_srcdir
set -u
export LC_ALL=C
: "${OPSPICE:?}" "${top_srcdir:?}"

# shellcheck source=tests/scratch.sh
. "$top_srcdir/tests/scratch.sh"

# told SCRIPT ARGUMENT ...: what sed finds in what the loader tells of the program, and of others that it starts.
told() {
    script=$1
    shift
    LD_DEBUG=files "$OPSPICE" -b -r out.raw "$@" 2>&1 >/dev/null | sed -n "$script"
}

# opened ARGUMENT ...: the names of the libraries that the program opens.
opened() {
    told 's/.*calling init: .*\/\([^/]*\)$/\1/p' "$@"
}

# ladder STAGES CARD: a ladder of so many resistors with shunts, and one card at its end, e.
ladder() {
    echo ladder
    echo 'v1 n0 0 5'
    awk -v stages="$1" 'BEGIN {
        for (i = 1; i <= stages; i++)
            printf "r%d n%d n%d 1k\nrs%d n%d 0 1meg\n", i, i - 1, i, i, i
    }'
    echo "rend n$1 e 1k"
    printf '%b\n.model d d\n.end\n' "$2"
}

ladder 40000 'rlast e 0 1k' >large.cir
case $(opened large.cir) in
*cholmod*) ;;
*)
    echo 'skipped: loads: the loader does not tell what it opens'
    exit 77
    ;;
esac

# crossbar LINES: as many across as many others, with a cell of 10k to 30k at each crossing.
crossbar() {
    echo crossbar
    awk -v n="$1" 'BEGIN {
        for (i = 0; i < n; i++) {
            printf "v%d in%d 0 %g\n", i, i, (1 + i % 9) / 10
            for (j = 0; j < n; j++) {
                printf "rw%d_%d %s w%d_%d 1\n", i, j, j ? "w" i "_" (j - 1) : "in" i, i, j
                printf "rb%d_%d b%d_%d %s 1\n", i, j, i, j, i + 1 < n ? "b" (i + 1) "_" j : "0"
                printf "r%d_%d w%d_%d b%d_%d %d\n", i, j, i, j, i, j, 10000 + 5000 * ((i + 2 * j) % 5)
            }
        }
    }'
    echo .end
}

small() {
    libraries=$(opened small.cir | grep -i -e cholmod -e blas -e lapack -e metis)
    [ -z "$libraries" ] || wrong "$1 opens $libraries"
    [ -s out.raw ] || wrong "$1 has no answer"
    rm -f out.raw
}
for stages in 1 20 1000; do
    for card in 'rlast e 0 1k' 'd1 e 0 d' 'd1 e 0 i\n.model i d(ron=0)' 'd1 e 0 p\n.model p d(ron=1 vfwd=0.5)' \
        'd1 e 0 d\n.dc v1 0 5 1' 'i1 e f 1m\nd1 f 0 d\nd2 0 f d\nrf f g 1e-9\nrg g 0 1e9'; do
        ladder "$stages" "$card" >small.cir
        small "a ladder of $stages with $card"
    done
done
crossbar 110 >small.cir
small 'a crossbar of 110 lines'

ladder 1000 'rlast e 0 1k' >small.cir
begun=$(told 's/.*initialize program: //p' --linear=multigrid small.cir)
[ "$begun" = "$OPSPICE" ] || wrong "multigrid begins $begun"
exit "$failed"
