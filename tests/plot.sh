#!/bin/sh
# --plot: sweeps drawn by gnuplot, and what is said where they cannot be.
#
#   plot.sh      environment, from Makefile.am: OPSPICE (the program), top_srcdir
set -u
export LC_ALL=C
: "${OPSPICE:?}" "${top_srcdir:?}"

# shellcheck source=tests/scratch.sh
. "$top_srcdir/tests/scratch.sh"

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

# a gnuplot that cannot, and one whose disk is full: both are told, and nothing is left
mkdir fails halves
printf '#!/bin/sh\nexit 1\n' >fails/gnuplot
# shellcheck disable=SC2016 # for that shell to expand
printf '#!/bin/sh\n: >"$(echo x.svg.*[0-9])"\n' >halves/gnuplot
chmod +x fails/gnuplot halves/gnuplot
for folder in fails halves; do
    echo old >x.svg
    PATH=$work/$folder:$PATH "$OPSPICE" --plot=x.svg sweep.cir >out 2>none
    [ $? = 4 ] || wrong "exit status where gnuplot $folder"
    grep -qxF 'opspice: gnuplot could not draw x.svg' none || wrong "where gnuplot $folder: $(cat none)"
    [ "$(cat x.svg)" = old ] || wrong "the old picture is gone where gnuplot $folder"
    ls x.svg.* 2>/dev/null && wrong "something is left behind where gnuplot $folder"
done
rm x.svg

if ! command -v gnuplot >/dev/null; then
    grep -q 'needs gnuplot' err || wrong "without gnuplot: $(cat err)"
    echo "skipped: plot: there is no gnuplot"
    [ "$failed" = 0 ] && exit 77
    exit 1
fi

"$OPSPICE" --plot=x.svg sweep.cir >out 2>err || wrong "svg: $(cat err)"
[ -s err ] && wrong "svg: $(cat err)"
head -n 1 x.svg | grep -q '^<?xml' || wrong "x.svg is no svg"
for text in 'v(out), r1 = 1000' 'v1#branch, r1 = 3000' 'It&apos;s\|It.s a' '>v1 (V)<' '>V<' '>A<' 'r1 = 1000 ohm (V, left)' 'r1 = 3000 ohm (A, right)'; do
    grep -q -e "$text" x.svg || wrong "x.svg does not say $text"
done
[ "$(grep -c "gnuplot_plot_[0-9]" x.svg)" -ge 6 ] || wrong "x.svg has less than six curves"
if "$OPSPICE" --plot=x.png sweep.cir >out 2>err; then
    [ "$(od -An -N8 -tx1 x.png | tr -d ' ')" = 89504e470d0a1a0a ] || wrong "x.png is no png"
else
    grep -q 'gnuplot could not draw' err || wrong "png: $(cat err)" # a gnuplot without cairo
fi
# all of a long title, and control characters and bytes of Latin-1 in it; units of products; zero at one height
{
    printf 'The I-V and the P-V curve of a module with one shaded substring and three bypass diodes, at 25 \260C, \033[1m'
    printf ' and all of this title is read\nV1 a 0 0\nI1 0 a 8\nD1 a 0 d\n.model d D(is=1u n=60)\n.dc V1 0 25 0.5\n'
    printf ".print dc i(V1) p=par('v(a)*i(V1)') v(a)/2 v(a)*v(a)\n.end\n"
} >long.cir
"$OPSPICE" --plot=long.svg long.cir >out 2>err || wrong "a long title: $(cat err)"
for text in 'The I-V and the P-V curve' 'all of this title is read' "$(printf '\302\260C,')" '?\[1m' '>A, V, V^2<' '>W<' \
    'v1#branch (A, left)' '>p (W, right)' 'v(a)/2 (V, left)' 'v(a)\*v(a) (V^2, left)'; do
    grep -q -e "$text" long.svg || wrong "long.svg does not say $text"
done
tr -d '\n\t\040-\176\200-\377' <long.svg | cmp -s - /dev/null || wrong "long.svg has control characters"
[ "$(sed -n 's/.*translate([0-9.]*,\([0-9.]*\)).*/at \1/p;s/.*<tspan[^>]*>\([^<]*\)<.*/is \1/p' long.svg |
    awk '$1 == "at" { at = $2 } $1 == "is" && $2 == "0" && NF == 2 { print at }' | sort | uniq -c | sort -rn | awk 'NR == 1 { print $1 }')" = 2 ] ||
    wrong "zero is not at one height on both scales"

printf 'Of a script\nv1 a 0 1\nr1 a 0 1\n.control\nop\ndc v1 0 2 1\n.endc\n.end\n' |
    "$OPSPICE" --plot=y.svg >out 2>err ||
    wrong "the sweep of a script: $(cat err)"
grep -q 'v(a)' y.svg || wrong "y.svg does not have v(a)"
printf 'Many curves\nv1 a 0 1\nr1 a b 1k\nr2 b 0 1k\n.dc v1 0 1 0.5 r1 1k 42k 1k\n.print dc v(a,b)\n.end\n' |
    "$OPSPICE" --plot=many.svg >out 2>err || wrong "many curves: $(cat err)"
[ "$(grep -c "gnuplot_plot_[0-9]" many.svg)" -ge 42 ] || wrong "many.svg has less than 42 curves"
grep -q '<text>v(a)' many.svg && wrong "the names of 42 curves leave no room for them"
printf 'One point of each curve; names that csv quotes\nv1 a 0 1\nr1 a b"c 1k\nr2 b"c 0 1k\n' >few.cir
printf '.dc v1 1 1 1 r1 1k 3k 1k\n.print dc v(a,b"c)*2 v(b"c)\n.end\n' >>few.cir
"$OPSPICE" --plot=few.svg few.cir >out 2>err || wrong "points: $(cat err)"
for text in 'v(a,b.*c)\*2, r1 = 2000' 'v(b.*c), r1 = 3000'; do
    grep -q -e "$text" few.svg || wrong "few.svg does not say $text"
done
"$OPSPICE" --plot=nowhere/x.svg sweep.cir >out 2>err
[ $? = 4 ] || wrong "exit status where the picture cannot be written"
grep -qxF 'opspice: cannot draw nowhere/x.svg: No such file or directory' err ||
    wrong "where there is no folder: $(cat err)"
mkdir folder.svg
"$OPSPICE" --plot=folder.svg sweep.cir >out 2>err
[ $? = 4 ] || wrong "exit status where a folder has the picture's name"
grep -qxF 'opspice: cannot draw folder.svg: Is a directory' err || wrong "where a folder has its name: $(cat err)"
ls ./*.[0-9]* 2>/dev/null && wrong "something is left behind"
exit "$failed"
