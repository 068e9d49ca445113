#!/bin/sh
# opspice-mpi with 1, 2 and 4 ranks beside opspice: answers, files, messages, and what ends it.
#
#   mpi.sh      environment, from Makefile.am: OPSPICE, OPSPICE_MPI (the programs), OPSPICE_CORPUS, top_srcdir
set -u
export LC_ALL=C
: "${OPSPICE:?}" "${OPSPICE_MPI:?}" "${top_srcdir:?}"

[ -x "$OPSPICE_MPI" ] || { echo "skipped: mpi: configure found no hypre and MPI"; exit 77; }
command -v mpirun >/dev/null || { echo "skipped: mpi: there is no mpirun"; exit 77; }

# shellcheck source=tests/scratch.sh
. "$top_srcdir/tests/scratch.sh"

# Ranks that wait let others go on: there may be more of them than cores. mpirun says of each status but 0 what it thinks
# of it, unless it is to be quiet.
export OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
# Small files are shared too, until the last section.
export OPSPICE_MPI_SHARE=always
ranks() {
    count=$1
    shift
    timeout 300 mpirun --quiet --allow-run-as-root --oversubscribe -n "$count" "$OPSPICE_MPI" "$@"
}

# ---- answers ----

# same FILE FILE: two ascii rawfiles have the same head but for the date, and values within 1e-9 of the largest one.
same() {
    awk '
    FNR == 1 { file++; values = 0; q = 0 }
    /^Date: / { next }
    !values { head[file, ++lines[file]] = $0 "" }
    values { x = $NF + 0; value[file, ++q] = x; kind = x < 0 ? -x : x; if (file == 1 && kind > most) most = kind }
    /^Values:/ { values = 1 }
    { count[file] = q }
    END {
        for (l = 1; l <= lines[1] || l <= lines[2]; l++)
            if (lines[1] != lines[2] || head[1, l] != head[2, l]) { print "their heads differ"; exit 1 }
        if (count[1] != count[2] || count[1] == 0) { print count[1] + 0 " and " count[2] + 0 " values"; exit 1 }
        for (q = 1; q <= count[1]; q++) {
            d = value[1, q] - value[2, q]
            if (d > 1e-9 * most || d < -1e-9 * most) {
                print "value " q ": " value[1, q] " and " value[2, q]
                exit 1
            }
        }
    }' "$1" "$2"
}

# agrees DECK RANKS ...: with opspice, whose messages are the same, with each of these numbers of ranks.
agrees() {
    deck=$1
    shift
    "$OPSPICE" -D filetype=ascii -r one.raw "$deck" >one.out 2>one.err || wrong "opspice $deck: $(cat one.err)"
    for n; do
        rm -f many.raw
        ranks "$n" -D filetype=ascii -r many.raw "$deck" >many.out 2>many.err ||
            wrong "$deck: status $? with $n ranks: $(head -c 500 many.err)"
        cmp -s one.err many.err || wrong "$deck: other messages with $n ranks: $(diff one.err many.err | head -20)"
        cmp -s one.out many.out || wrong "$deck: another log with $n ranks: $(diff one.out many.out | head -20)"
        why=$(same one.raw many.raw) || wrong "$deck: $n ranks: $why"
    done
}

# A grid with sources at its corners, of resistors between 1 and 2 ohm.
awk 'BEGIN {
    print "A grid"
    for (i = 0; i < 40; i++)
        for (j = 0; j < 40; j++) {
            if (j < 39) printf "Rx%d_%d n%d_%d n%d_%d %.3f\n", i, j, i, j, i, j + 1, 1 + (i * 7 + j * 3) % 10 / 10
            if (i < 39) printf "Ry%d_%d n%d_%d n%d_%d %.3f\n", i, j, i, j, i + 1, j, 1 + (i * 3 + j * 7) % 10 / 10
            if ((i * 31 + j) % 3 == 0) printf "I%d_%d n%d_%d 0 %dm\n", i, j, i, j, 1 + (i + j) % 9
        }
    print "V1 n0_0 0 1.8\nV2 n39_39 0 1.8\nL1 n0_39 n39_0 1u\nC1 n1_1 0 1p\n.op\n.end"
}' >grid.cir
agrees grid.cir 1 2 4
sed 's/$/\r/' grid.cir >returns.cir
agrees returns.cir 2

