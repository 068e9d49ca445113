#!/bin/sh
# What the system can do to a program: full disks, folders that cannot be written, closed descriptors, pipes that nobody
# reads, signals at any moment, too little memory. Each time the status and the message say what happened, an old file
# stays whole or a new one is whole, and nothing is left beside it.
#
#   faults.sh      environment, from Makefile.am: OPSPICE, OPSPICE_TRAIN (the programs)
# shellcheck disable=SC2086 # options of several words
set -u
export LC_ALL=C
: "${OPSPICE:?}" "${OPSPICE_TRAIN:?}"
PATH=$PATH:/sbin:/usr/sbin

# A small disk of our own: in a name space where that needs no root.
if [ "${1-}" = --disk ]; then
    mount -t tmpfs -o size=256k none disk 2>/dev/null || exit 77
    cd disk || exit 1
    # shellcheck source=/dev/null # it is below
    . ../on-disk.sh
    exit 0
fi
small_network='--data=data --layers=32,20,10 --beta=0.01'
here=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
echo 0 >failed
row=

# The table: row NAME begins a row, wrong says what is wrong with it; rows that are right are shown as such.
row() {
    [ -z "$row" ] || echo "faults: $row: ${said:-as it should be}"
    row=$1
    said=
}
wrong() {
    said="wrong: $*"
    echo "faults: $row: $*" >&2
    echo 1 >failed
}

# ends STATUS TEXT COMMAND ...: the command ends so, and says so.
ends() {
    expected=$1 text=$2
    shift 2
    "$@" >out 2>err
    status=$?
    [ "$status" = "$expected" ] || wrong "status $status and not $expected of $*: $(head -c 200 err)"
    if [ -n "$text" ]; then
        grep -q -e "$text" err || wrong "no message \`$text' of $*: $(head -c 200 err)"
    fi
}

# The bytes up to and with the line `Binary:` of a rawfile.
header_size() {
    awk '{ size += length($0) + 1 } /^Binary:$/ { print size; exit }' "$1"
}

# Nothing unfinished is left in this folder.
clean() {
    left=$(find . -name '.opspice*' -o -name '*.svg.[0-9]*')
    [ -z "$left" ] || wrong "left behind: $left"
}

# ---- decks and data --------------------------------------------------------------------------------------------------

printf 'A divider\nv1 in 0 2\nr1 in out 1k\nr2 out 0 1k\n.op\n.end\n' >small.cir
printf 'A sweep\nv1 in 0 2\nr1 in out 1k\nr2 out 0 1k\n.dc v1 0 1 1e-3\n.print dc v(out)\n.end\n' >sweep.cir
divider='v1 in 0 2\nr1 in out 1k\nr2 out 0 1k'
printf 'A script\n%b\n.control\nop\nprint v(out)\necho hello\n.endc\n.end\n' "$divider" >script.cir
printf 'Without end\n%b\n.control\nwhile 1\nop\nwrite loop.raw\nend\n.endc\n.end\n' "$divider" >loop.cir
awk 'BEGIN {
    print "A grid\nv1 n0_0 0 1"
    for (y = 0; y < 120; y++)
        for (x = 0; x < 120; x++)
            printf "ra%d_%d n%d_%d n%d_%d 1\nrb%d_%d n%d_%d n%d_%d 1\nrc%d_%d n%d_%d 0 1k\n", \
                x, y, x, y, x + 1, y, x, y, x, y, x, y + 1, x, y, x, y
    print ".op\n.end" }' >grid.cir
sed -e 's/^A grid/A long sweep/' -e 's/^\.op/.dc v1 0 1 1e-5\n.print dc v(n60_60)/' grid.cir >long.cir
printf 'broken\nr1 a 0 x\n' >broken.cir

# shellcheck source=tests/idx.sh
. "${here%/*}/idx.sh"
train() {
    "$OPSPICE_TRAIN" $small_network --threads=1 "$@"
}

# ---- full disks ------------------------------------------------------------------------------------------------------

full='No space left on device'
row "full device, listing on standard output"
for deck in small sweep script; do
    "$OPSPICE" $deck.cir >/dev/full 2>err
    [ $? = 4 ] || wrong "status of $deck"
    grep -q "$full" err || wrong "message of $deck: $(cat err)"
