#!/bin/sh
# opspice's command line: what each option does, alone and beside others, and what is said of a wrong one.
#
#   options.sh      environment, from Makefile.am: OPSPICE (the program), top_srcdir
set -u
export LC_ALL=C
: "${OPSPICE:?}" "${top_srcdir:?}"

# shellcheck source=tests/scratch.sh
. "$top_srcdir/tests/scratch.sh"

# refused TEXT OPTION ...: status 2, one line on standard error that says so, nothing on standard output.
refused() {
    text=$1
    shift
    "$OPSPICE" "$@" >out 2>err </dev/null
    [ $? = 2 ] || wrong "status of $*"
    grep -qxF -e "opspice: $text; see opspice --help" err || wrong "$*: does not say \"$text\" but: $(cat err)"
    [ -s out ] && wrong "$*: standard output: $(cat out)"
}

# solves OPTION ...: status 0, and no message.
solves() {
    "$OPSPICE" "$@" >out 2>err </dev/null || wrong "status of $*: $(cat err)"
    [ -s err ] && wrong "$*: $(cat err)"
}

says() {
    grep -q -e "$1" "$2" || wrong "no \"$1\" in: $(cat "$2")"
}

printf 'A divider\nv1 in 0 2\nr1 in out 1k\nr2 out 0 1k\n.op\n.end\n' >deck.cir
printf 'A sweep\nv1 in 0 2\nr1 in out 1k\nr2 out 0 1k\n.dc v1 0 2 1 r1 1k 2k 1k\n.end\n' >sweep.cir
printf 'A clipper\nv1 in 0 2\nr1 in out 1k\nd1 out 0 dm\n.model dm d(ron=10 vfwd=0.7)\n.op\n.end\n' >diode.cir

# ---- wrong ones ----

refused 'cannot understand the option --nonsense' --nonsense
refused 'cannot understand the option -x' -bx deck.cir
refused '-o needs a value' -o
refused '--format needs a value' --format
refused '--format is listing, csv or json, not xml' --format=xml
refused '-D filetype is ascii or binary, not x' -D filetype=x
refused '-D needs the name of a variable before =x' -D =x
refused '-D needs the name of a variable before its value' -D ''
refused '--plot draws FILE.svg or FILE.png, not x.pdf' --plot=x.pdf
refused '--plot draws FILE.svg or FILE.png, not .svg' --plot=.svg
refused '--solver cannot be magic' --solver=magic
refused '--diode cannot be vacuum' --diode=vacuum
refused '--certificate is interval, where it is more, not full' --certificate=full
refused '--threads cannot be -1' --threads=-1
refused '--tolerance cannot be 0' --tolerance=0
refused 'one netlist at a time, not a.cir and b.cir' a.cir b.cir
refused 'one netlist at a time, not a.cir and b.cir' -c a.cir b.cir
refused '-o and -r both write to x' -o x -r x deck.cir
for option in --certificate --certificate=interval --stats; do
    for format in csv json; do
        refused '--certificate and --stats would mix with the data on standard output: give -o FILE' \
            $option --format=$format deck.cir
    done
done
"$OPSPICE" none.cir >out 2>err
[ $? = 4 ] || wrong "status of a netlist that is not there"
says '^opspice: cannot read none.cir: No such file or directory$' err

# ---- what is written ----

solves deck.cir
says 'out .*1.0000*e+00' out
solves -c deck.cir
says 'out .*1.0000*e+00' out
solves --format=listing deck.cir
says 'out .*1.0000*e+00' out
solves --format=json deck.cir
says '"proved": *true' out
solves --format=csv -o out.csv --certificate --stats deck.cir
says '^Certificate: proved within 1e-09$' out
says '^Statistics: solver [a-z]*, linear star-mesh$' out
says '^voltage,out,1,V$' out.csv
solves --format=csv -o out.csv --certificate --stats sweep.cir
says '^Certificate: proved within 1e-09, the worst of 6 points$' out
says '^Statistics: solver ' out
for type in ascii binary; do
    solves -D filetype=$type -D other=1 -r deck.raw deck.cir
    case $type in ascii) heading=Values ;; binary) heading=Binary ;; esac
    [ "$(grep -a -c "^$heading:" deck.raw)" = 1 ] || wrong "filetype=$type"