# All that common cards may be: definitions and options behind what needs them, elements in conditions and files that are
# included, continuation lines with comments between, blocks that are cut nowhere, what stands behind .end.
cat >cells.inc <<'END'
* a cell, and an element beside it
.subckt cell a b params: r=1k
R1 a m {r}
R2 m b {2 * r}
Rm m 0 10k
.ends
Rinc in inc 50
Vinc inc 0 {supply / 2}
END
awk 'BEGIN {
    print "Common cards"
    print "* comments before the first card\n\n; another\n.options savecurrents"
    for (k = 0; k < 60; k++) {
        print "Rs" k "  s" k
        print "* between the lines of a card\n"
        print "+ s" k + 1 ", {base"
        print "+ * " k + 1 "}"
        print "Xc" k " s" k " t" k " cell r=" 100 + k
        print "Rt" k " t" k " 0 1k $ a comment"
        if (k == 20) print ".include cells.inc\n.param base = 3"
        if (k == 40) print ".if (supply > 3)\nRif s5 0 77\nDif s7 0 dm\n.else\nRelse s5 0 1\n.endif"
    }
    print "Vin in 0 {supply}\nRin in s0 1\n.global s3\n.param supply=5\n.nodeset v(s1)=2"
    print ".model dm d(ron=10 roff=1meg vfwd=0.7)\n.op\n.end\nRbehind s1 0 zero"
}' >common.cir
agrees common.cir 1 2 4
printf '.save v(s59) i(vin) v(s1) v(s40) v(t3) @rin[i]\n' | sed '1r /dev/stdin' common.cir >saving.cir
agrees saving.cir 3

agrees "$top_srcdir/netlists/ladder.cir" 4
cp "$top_srcdir/tests/valid/floating-battery.cir" .
agrees floating-battery.cir 3
agrees "$top_srcdir/netlists/powergrid.cir" 2
# Ideal diodes that meet nothing but diodes, and a part whose potential has to rise before one lets its current out.
for deck in current-through-diode current-divided pulled-backwards piecewise-defaults breakdown-path; do
    cp "$top_srcdir/tests/valid/$deck.cir" .
    agrees $deck.cir 2
done
# Where the iterations of all come to no end, or to nothing that is proved, one rank has a factor.
for deck in teravolt steep-tangents near-ideal-corner source-behind-tiny-resistances blocking-junctions-without-gmin \
    hidden-currents parallel-dead-end; do
    cp "$top_srcdir/tests/valid/$deck.cir" .
    agrees $deck.cir 2
done
ranks 2 --stats -o list.txt teravolt.cir >many.out 2>&1 || wrong "teravolt: $(cat many.out)"
grep -q '^Statistics: solver [a-z]*, linear star-mesh$' many.out || wrong "teravolt: $(grep Statistics many.out)"
ranks 2 -o list.txt - <teravolt.cir >many.out 2>many.err
[ $? = 3 ] || wrong "what cannot be read again: $(cat many.err)"
grep -q 'error: n' many.err || wrong "what cannot be read again has no error: $(cat many.err)"
for deck in ibmpg1.spice iccad23-testcase1-notitle.sp openroad-gcd-vdd.sp; do
    if [ -f "$OPSPICE_CORPUS/powergrid/$deck" ]; then
        agrees "$OPSPICE_CORPUS/powergrid/$deck" 1 2 4
    else
        echo "skipped: mpi: no powergrid/$deck in OPSPICE_CORPUS"
    fi
done

# ---- files ----

# layout FORMAT OPTIONS: the same words as opspice writes; numbers as near as it prints them.
layout() {
    # shellcheck disable=SC2086 # options of several words
    "$OPSPICE" $1 common.cir >one.out 2>one.err
    # shellcheck disable=SC2086
    ranks 3 $1 common.cir >many.out 2>many.err || wrong "$1: status $?: $(cat many.err)"
    awk '
    { words[FILENAME == "one.out" ? 1 : 2, FNR] = $0; lines[FILENAME == "one.out" ? 1 : 2] = FNR }
    END {
        if (lines[1] != lines[2]) { print lines[1] " and " lines[2] " lines"; exit 1 }
        for (l = 1; l <= lines[1]; l++) {
            p = split(words[1, l], x, /[ \t,]+/)
            if (p != split(words[2, l], y, /[ \t,]+/)) { print words[1, l] " but " words[2, l]; exit 1 }
            for (w = 1; w <= p; w++) {
                d = x[w] - y[w]
                if (x[w] != y[w] && (x[w] !~ /[0-9]/ || d * d > 1e-10 * x[w] * x[w] + 1e-24)) {
                    print words[1, l] " but " words[2, l]
                    exit 1
                }
            }
        }
    }' one.out many.out >why || wrong "$1: $(cat why)"
}
layout ''
layout --format=csv