done
for options in --format=csv --format=json -s "--certificate --stats"; do
    # shellcheck disable=SC2086 # words
    "$OPSPICE" $options small.cir >/dev/full 2>err
    [ $? = 4 ] || wrong "status of $options"
    grep -q "$full" err || wrong "message of $options: $(cat err)"
done
row "full device, -o and -r"
ends 4 "cannot write /dev/full: $full" "$OPSPICE" -o /dev/full small.cir
ends 4 "cannot write /dev/full: $full" "$OPSPICE" -r /dev/full small.cir
ends 4 "cannot write /dev/full: $full" "$OPSPICE" -D filetype=ascii -r /dev/full small.cir
ends 4 "cannot write /dev/full: $full" "$OPSPICE" --format=csv -o /dev/full small.cir
ends 4 "cannot write /dev/full: $full" "$OPSPICE" --format=json -o /dev/full small.cir
row "full device, training"
ends 4 "$full" train --epochs=1 --save=/dev/full
ends 4 "$full" train --epochs=1 --log=/dev/full
ends 4 "$full" train --epochs=1 --export-netlist=/dev/full
train --epochs=1 >/dev/full 2>err
[ $? = 4 ] || wrong "status of the lines of epochs"

# whole COMMAND ...: where it fails for want of room, the old files stay.
cat >on-disk.sh <<'END'
# On a disk of 256 KB with 8 KB left: $OPSPICE, $OPSPICE_TRAIN; says what is wrong.
for name in o.txt r.raw c.csv j.json p.svg s.raw s.data s.txt l.csv t.drn t.cir t.svg; do
    echo old >"$name"
done
dd if=/dev/zero of=filler bs=1k count=300 2>/dev/null
truncate -s -8k filler
tried() {
    name=$1
    shift
    "$@" >../disk-out 2>../disk-err
    status=$?
    [ "$status" = 4 ] || echo "status $status of $name: $(head -c 200 ../disk-err)"
    grep -q -e 'No space left' -e 'could not draw' -e 'needs gnuplot' -e 'not written' ../disk-err ||
        echo "message of $name: $(head -c 200 ../disk-err)"
    [ "$(cat "$name")" = old ] || echo "$name is not the old one"
}
tried o.txt "$OPSPICE" -o o.txt ../grid.cir
tried r.raw "$OPSPICE" -r r.raw ../grid.cir
tried c.csv "$OPSPICE" --format=csv -o c.csv ../grid.cir
tried j.json "$OPSPICE" --format=json -o j.json ../grid.cir
sed "s/1e-3/1e-5/" ../sweep.cir >../disk.cir
tried p.svg "$OPSPICE" --plot=p.svg ../disk.cir
for command in "write s.raw" "wrdata s.data all" "print all > s.txt"; do
    sed "s/^\.op/.control\nop\n$command\n.endc/" ../grid.cir >../disk.cir
    name=$(expr "$command" : '.*\(s\.[a-z]*\)')
    tried "$name" "$OPSPICE" ../disk.cir
done
tried t.drn "$OPSPICE_TRAIN" --data=../data --layers=32,1000,10 --beta=0.01 --epochs=1 --save=t.drn
tried t.cir "$OPSPICE_TRAIN" --data=../data --layers=32,200,10 --beta=0.01 --epochs=1 --export-netlist=t.cir
head -c 8192 /dev/zero >filler2 2>/dev/null
tried l.csv "$OPSPICE_TRAIN" --data=../data --layers=32,20,10 --beta=0.01 --epochs=1 --log=l.csv
left=$(ls -A | grep -v -e '^[a-z]\.[a-z]*$' -e filler)
[ -z "$left" ] || echo "left behind: $left"
END
row "full disk of 256 KB: -o, -r, csv, json, --plot, write, wrdata, print >, --save, --log, --export-netlist"
mkdir disk
for space in "" "unshare -m" "unshare -rm"; do
    [ -z "$space" ] && continue
    $space sh "$here" --disk >disk.txt 2>/dev/null
    status=$?
    [ "$status" = 0 ] && break
done
if [ "$status" != 0 ]; then
    said="skipped: no small disk can be mounted here"
    echo "skipped: faults: no small disk can be mounted here"
elif [ -s disk.txt ]; then
    wrong "$(cat disk.txt)"
fi

