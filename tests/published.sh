#!/bin/sh
# Power grids whose solutions are published: by a factor, by multigrid, and by opspice-mpi with 1, 2 and 4 ranks.
#
#   published.sh   environment, from Makefile.am: OPSPICE, OPSPICE_MPI (the programs), OPSPICE_CORPUS, top_srcdir
set -u
export LC_ALL=C
: "${OPSPICE:?}" "${OPSPICE_MPI:?}" "${top_srcdir:?}"
grids=${OPSPICE_CORPUS-}/powergrid
[ -d "$grids" ] || { echo "published: no powergrid in OPSPICE_CORPUS; skipped"; exit 77; }

# shellcheck source=tests/scratch.sh
. "$top_srcdir/tests/scratch.sh"

# agrees VOLTS TOLERANCE WAY: every node of volts.txt has that potential in ours.csv.
agrees() {
    awk -F, -v tolerance="$2" '
    NR == FNR { if ($1 == "voltage") v[$2] = $3; next }
    { split($0, word, " "); node = tolower(word[1]); d = v[node] - word[2]; known += node in v; all++ }
    d > most || -d > most { most = d < 0 ? -d : d }
    END {
        if (all == 0 || known != all) print all - known " of " all + 0 " nodes are missing"
        else if (!(most <= tolerance)) print "off by " most " V"
    }' ours.csv "$1" >why
    [ ! -s why ] || wrong "$3: $(cat why)"
}

# published DECK VOLTS TOLERANCE: with the digits that are published.
published() {
    for way in $ways; do
        "$OPSPICE" --format=csv -o ours.csv --linear="$way" --stats "$1" >out 2>err || wrong "$1, $way: $(cat err)"
        case $way in cholesky) served='star-mesh\|cholesky' ;; multigrid) served=multigrid ;; esac
        grep -q "^Statistics: .* linear \($served\)$" out || wrong "$1, $way: $(grep Statistics out)"
        agrees "$2" "$3" "$1, $way"
    done
    for ranks in $all_ranks; do
        OPSPICE_MPI_SHARE=always OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_btl_vader_single_copy_mechanism=none \
            timeout 300 mpirun --quiet --allow-run-as-root --oversubscribe -n "$ranks" \
            "$OPSPICE_MPI" --format=csv -o ours.csv --stats "$1" >out 2>err || wrong "$1, $ranks ranks: $(cat err)"
        grep -q "^Statistics: .* linear multigrid, ranks $ranks$" out || wrong "$1, $ranks ranks: $(grep Statistics out)"
        agrees "$2" "$3" "$1, $ranks ranks"
    done
}

ways='cholesky multigrid' all_ranks='1 2 4'
[ -x "$OPSPICE_MPI" ] || { echo 'published: configure found no hypre and MPI: a factor alone'; ways=cholesky all_ranks=; }
command -v mpirun >/dev/null || { echo 'published: no mpirun: no ranks'; all_ranks=; }

sed 's/  */ /' "$grids/ibmpg1.solution" >volts.txt
published "$grids/ibmpg1.spice" volts.txt 1e-5 # six digits, and an error of its own (validation/compare)
published "$grids/iccad23-testcase11.sp" "$grids/iccad23-testcase11.voltage" 1e-9
{ echo 'A title'; cat "$grids/iccad23-testcase1-notitle.sp"; } >testcase1.sp
published testcase1.sp "$grids/iccad23-testcase1.voltage" 1e-9
# instance, terminal, layer, micrometres, volts: a node's name has 2000 to the micrometre
awk -F, 'NR > 1 { printf "ITermNode_%s_%.0f_%.0f %s\n", $3, 2000 * $4, 2000 * $5, $6 }' "$grids/openroad-gcd-vdd.voltage" >volts.txt
published "$grids/openroad-gcd-vdd.sp" volts.txt 1e-6

exit "$failed"