# A report, with all that may be asked of it: the same rows, numbers within rounding.
awk 'BEGIN {
    print "Two layers"
    for (l = 1; l <= 2; l++)
        for (x = 0; x < 9; x++)
            for (y = 0; y < 7; y++) {
                if (l == 1 && x < 8) printf "RX%d_%d n1_m1_%d_%d n1_m1_%d_%d %.2f\n", x, y, x, y, x + 1, y, 1 + (x * 5 + y * 3) % 11 / 7
                if (l == 2 && y < 6) printf "RY%d_%d n1_m2_%d_%d n1_m2_%d_%d %.2f\n", x, y, x, y, x, y + 1, 1 + (x * 3 + y * 5) % 13 / 9
                if (l == 2) printf "RV%d_%d n1_m1_%d_%d n1_m2_%d_%d 0.1\nI%d_%d n1_m1_%d_%d 0 %.2fm\n", x, y, x, y, x, y, x, y, x, y, 1 + (x * 7 + y) % 17 / 8
            }
    print "Xp n1_m2_4_3 vdd pad\nVdd vdd 0 1.1\nRlost lost1 lost2 1k\n.subckt pad a b\nRp a b 0.05\n.ends\n.op\n.end"
}' >layers.cir
printf 'm1,3m\nm1-m2,4m\nr.xp.rp,1\nm7,1\n' >limits.csv
printf 'n1_m2_4_3,top,1,2\nn1_m1_0_0,low,0,0\nnowhere,low,1,1\n' >places.csv
for details in '' '--net=n1 --worst=3' --current-limit=limits.csv --coordinates=places.csv; do
    # shellcheck disable=SC2086 # options of several words
    "$OPSPICE" --report=one.csv --report=one.html $details layers.cir >one.out 2>one.err
    for n in 1 2 4; do
        rm -f many.csv many.html
        # shellcheck disable=SC2086
        ranks $n --report=many.csv --report=many.html $details layers.cir >many.out 2>many.err ||
            wrong "report $details: status $?: $(cat many.err)"
        cmp -s one.err many.err || wrong "report $details: $(diff one.err many.err | head -20)"
        for file in one many; do
            tr ',' ' ' <$file.csv | sed '/^proof/d' | awk '{
                for (w = 1; w <= NF; w++) if ($w ~ /^-?[0-9.]+(e[-+]?[0-9]+)?$/) $w = sprintf("%.7g", $w)
                print
            }' >$file.rows
        done
        cmp -s one.rows many.rows || wrong "report $details, $n ranks: $(diff one.rows many.rows | head -8)"
        grep -q '^proof,proved,' many.csv || wrong "report $details: $(tail -n 2 many.csv)"
        [ "$(grep -c 'class="map"' many.html)" = "$(grep -c 'class="map"' one.html)" ] || wrong "report $details: maps"
        grep -q '<title>Two layers' many.html || wrong "report $details: $(head -c 300 many.html)"
    done
done

# A binary rawfile is that of opspice but for the date and the last bits of its numbers; the netlist may be a pipe.
"$OPSPICE" -r one.raw grid.cir >/dev/null
ranks 2 -r many.raw - <grid.cir >many.out 2>many.err || wrong "a netlist from standard input: $(cat many.err)"
head_of() { sed '/^Date: /d; /^Binary:/q' "$1"; }
[ "$(head_of one.raw | cksum)" = "$(head_of many.raw | cksum)" ] || wrong 'the heads of binary rawfiles differ'
[ "$(wc -c <one.raw)" = "$(wc -c <many.raw)" ] || wrong 'binary rawfiles have other sizes'
if command -v iconv >/dev/null; then
    { printf '\377\376'; iconv -f UTF-8 -t UTF-16LE grid.cir; } >wide.cir
    ranks 3 -r wide.raw wide.cir >/dev/null 2>&1 || wrong 'a netlist in UTF-16'
    cmp -s wide.cir grid.cir && wrong 'UTF-16 is the same'
    [ "$(head_of wide.raw | cksum)" = "$(head_of many.raw | cksum)" ] || wrong 'UTF-16 is read otherwise'