row "files beyond a limit of 4 KB (ulimit -f)"
# shellcheck disable=SC2317 # it is called by ends
limited() {
    (ulimit -f 8 && exec "$@")
}
for options in "-o f" "-r f" "--format=csv -o f" "--format=json -o f"; do
    echo old >f
    # shellcheck disable=SC2086 # words
    ends 4 'File too large' limited "$OPSPICE" $options grid.cir
    [ "$(cat f)" = old ] || wrong "f is not the old one after $options"
done
echo old >f
ends 4 'File too large' limited "$OPSPICE_TRAIN" --data=data --layers=32,200,10 --beta=0.01 --epochs=1 --save=f
[ "$(cat f)" = old ] || wrong "f is not the old one after --save"
clean

row "folder that cannot be written"
mkdir locked
echo old >locked/f
chmod 555 locked
as_user=
if [ "$(id -u)" = 0 ]; then
    as_user="setpriv --reuid=65534 --regid=65534 --clear-groups"
    chmod 755 "$work"
fi
if $as_user test -x "$OPSPICE" 2>/dev/null && ! $as_user test -w locked; then
    # shellcheck disable=SC2086 # words
    for file in locked/f locked/g; do
        ends 4 'Permission denied' $as_user "$OPSPICE" -o $file small.cir
        ends 4 'Permission denied' $as_user "$OPSPICE" -r $file small.cir
        ends 4 'Permission denied' $as_user "$OPSPICE_TRAIN" $small_network --epochs=1 --save=$file
        ends 4 'Permission denied' $as_user "$OPSPICE_TRAIN" $small_network --epochs=1 --log=$file
    done
    [ "$(cat locked/f)" = old ] || wrong "locked/f is not the old one"
    mkdir open
    chmod 777 open
    echo old >open/f
    chmod 222 open/f
    printf 'Appends\nv1 a 0 1\nr1 a 0 1\n.control\nop\nprint v(a) >> f\n.endc\n.end\n' >open/append.cir
    ends 4 'cannot append to f' $as_user env -C open "$OPSPICE" append.cir
    chmod 644 open/f
    [ "$(cat open/f)" = old ] || wrong "open/f is not the old one"
else
    said="skipped: root may write everywhere"
    echo "skipped: faults: root may write everywhere, and there is no setpriv"
fi
chmod 755 locked
ends 4 'No such file or directory' "$OPSPICE" -o nowhere/f small.cir
ends 4 'Is a directory' "$OPSPICE" -o data small.cir

# ---- descriptors and pipes -------------------------------------------------------------------------------------------

row "closed standard output, input, error"
"$OPSPICE" small.cir >&- 2>err
[ $? = 4 ] || wrong "status without standard output"
grep -q 'cannot write standard output' err || wrong "message without standard output: $(cat err)"
"$OPSPICE" <&- >out 2>err
[ $? = 4 ] || wrong "status without standard input"
grep -q 'cannot read standard input' err || wrong "message without standard input: $(cat err)"
"$OPSPICE" -o f small.cir >&- 2>&- <&- || wrong "status without all three, with -o"
grep -q 1.000000e+00 f || wrong "the listing without all three"
"$OPSPICE" -o f broken.cir >&- 2>&-
[ $? = 1 ] || wrong "status of an error that cannot be told"
train --epochs=1 >&- 2>err
[ $? = 4 ] || wrong "status of training without standard output"
"$OPSPICE" --help >&- 2>err
[ $? = 4 ] || wrong "status of --help without standard output"

row "a pipe that is not read to its end"
for options in "" --format=csv -s; do
    # shellcheck disable=SC2086 # words
    { "$OPSPICE" $options grid.cir 2>err; echo $? >status; } | head -n 1 >/dev/null
    [ "$(cat status)" = 141 ] || wrong "status $(cat status) of $options"
    [ "$options" = -s ] || [ ! -s err ] || wrong "message of $options: $(cat err)"
done
(trap '' PIPE; { "$OPSPICE" grid.cir 2>err; echo $? >status; } | head -n 1 >/dev/null)
[ "$(cat status)" = 4 ] || wrong "status $(cat status) where SIGPIPE is ignored"
grep -q 'Broken pipe' err || wrong "message where SIGPIPE is ignored: $(cat err)"

# ---- signals ---------------------------------------------------------------------------------------------------------

