#!/bin/sh
# --plot: sweeps drawn by gnuplot, and what is said where they cannot be.
#
#   plot.sh      environment, from Makefile.am: OPSPICE (the program)
set -u
export LC_ALL=C
: "${OPSPICE:?}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

wrong() {
    echo "plot: $*"
    failed=1
}

cat >sweep.cir <<'END'
It's a "clipper" at `two` resistances, 50 % & more
v1 in 0 5
r1 in out 1k
d1 out 0 dm
.model dm d(ron=10 vfwd=0.7 roff=1e9)
.dc v1 -1 3 0.05 r1 1k 3k 1k
.print dc v(out) i(v1)
.end
END
printf 'A point\nv1 a 0 1\nr1 a 0 1\n.op\n.end\n' >point.cir

# without gnuplot
mkdir empty
PATH=$work/empty "$OPSPICE" --plot=x.svg sweep.cir >out 2>err
[ $? = 4 ] || wrong "exit status without gnuplot"
"$OPSPICE" --plot=x.svg point.cir >out 2>none
[ $? = 2 ] || wrong "exit status without a sweep"
grep -q 'no sweep was run' none || wrong "without a sweep: $(cat none)"
[ -e x.svg ] && wrong "a picture is there"

if ! command -v gnuplot >/dev/null; then
    grep -q 'needs gnuplot' err || wrong "without gnuplot: $(cat err)"
    echo "skipped: plot: there is no gnuplot"
    [ "$failed" = 0 ] && exit 77
    exit 1
fi

"$OPSPICE" --plot=x.svg sweep.cir >out 2>err || wrong "svg: $(cat err)"
[ -s err ] && wrong "svg: $(cat err)"
head -n 1 x.svg | grep -q '^<?xml' || wrong "x.svg is no svg"
for text in 'v(out), r1 = 1000' 'v1#branch, r1 = 3000' 'It&apos;s\|It.s a' '>v1<' '>V<' '>A<'; do
    grep -q -e "$text" x.svg || wrong "x.svg does not say $text"
done
[ "$(grep -c "gnuplot_plot_[0-9]" x.svg)" -ge 6 ] || wrong "x.svg has less than six curves"
if "$OPSPICE" --plot=x.png sweep.cir >out 2>err; then
    [ "$(od -An -N8 -tx1 x.png | tr -d ' ')" = 89504e470d0a1a0a ] || wrong "x.png is no png"
else
    grep -q 'gnuplot could not draw' err || wrong "png: $(cat err)" # a gnuplot without cairo
fi
printf 'Of a script\nv1 a 0 1\nr1 a 0 1\n.control\nop\ndc v1 0 2 1\n.endc\n.end\n' | "$OPSPICE" --plot=y.svg >out 2>err ||
    wrong "the sweep of a script: $(cat err)"
grep -q 'v(a)' y.svg || wrong "y.svg does not have v(a)"
"$OPSPICE" --plot=nowhere/x.svg sweep.cir >out 2>err
[ $? = 4 ] || wrong "exit status where the picture cannot be written"
ls ./*.[0-9]*.* 2>/dev/null && wrong "something is left behind"
exit "$failed"