fi
ranks 2 --certificate --stats -o list.txt grid.cir >many.out 2>&1 || wrong "certificate: $(cat many.out)"
grep -q '^Certificate: proved within 1e-09$' many.out || wrong "no certificate: $(cat many.out)"
grep -q '^Statistics: solver newton, linear multigrid, ranks 2$' many.out || wrong "no statistics: $(cat many.out)"
grep -q 'v1#branch' list.txt || wrong 'no listing in -o'

# ---- messages ----

# complains DECK: as opspice does, with the same status.
complains() {
    "$OPSPICE" "$1" >/dev/null 2>one.err
    status=$?
    [ "$status" != 0 ] || wrong "$1: opspice finds nothing wrong"
    ranks 3 "$1" >/dev/null 2>many.err
    [ $? = "$status" ] || wrong "$1: another status than $status"
    cmp -s one.err many.err || wrong "$1: $(diff one.err many.err | head -20)"
}
cp -r "$top_srcdir/tests/invalid/include" .
for deck in blocks duplicate-element include-error include-missing lenient-limits library-needed missing-model \
    resistor-models; do
    cp "$top_srcdir/tests/invalid/$deck.cir" .
    complains $deck.cir
done
# So many that most are counted, on all ranks; names that two ranks have; instances too.
awk 'BEGIN {
    print "Mistakes"
    for (k = 0; k < 200; k++)
        print "R" k " a" k " 0 " (k % 3 == 0 ? "wrong" : "1k") "\nR" (k % 50 == 49 ? k - 30 : "v" k) " a" k " b 1\nX" k % 190 " a" k " cell"
    print "Vb b 0 1\n.subckt cell p\nRp p 0 1k\nRq p 0 much\n.ends\n.end"
}' >mistakes.cir
complains mistakes.cir
printf 'Not a text\nr1 a 0 1\nr2 a 0 \0\nr3 a 0 1\nv1 a 0 1\n.end\n' >nul.cir
complains nul.cir
: >empty.cir
complains empty.cir

# refused STATUS TEXT OPTION ...: one line says so, once.
refused() {
    expected=$1 text=$2
    shift 2
    ranks 2 "$@" >out 2>err </dev/null
    status=$?
    [ $status = "$expected" ] || wrong "status $status of $*: $(cat err)"
    [ "$(grep -cF -e "$text" err)" = 1 ] || wrong "$*: does not say \"$text\" once but: $(cat err)"
}
refused 2 'opspice-mpi: cannot understand the option --pot=x.svg; see opspice-mpi --help' --pot=x.svg grid.cir
refused 2 '--plot is of files of up to 16 MB, which one rank solves' --plot=x.svg grid.cir
refused 2 '--format=json is of files of up to 16 MB, which one rank solves' --format=json grid.cir
refused 2 '--format is listing, csv or json, not yaml' --format=yaml grid.cir
refused 2 '--worst is of a report: give --report=FILE' --worst=3 grid.cir
refused 2 '--report writes FILE.html or FILE.csv, not x.pdf' --report=x.pdf grid.cir
refused 2 '--report and another option write to one file' --report=x.csv -o x.csv grid.cir
cp grid.cir grid.csv
refused 2 'grid.csv belongs to the netlist: it is not written over' --report=grid.csv grid.csv
refused 4 'opspice-mpi: cannot write nowhere/x.csv: No such file or directory' --report=nowhere/x.csv grid.cir
refused 4 'cannot read none.csv: No such file or directory' --report=x.csv --coordinates=none.csv -r early.raw grid.cir
echo m1,much >much.csv
refused 1 'much.csv:1:4: error: a current above 0 is expected here' --report=x.csv --current-limit=much.csv -r early.raw grid.cir
[ ! -e early.raw ] || wrong 'what is wrong with the files of a report is found after the answer'
refused 2 '--linear cannot be klu' --linear=klu grid.cir
refused 2 '--tolerance cannot be 2' --tolerance=2 grid.cir
refused 2 'grid.cir belongs to the netlist: it is not written over' -r grid.cir grid.cir
refused 4 'opspice-mpi: cannot read nowhere.cir: No such file or directory' nowhere.cir
refused 4 'opspice-mpi: cannot write nowhere/x.raw: No such file or directory' -r nowhere/x.raw grid.cir
[ ! -w /dev/full ] || refused 4 'opspice-mpi: cannot write /dev/full: No space left on device' -r /dev/full grid.cir
sed 's/^\.op/.dc v1 0 1 1/' grid.cir >sweep.cir
sed 's/v(s1) v(s40)/v(s1,s40)/' saving.cir >pair.cir
refused 0 'pair.cir:2:21: warning: the nodes are saved if they lie in the same part of the netlist' pair.cir
refused 1 'is for opspice: opspice-mpi finds one operating point' sweep.cir
ranks 2 --op -o list.txt sweep.cir >/dev/null 2>err || wrong "--op: $(cat err)"
cp grid.cir transistor.cir
sed -i 's/^\.op/q1 n3_3 n4_4 0 qm\n.model qm npn/' transistor.cir
refused 1 'q1 is for opspice, a bipolar transistor: opspice-mpi takes R, C, L, V, I and D' transistor.cir
sed 's/^R2 m b .*/E2 m b a 0 2/' cells.inc >controlled.inc
sed 's/cells.inc/controlled.inc/' common.cir >controlled.cir
refused 1 'E2 is for opspice, a voltage-controlled voltage source: opspice-mpi takes R, C, L, V, I and D' controlled.cir

