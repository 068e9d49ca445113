#!/bin/sh
# opspice-train as it is used: its lines, bar, files, plot, messages and statuses.
#
#   train.sh      environment, from Makefile.am: OPSPICE_TRAIN (the program), OPSPICE, top_srcdir
set -u
export LC_ALL=C
: "${OPSPICE_TRAIN:?}" "${OPSPICE:?}" "${top_srcdir:?}"
top_srcdir=$(cd "$top_srcdir" && pwd)

# shellcheck source=tests/scratch.sh
. "$top_srcdir/tests/scratch.sh"
# shellcheck source=tests/idx.sh
. "$top_srcdir/tests/idx.sh"

train() {
    "$OPSPICE_TRAIN" --data=data --layers=32,20,10 --beta=0.01 --threads=1 "$@"
}

# says STATUS TEXT OPTION ...: it ends so, and says that on standard error.
says() {
    expected=$1 text=$2
    shift 2
    "$OPSPICE_TRAIN" "$@" >out 2>err
    status=$?
    [ $status = "$expected" ] || wrong "$*: status $status, not $expected"
    grep -qF -e "$text" err || wrong "$*: does not say \"$text\" but: $(cat err)"
}

# ---- what it is asked ----

"$OPSPICE_TRAIN" --help | grep -q '^Usage: opspice-train' || wrong "help"
"$OPSPICE_TRAIN" -v | grep -q '^opspice-train [0-9]' || wrong "version"
for option in $("$OPSPICE_TRAIN" --help | grep -o -e '--[a-z-]*='); do
    "$OPSPICE_TRAIN" "$option" >out 2>err && wrong "status of $option without a value"
    grep -q 'cannot understand' err && wrong "of its own help it does not understand $option"
done
says 2 'cannot understand the option --layer-s' --layer-s=3
says 2 'diode is ideal, exponential, pair or table, not vacuum' --diode=vacuum
says 2 'diode=table needs a diode-table' --data=data --diode=table
says 2 'diode-table is a file of volts and amperes that can be read' --diode-table=nowhere
printf '0 0\n1 1\n1 2\n' >table
says 2 'has volts that do not rise, or amperes that fall' --diode-table=table
printf '0 0\n1 x\n' >table
says 2 'has a line that is not two numbers' --diode-table=table
printf '# volts amperes\n\n0 0\n' >table
says 2 'has fewer than two points' --diode-table=table
seq 1001 | sed 's/.*/& &/' >table
says 2 'has more than 1000 points' --diode-table=table
says 2 'relaxation is a number from 0.05 to 1.95, not 2' --relaxation=2
says 2 'input-offset is a number of volts' --input-offset=-1e10
says 2 'offset-voltage is a number of volts from 0' --offset-voltage=-1
says 2 'cannot understand the option -x' -x
says 2 '--save needs a value' --save
says 2 'one model at a time, not drn-xs and drn-1h' drn-xs drn-1h
says 2 'one model at a time' drn-xs --model=drn-1h
says 2 'is drn-xs, drn-1h' drn-4h
says 2 'sample is the number of an image, from 0, not -1' --sample=-1
says 2 'sample is the number of an image, from 0, not 1x' --sample=1x
says 2 'there is no sample 100: the test has 100 images' --data=data --layers=32,10 --export-netlist=n.cir --sample=100
says 2 '--resume has its model from the checkpoint' --resume=x.drn drn-xs
says 2 'layers' --data=data --layers=0
says 1 'there is no folder nowhere, nor data/nowhere' --data=nowhere
says 4 'x.drn' --data=data --resume=x.drn
says 4 'cannot write nowhere/x.csv' --data=data --layers=32,10 --log=nowhere/x.csv
# shellcheck disable=SC2046 # words
says 2 'too many options' $(yes -- --seed=1 | head -n 65)

# ---- an epoch's line, its files, and going on ----

