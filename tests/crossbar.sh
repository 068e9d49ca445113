#!/bin/sh
# Crossbars with cells of several kinds, large enough to be iterated with a spanning tree, and a grid with ideal diodes
# across, iterated with multigrid: the same answers as by a factor, proved; also along a sweep.
#
#   crossbar.sh      environment, from Makefile.am: OPSPICE (the program), top_srcdir
set -u
export LC_ALL=C
: "${OPSPICE:?}" "${top_srcdir:?}"

# shellcheck source=tests/scratch.sh
. "$top_srcdir/tests/scratch.sh"

# crossbar LINES CELL CARD: in each cell a resistor, and where CELL is not "none" a diode d behind it.
crossbar() {
    echo crossbar
    awk -v n="$1" -v cell="$2" 'BEGIN {
        for (i = 0; i < n; i++) {
            printf "v%d in%d 0 %g\n", i, i, (1 + i % 9) / 10
            for (j = 0; j < n; j++) {
                printf "rw%d_%d %s w%d_%d 1\n", i, j, j ? "w" i "_" (j - 1) : "in" i, i, j
                printf "rb%d_%d b%d_%d %s 1\n", i, j, i, j, i + 1 < n ? "b" (i + 1) "_" j : "0"
                end = cell == "none" ? "b" : "m"
                printf "r%d_%d w%d_%d %s%d_%d %d\n", i, j, i, j, end, i, j, 10000 + 5000 * ((i + 2 * j) % 5)
                if (cell != "none")
                    printf "d%d_%d m%d_%d b%d_%d d\n", i, j, i, j, i, j
            }
        }
    }'
    printf '%b\n.end\n' "$3"
}

# proved METHOD: the answers of deck.cir, to METHOD.csv.
proved() {
    "$OPSPICE" --linear="$1" --certificate --format=csv -o "$1.csv" deck.cir >certificate 2>err || wrong "$1: $(cat err)"
    grep -q '^Certificate: proved' certificate || wrong "$1 has no proof: $(cat certificate)"
}

# grid SIDE DIODES: resistors between neighbours, and so many ideal diodes between some of them.
grid() {
    echo grid
    awk -v n="$1" -v diodes="$2" 'BEGIN {
        srand(1)
        print "v1 n0_0 0 1"
        for (i = 0; i < n; i++)
            for (j = 0; j < n; j++) {
                if (i + 1 < n) printf "ra%d_%d n%d_%d n%d_%d %.3g\n", i, j, i, j, i + 1, j, 0.5 + 1.5 * rand()
                if (j + 1 < n) printf "rb%d_%d n%d_%d n%d_%d %.3g\n", i, j, i, j, i, j + 1, 0.5 + 1.5 * rand()
            }
        for (k = 0; k < diodes; k++) {
            i = int((n - 1) * rand()); j = int((n - 1) * rand())
            a = "n" i "_" j; b = rand() < 0.5 ? "n" (i + 1) "_" j : "n" i "_" (j + 1)
            if (rand() < 0.5) { t = a; a = b; b = t }
            printf "d%d %s %s d\n", k, a, b
        }
        printf "rl n%d_%d 0 1\n", n - 1, n - 1
    }'
    printf '.model d d(ron=0)\n.op\n.end\n'
}

# same WHAT [METHOD]: all numbers of both within 1e-9 of each other, or 1e-15.
same() {
    proved "${2:-serial}"
    proved cholesky
    paste -d, "${2:-serial}.csv" cholesky.csv | awk -F, -v what="$1" '
        function size(x) { return x < 0 ? -x : x }
        {
            half = NF / 2
            for (k = 1; k <= half; k++) {
                a = $k; b = $(k + half)
                number = a ~ /^[-+.0-9]/ && b ~ /^[-+.0-9]/
                if (a != b && !(number && size(a - b) <= 1e-9 * size(a) + 1e-15)) {
                    printf "%s: line %d, field %d: %s and %s\n", what, NR, k, a, b
                    exit 1
                }
                compared++
            }
        }
        END { exit compared < 1000 }' || wrong "$1: another answer"
}

# steps_once NETLIST: does it take one outer step by multigrid?
steps_once() { "$OPSPICE" -b --stats --linear=multigrid -r "$1.raw" "$1" 2>&1 | grep -q 'outer steps 1,'; }

crossbar 105 none .op >deck.cir
same resistors
crossbar 85 exponential '.model d d(is=1e-12)\n.op' >deck.cir
same 'exponential diodes'
crossbar 85 ideal '.model d d(ron=0 vfwd=0.2)\n.op' >deck.cir
same 'ideal diodes'
crossbar 105 none '.dc v3 0 1 0.05' >deck.cir
same 'a sweep'
grid 60 3000 >deck.cir
if ! "$OPSPICE" --linear=multigrid deck.cir 2>&1 >/dev/null | grep -q 'needs hypre'; then
    same 'a grid' multigrid
    steps_once deck.cir && wrong 'many diodes: a set is tried before it has settled'
    grid 60 100 >few.cir
    steps_once few.cir || wrong 'few diodes: a set is not tried at once'
fi
exit "$failed"