sed 's/^R2 m b .*/R2 m b -1k/' cells.inc >negative.inc
sed 's/cells.inc/negative.inc/' common.cir >negative.cir
refused 1 'R2 is for opspice, a negative resistance' negative.cir
sed 's/^\.op/r1 n3_3 0 {1k*v(n4_4)}/' grid.cir >answer.cir
refused 1 'r1 is for opspice, an element that the answer controls' answer.cir

# ---- a rank that dies ----

# Rank 0 waits for a pipe into which nothing comes; the other one is killed.
cp one.raw old.raw
mkfifo pipe.cir
exec 9<>pipe.cir
mpirun --quiet --allow-run-as-root --oversubscribe -n 2 "$OPSPICE_MPI" -r old.raw pipe.cir >out 2>err 9<&- &
job=$!
rank=
for _ in $(seq 100); do
    for at in /proc/[0-9]*; do
        if [ "$(cat "$at/comm" 2>/dev/null)" = opspice-mpi ] && grep -qz '^OMPI_COMM_WORLD_RANK=1$' "$at/environ" 2>/dev/null &&
            [ "$(awk '{ print $4 }' "$at/stat")" = "$job" ]; then
            rank=${at#/proc/}
        fi
    done
    [ -z "$rank" ] || break
    sleep 0.1
done
sleep 0.5
if [ -n "$rank" ]; then
    kill -9 "$rank"
    wait "$job"
    status=$?
    [ "$status" != 0 ] || wrong 'a rank was killed, and the status is 0'
    cmp -s one.raw old.raw || wrong 'a rank was killed, and a file was written'
    [ "$(find . -name '.opspice-*')" = '' ] || wrong 'a rank was killed, and half a file is there'
else
    kill "$job"
    wrong 'there is no second rank'
fi
exec 9>&-

# ---- what is one rank's ----

# alone OPTION ... DECK: what opspice prints, and with its status.
unset OPSPICE_MPI_SHARE
alone() {
    "$OPSPICE" "$@" >one.out 2>one.err
    status=$?
    ranks 2 "$@" >many.out 2>many.err
    [ $? = $status ] || wrong "$*: another status than $status"
    cmp -s one.err many.err || wrong "$*: $(diff one.err many.err | head -20)"
    for out in one many; do # but for dates and times
        sed 's/ [A-Z][a-z][a-z] [A-Z][a-z][a-z] .*//; /"date"/d; s/"seconds".*//' $out.out >$out.txt
    done
    cmp -s one.txt many.txt || wrong "$*: $(diff one.txt many.txt | head -20)"
}
cp "$top_srcdir/tests/valid/solar-string.cir" "$top_srcdir/tests/invalid/current-blocked.cir" .
alone solar-string.cir
alone current-blocked.cir
alone --certificate controlled.cir
alone --format=json --solver=newton common.cir
ranks 2 --report=report.csv -r many.raw grid.cir >many.out 2>&1 || wrong "--report: $(cat many.out)"
"$OPSPICE" --report=one.csv -r one.raw grid.cir >one.out 2>&1
cmp -s one.csv report.csv || wrong 'another report'
[ "$(wc -c <one.raw)" = "$(wc -c <many.raw)" ] || wrong 'binary rawfiles of one rank have other sizes'
{ cat grid.cir; yes '* a comment that makes the file longer than what is one rank is to have alone' | head -n 250000; } >long.cir
refused 2 '--threads is of files of up to 16 MB, which one rank solves' --threads=1 long.cir

exit "$failed"