done
solves --format=csv -r deck.raw deck.cir
says '^voltage,out,1,V$' out
"$OPSPICE" -s <deck.cir >out 2>err || wrong "status of -s"
says '^@@@ 0 1$' err

# ---- what is solved, and how ----

solves -a -b -i -n -p -q -t vt100 deck.cir
solves --autorun --batch --interactive --no-spiceinit --pipe --completion --term=vt100 deck.cir
for solver in auto cd newton; do
    solves --solver=$solver --threads=1 --tolerance=1e-8 --certificate diode.cir
    says '^Certificate: proved within 1e-08$' out
done
solves --certificate=interval "$top_srcdir/netlists/flipflop.cir"
says '	isolation  *the only point within 2[.]0' out
refused '--linear cannot be magic' --linear=magic
solves --linear=cholesky --format=csv -o cholesky.csv diode.cir
solves --linear=serial --format=csv -o serial.csv diode.cir
cmp cholesky.csv serial.csv || wrong "--linear=serial has another answer"
if "$OPSPICE" --linear=multigrid deck.cir >out 2>err; then
    solves --linear=multigrid --format=csv -o multigrid.csv diode.cir
    cmp cholesky.csv multigrid.csv || wrong "multigrid has another answer"
else
    says 'needs hypre, which is not there (Debian package: libhypre-dev)' err
fi
solves --diode=ideal diode.cir
says 'out .*0.0000*e+00' out
solves --sandbox deck.cir

# ---- analyses of other simulators, and the operating point in place of all ----

printf 'Only others\nv1 in 0 2\nr1 in 0 1k\n.tran 1n 1u\n.end\n' >tran.cir
"$OPSPICE" tran.cir >out 2>err || wrong "tran.cir: status $?"
# shellcheck disable=SC2016 # the quotes of a message
says 'tran.cir:4:1: warning: `.tran` is not run: the operating point is computed' err
says 'in  *2.000000e+00' out
for option in '-r tran.raw' -s; do
    # shellcheck disable=SC2086 # two words
    "$OPSPICE" $option tran.cir >out 2>err
    [ $? = 1 ] || wrong "tran.cir: not refused with $option"
    # shellcheck disable=SC2016 # the quotes of a message
    says 'tran.cir:4:1: error: `.tran` is not run by opspice, and nothing else is asked for' err
    [ -s out ] || [ -e tran.raw ] && wrong "tran.cir: something is written with $option"
done
for own in .op '.dc v1 0 1 1' '.tf v(in) v1' '.step v1 0 1 1'; do
    printf 'Others too\nv1 in 0 2\nr1 in 0 1k\n.tran 1n 1u\n%s\n.end\n' "$own" >both.cir
    "$OPSPICE" -r both.raw both.cir >out 2>err || wrong "$own beside .tran: status $?"
    # shellcheck disable=SC2016 # the quotes of a message
    says 'both.cir:4:1: warning: `.tran` is not run: opspice finds operating points' err
    [ -e both.raw ] || wrong "$own beside .tran: no rawfile"
done
printf 'All of it\nv1 in 0 2\nr1 in 0 1k\n.tran 1n 1u\n.dc v1 0 1 1\n.step r1 1 2 1\n.tf v(in) v1\n' >all.cir
printf '.control\nop\nquit 7\n.endc\n.end\n' >>all.cir
solves --op -r all.raw all.cir
[ "$(grep -ac '^Plotname' all.raw)" = 1 ] || wrong "--op: $(grep -a '^Plotname' all.raw)"
says '^Plotname: Operating Point' all.raw
solves --op --format=csv all.cir
says '^voltage,in,2,V' out

# ---- the log, also of a failure ----

printf 'A netlist that is wrong\nv1 in 0 2\nr1 in 0 what\n.op\n.end\n' >wrong.cir
printf 'No answer\nv1 in 0 2\nv2 in 0 1\n.op\n.end\n' >loop.cir
printf 'A script that fails\nv1 in 0 2\nr1 in 0 1\n.control\necho before\nshell ls\n.endc\n.end\n' >shell.cir
for deck in wrong loop shell; do
    "$OPSPICE" -o log.txt $deck.cir >out 2>err && wrong "$deck.cir: status 0"
    [ -s out ] && wrong "$deck.cir -o: standard output: $(cat out)"
    says 'error: ' err
    grep -vxF -f log.txt err >missing && wrong "$deck.cir: not in the log: $(cat missing)"
    head -n 1 log.txt | grep -q '^Circuit: ' || wrong "$deck.cir: the log begins with $(head -n 1 log.txt)"
    "$OPSPICE" -r f.raw -o raw.txt $deck.cir >out 2>err && wrong "$deck.cir -r: status 0"
    grep -vxF -f raw.txt err >missing && wrong "$deck.cir -r: not in the log: $(cat missing)"
    [ -e f.raw ] && wrong "$deck.cir: a rawfile"