# stopped SIGNAL FILE COMMAND ...: after each of the delays: the status, the message, the file. The longer ones are for
# machines on which the program has not begun before.
stopped() {
    signal=$1 file=$2
    shift 2
    case $signal in INT) number=130 ;; TERM) number=143 ;; esac
    told=
    for delay in 0.01 0.03 0.07 0.15 0.3 1 3; do
        case $delay$told in 11 | 31) break ;; esac
        echo old >"$file"
        timeout --preserve-status -s "$signal" $delay "$@" >out 2>err
        status=$?
        case $status in
        "$number") # before the program has begun there is no message
            [ ! -s err ] || grep -q -e interrupted -e terminated err ||
                wrong "another message after $delay s of $*: $(head -c 200 err)"
            [ ! -s err ] || told=1 ;;
        0) told=1 ;;
        *) wrong "status $status after $delay s of $*: $(head -c 200 err)" ;;
        esac
        if [ "$(head -c 3 "$file")" != old ]; then
            [ "$(tail -n 1 "$file" | head -c 1000)" = "$(tail -n 1 whole | head -c 1000)" ] ||
                wrong "half of $file after $delay s of $*"
        elif [ "$status" = 0 ]; then
            wrong "no $file after $delay s of $*"
        fi
    done
    [ -n "$told" ] || wrong "never a message of $*"
    clean
}
"$OPSPICE" --format=csv -o whole grid.cir || wrong "the grid cannot be solved"
for signal in INT TERM; do
    row "SIG$signal while reading, solving and writing"
    stopped "$signal" f "$OPSPICE" --format=csv -o f grid.cir
    row "SIG$signal while waiting for standard input"
    mkfifo pipe
    sleep 20 >pipe &
    stopped "$signal" f "$OPSPICE" -o f - <pipe
    kill $! 2>/dev/null
    rm -f pipe
    row "SIG$signal during a sweep"
    stopped "$signal" f "$OPSPICE" --format=csv -o f long.cir
    row "SIG$signal while writing into a pipe that is full"
    mkfifo pipe
    (exec <pipe && exec sleep 20) &
    timeout --preserve-status -s "$signal" 0.5 "$OPSPICE" --format=csv -o pipe grid.cir >out 2>err
    case $?$signal in 130INT | 143TERM) ;; *) wrong "status" ;; esac
    kill $! 2>/dev/null
    rm -f pipe
    row "SIG$signal in a script that writes without end"
    told=
    for delay in 0.02 0.05 0.1 0.2 1; do
        timeout --preserve-status -s "$signal" $delay "$OPSPICE" loop.cir >out 2>err
        case $?$signal in 130INT | 143TERM) ;; *) wrong "status after $delay s" ;; esac
        # before the program has begun there is no message
        [ ! -s err ] || grep -q -e interrupted -e terminated err || wrong "another message after $delay s: $(cat err)"
        [ ! -s err ] || told=1
        [ ! -e loop.raw ] || [ "$(tail -c +"$(($(header_size loop.raw) + 1))" loop.raw | wc -c)" = 24 ] ||
            wrong "half of loop.raw"
    done
    [ -n "$told" ] || wrong "never a message"
    clean
    row "SIG$signal during training"
    told=
    for delay in 0.05 0.2 0.4 1; do
        rm -f t.drn
        timeout --preserve-status -s "$signal" $delay "$OPSPICE_TRAIN" \
            $small_network --epochs=1000000 --save=t.drn --log=l.csv >out 2>err
        case $?$signal in 130INT | 143TERM) ;; *) wrong "status after $delay s" ;; esac
        [ ! -s err ] || grep -q -e interrupted -e terminated err || wrong "another message after $delay s: $(cat err)"
        [ ! -s err ] || told=1
        if [ -e t.drn ]; then
            "$OPSPICE_TRAIN" --data=data --resume=t.drn --epochs=1 >out 2>err ||
                wrong "cannot resume after $delay s: $(cat err)"
        fi
    done
    [ -n "$told" ] || wrong "never a message"
    clean
done