train --epochs=2 --save=two.drn --log=two.csv >out 2>err || wrong "two epochs: $(cat err)"
line='train error [0-9.]* %  test error [0-9.]* %  cost [0-9.]*  [0-9.]* s$'
[ "$(grep -c "^epoch [12]/2  $line" out)" = 2 ] || wrong "two lines for two epochs, not: $(cat out)"
[ -s err ] && wrong "standard error: $(cat err)"
[ "$(wc -l <two.csv)" = 3 ] || wrong "lines of the log: $(cat two.csv)"
train --epochs=1 --save=one.drn >out 2>err || wrong "one epoch: $(cat err)"
"$OPSPICE_TRAIN" --data=data --resume=one.drn --epochs=2 --save=one.drn >out 2>err || wrong "to go on: $(cat err)"
grep -q "^epoch 2/2  $line" out || wrong "the second epoch after the first: $(cat out)"
[ "$(grep -o 'cost [0-9.]*' out)" = "$(tail -n 1 two.csv | awk -F, '{ printf "cost %.4f", $4 }')" ] ||
    wrong "another second epoch"
"$OPSPICE_TRAIN" --data=data --resume=two.drn >out 2>err || wrong "nothing to train: $(cat err)"
grep -q '^test error [0-9.]* %  cost [0-9.]*$' out || wrong "what the network is worth: $(cat out)"

# ---- what it is worth as a circuit ----

"$OPSPICE_TRAIN" --data=data --resume=two.drn --export-netlist=net.cir --sample=3 >out 2>err ||
    wrong "export: $(cat err)"
"$OPSPICE" --certificate net.cir >out 2>err || wrong "opspice on it: $(cat err)"
grep -q 'proved' out || wrong "not proved: $(head out)"

# ---- images, and all that lies between layers ----

"$OPSPICE_TRAIN" --data=data --layers=4x4,conv:6:3:1:1,pool:2,10 --differential=yes --amplifier=1.2 --outputs=20 \
    --beta=0.01 --lr=0.02 --threads=1 --epochs=1 --save=images.drn --export-netlist=images.cir >out 2>err ||
    wrong "images: $(cat err)"
grep -q "^epoch 1/1  $line" out || wrong "an epoch of images: $(cat out)"
"$OPSPICE" --certificate images.cir >out 2>err || wrong "opspice on images: $(cat err)"
grep -q 'proved' out || wrong "images are not proved: $(head out)"
says 2 'has conv:6 as part 2, which is no conv:CHANNELS:KERNEL' --data=data --layers=4x4,conv:6,10
says 1 'the network sees 5 x 5' --data=data --layers=5x5,conv:6:3,10
says 2 'outputs is neither the number of classes' --data=data --layers=32,10 --outputs=30

# ---- gradients compared ----

train --check-gradient >out 2>err || wrong "gradients: $(cat err)"
[ "$(grep -c -e '^ [12]  conductances' -e '^ [12]  biases' out)" = 4 ] ||
    wrong "a row for each layer's parameters, not: $(cat out)"
awk '/conductances/ { rows++; if (!($4 > 0.99)) exit 1 } END { exit rows != 2 }' out ||
    wrong "EP is not near the adjoint: $(cat out)"
grep -q '^ *ep, adjoint *ep, differences *adjoint, differences$' out || wrong "which rule it is: $(cat out)"
train --check-gradient --gradient=coupled >out 2>err || wrong "coupled learning: $(cat err)"
grep -q '^ *coupled, adjoint *coupled, differences ' out || wrong "which rule it is: $(cat out)"

# ---- the gradient of each epoch, and devices ----

train --epochs=2 --audit --log=audit.csv >out 2>err || wrong "audit: $(cat err)"
[ "$(grep -c -e '^ [12]  conductances' -e '^ [12]  biases' out)" = 8 ] || wrong "two tables of four rows, not: $(cat out)"
awk '/conductances/ { if (!($4 > 0.9 && $7 == 0)) exit 1 }' out || wrong "EP in the audit: $(cat out)"
[ "$(head -n 1 audit.csv | tr , '\n' | grep -c -e '^conductances_' -e '^biases_')" = 28 ] ||
    wrong "columns of the log: $(cat audit.csv)"