done
says '^before$' log.txt
"$OPSPICE" -o log.txt none.cir 2>err
[ $? = 4 ] || wrong "status of a netlist that is not there, with -o"
says 'error: cannot read none.cir: No such file' log.txt
"$OPSPICE" -o log.txt -r nowhere/f.raw deck.cir >out 2>err
[ $? = 4 ] || wrong "status of a rawfile in no folder, with -o"
says '^opspice: cannot write nowhere/f.raw: No such file' log.txt
says 'No. of Data Rows : 1' log.txt
"$OPSPICE" -o log.txt --plot=f.svg deck.cir >out 2>err && wrong "a drawing of no sweep"
says '^opspice: --plot has nothing to draw' log.txt
says 'in  *2.000000e+00' log.txt
printf 'Warned of\nv1 in 0 2\nr1 in 0 1\n.options fast\n.op\n.end\n' >warned.cir
"$OPSPICE" -o log.txt warned.cir >out 2>err || wrong "warned.cir: status $?"
says 'in  *2.000000e+00' log.txt
tail -n 3 log.txt | cmp -s - err || wrong "the log does not end with the warning: $(cat log.txt)"
"$OPSPICE" warned.cir 2>/dev/null | grep -q warning && wrong "a warning on standard output too"
"$OPSPICE" -o wrong.cir wrong.cir >out 2>err && wrong "-o over the netlist"
says 'r1 in 0 what' wrong.cir
"$OPSPICE" --format=csv -o f.csv wrong.cir >out 2>err
[ -e f.csv ] && wrong "csv of no answer"

# ---- warnings as errors ----

solves --strict deck.cir
printf 'Warned of when it is read\nv1 in 0 2\nr1 in 0 1k\n.options fast\n.op\n.end\n' >read.cir
printf 'Warned of when it is solved\nv1 in 0 2\nr1 in 0 1k\nr2 a b 1k\n.op\n.end\n' >solved.cir
printf 'Warned of in a sweep\nv1 in 0 2\nr1 in 0 1k\nr2 a b 1k\n.dc v1 0 2 1\n.end\n' >swept.cir
printf 'Warned of in a script\nv1 in 0 2\nr1 in 0 1k\n.control\nop\nplot v(in)\n.endc\n.end\n' >script.cir
for deck in read solved swept script; do
    "$OPSPICE" $deck.cir >out 2>err || wrong "$deck.cir: status $?"
    says 'warning: ' err
    "$OPSPICE" --strict -r strict.raw $deck.cir >out 2>err
    [ $? = 1 ] || wrong "$deck.cir: not refused with --strict"
    says 'error: ' err
    grep -q 'warning: ' err && wrong "$deck.cir: a warning beside --strict: $(cat err)"
    [ -e strict.raw ] && wrong "$deck.cir: a rawfile beside --strict"
done

# ---- a terminal: how far a sweep is, and an interrupt ----

if command -v script >/dev/null; then
    awk 'BEGIN {
        print "A sweep of minutes"
        print "v0 n0 0 1"
        for (n = 1; n <= 300; n++)
            printf "r%d n%d n%d 100\nd%d n%d 0 dm\n", n, n - 1, n, n, n
        print ".model dm d\n.dc v0 0 100 1e-4\n.save v(n1)\n.end"
    }' >long.cir
    script -qec "timeout --foreground -s INT 2.5 \"$OPSPICE\" --threads=1 -r long.raw long.cir" /dev/null >bar </dev/null
    grep -qa '[0-9]* of 1000000 points ([0-9]* %), [0-9]* s left' bar || wrong "no progress: $(cat -v bar)"
    grep -qa 'interrupted' bar || wrong "no word of the interrupt: $(cat -v bar)"
    [ -e long.raw ] && wrong "a rawfile of an interrupted sweep"
fi

exit "$failed"