row "SIGKILL during checkpoints"
rm -f t.drn
train --epochs=1 --save=t.drn >out 2>err || wrong "the first checkpoint: $(cat err)"
for delay in 0.011 0.023 0.031 0.047 0.053 0.061 0.079 0.083 0.097 0.103; do
    timeout -s KILL $delay "$OPSPICE_TRAIN" --data=data --resume=t.drn --epochs=1000000 --save=t.drn >out 2>/dev/null
    "$OPSPICE_TRAIN" --data=data --resume=t.drn --epochs=1 >out 2>err ||
        wrong "cannot resume after $delay s: $(cat err)"
done

# ---- memory ----------------------------------------------------------------------------------------------------------

# scarce TEXT COMMAND ...: under many limits of address space the command works or says that memory is out.
scarce() {
    worked=
    case ${CC-} in
    *-fsanitize*)
        said="skipped: a sanitizer has an address space of its own"
        return
        ;;
    esac
    for megabytes in ${sizes:-3 5 7 9 12 16 20 25 32 40 50 64 80 100 120 140 160 200 250 300 400 600 1000 4000}; do
        # shellcheck disable=SC3045 # shells have it
        (ulimit -v $((megabytes * 1024)) && exec "$@") >out 2>err
        status=$?
        case $status in
        0) worked=$megabytes ;;
        4) grep -q -i -e memory -e 'thread' err || wrong "message of $1 with $megabytes MB: $(head -c 200 err)" ;;
        # before main begins: the loader, or OpenMP's library
        127 | 126 | 1) grep -q -e 'shared librar' -e 'ibc.so' -e 'cannot allocate TLS data' \
            -e '^libgomp: Out of memory' err ||
            wrong "status $status of $* with $megabytes MB: $(head -c 300 err)" ;;
        *) [ "$megabytes" -lt 9 ] || wrong "status $status of $* with $megabytes MB: $(head -c 300 err)" ;;
        esac
    done
    [ -n "$worked" ] || wrong "$* never works"
}
row "address space from 3 MB on: an operating point"
scarce "$OPSPICE" small.cir
row "address space from 3 MB on: a grid of 14,400 nodes"
scarce "$OPSPICE" -o f grid.cir
row "address space that is too small for the buffers of a BLAS: a grid of 22,800 nodes and 3,150 diodes"
awk 'BEGIN {
    n = 150
    print "A grid with diodes\nv1 n0_0 0 1\n.model d1 d(ron=0)"
    for (y = 0; y < n; y++)
        for (x = 0; x < n; x++) {
            printf "ra%d_%d n%d_%d n%d_%d 1\nrb%d_%d n%d_%d n%d_%d 1\nrc%d_%d n%d_%d 0 1k\n", \
                x, y, x, y, x + 1, y, x, y, x, y, x, y + 1, x, y, x, y
            if (x % 7 == 3)
                printf "d%d_%d n%d_%d n%d_%d d1\n", x, y, x, y, (x + 5) % n, (y + 3) % n
        }
    print ".op\n.end" }' >diodes.cir
sizes="110 130 150 250 4000"
scarce timeout 60 "$OPSPICE" -o f diodes.cir
sizes=
row "address space from 3 MB on: a sweep on eight threads"
sed 's/1e-5/1e-1/' long.cir >short.cir
scarce "$OPSPICE" --threads=8 -o f short.cir
row "address space from 3 MB on: coordinate descent on eight threads"
scarce "$OPSPICE" --solver=cd --tolerance=1e-3 --threads=8 -o f small.cir
row "address space from 3 MB on: a script"
scarce "$OPSPICE" script.cir
row "address space from 3 MB on: training on three threads"
scarce "$OPSPICE_TRAIN" $small_network --epochs=1 --threads=3 --save=t.drn
row "no further threads (ulimit -u)"
case ${CC-} in *-fsanitize*) said="skipped: the check for leaks is a thread" ;; esac
if [ -z "$said" ] && { [ "$(id -u)" != 0 ] || command -v setpriv >/dev/null; }; then
    chmod 777 .
    # shellcheck disable=SC2086,SC3045 # words; dash has no -u
    $as_user bash -c 'ulimit -u 1; exec "$@"' sh "$OPSPICE" --threads=8 short.cir >out 2>err ||
        wrong "a sweep: $(head -c 200 err)"
    $as_user bash -c 'ulimit -u 1; exec "$@"' sh "$OPSPICE_TRAIN" $small_network --epochs=1 --threads=3 >out 2>err ||
        wrong "training: $(head -c 200 err)"
fi
row ""
exit "$(cat failed)"