train --epochs=1 --audit=1 --gradient=coupled --lr=1e-6 >out 2>err || wrong "coupled learning: $(cat err)"
awk '/conductances/ { if (!($7 > 0.01)) exit 1 }' out || wrong "coupled learning in the audit: $(cat out)"
says 2 'audit is a number of samples' --audit=x
says 2 'optimiser is sgd' --optimiser=newton
says 2 'there is no ceiling' --data=data --layers=32,10 --levels=4
train --epochs=1 --optimiser=adam --lr=0.001 --ceiling=0.5 --levels=16 --noise=0.2 >out 2>err ||
    wrong "devices: $(cat err)"

# ---- plots ----

if command -v gnuplot >/dev/null; then
    train --epochs=2 --plot=curve.svg >out 2>err || wrong "plot: $(cat err)"
    head -n 1 curve.svg | grep -q '^<?xml' || wrong "curve.svg is no svg"
    ls curve.svg.* 2>/dev/null && wrong "something of the plot is left behind"
fi
mkdir empty
PATH=$work/empty "$OPSPICE_TRAIN" --data=data --layers=32,10 --beta=0.01 --epochs=2 --plot=none.svg >out 2>err
[ $? = 4 ] || wrong "status without gnuplot"
grep -q 'needs gnuplot' err || wrong "without gnuplot: $(cat err)"
[ "$(grep -c '^epoch' out)" = 2 ] || wrong "training does not go on without gnuplot: $(cat out)"

printf '#!/bin/sh\nexit 1\n' >empty/gnuplot
chmod +x empty/gnuplot
PATH=$work/empty:$PATH train --epochs=2 --plot=none.svg >out 2>err
[ $? = 4 ] || wrong "status where gnuplot fails"
[ "$(cat err)" = 'opspice-train: gnuplot could not draw none.svg' ] || wrong "where gnuplot fails, once: $(cat err)"
ls none.svg* 2>/dev/null && wrong "something of a plot that could not be drawn is left"

# ---- a terminal, and an interrupt ----

if command -v script >/dev/null; then
    script -qec "\"$OPSPICE_TRAIN\" --data=data --layers=32,600,600,10 --epochs=1 --threads=1" \
        /dev/null >bar </dev/null || wrong "on a terminal: $(cat bar)"
    grep -q 'epoch 1/1  \[=* *\] *[0-9]* %  error [0-9.]* %  [0-9]* images/s  0:00:[0-9][0-9] left' bar ||
        wrong "no bar: $(cat -v bar)"
fi
small_network='--data=data --layers=32,20,10 --beta=0.01'
# shellcheck disable=SC2086 # words
"$OPSPICE_TRAIN" $small_network --epochs=1000000 --save=i.drn >out 2>err & # without SIGINT, in a shell
child=$!
for _ in $(seq 200); do [ -s i.drn ] && break; sleep 0.05; done
kill -TERM $child
sleep 0.01
kill -TERM $child 2>/dev/null # as timeout does: to a process and to its group
wait $child
[ $? = 143 ] || wrong "status of an interrupt"
grep -q 'interrupted in epoch .* go on with --resume=i.drn' err || wrong "interrupt: $(cat err)"
# shellcheck disable=SC2086 # words
timeout --preserve-status -s INT 0.5 "$OPSPICE_TRAIN" $small_network --epochs=1000000 >out 2>err
[ $? = 130 ] || wrong "status of an interrupt without --save"
grep -q 'interrupted in epoch .* nothing was saved' err || wrong "interrupt without --save: $(cat err)"

# ---- files that cannot be written any more ----

"$OPSPICE_TRAIN" --data=data --resume=two.drn --epochs=3 >/dev/full 2>err
[ $? = 4 ] || wrong "status where standard output is full"
grep -q 'cannot write standard output' err || wrong "standard output full: $(cat err)"
for option in --save --log --export-netlist; do
    train --epochs=1 $option=/dev/full >out 2>err
    [ $? = 4 ] || wrong "status of $option=/dev/full"
    grep -q '/dev/full' err || wrong "$option=/dev/full: $(cat err)"
done

exit "$failed"
