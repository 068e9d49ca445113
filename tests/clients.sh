#!/bin/sh
# Programs that call ngspice, with the rules by which they read its answers.
#
#   clients.sh      environment, from Makefile.am: OPSPICE (the program), OPSPICE_VERSION
#
# What each client does is written from its public source: PySpice PySpice/Spice/NgSpice/Server.py and RawFile.py
# (InSpice has them too); spicelib spicelib/simulators/ngspice_simulator.py and raw/raw_read.py; xschem src/xschem.tcl;
# Qucs-S qucs/extsimkernels/ngspice.cpp and abstractspicekernel.cpp.
set -u
export LC_ALL=C
: "${OPSPICE:?}" "${OPSPICE_VERSION:?}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

wrong() {
    echo "$client: $*"
    failed=1
}

# same SHOWN EXPECTED WHAT
same() {
    [ "$1" = "$2" ] || wrong "$3 is
$1
and not
$2"
}

# The doubles of a file behind its first $2 bytes, one a line, with nine digits.
doubles() {
    tail -c +"$(($2 + 1))" "$1" | od -An -v -tf8 -w8 | awk '{printf "%.9g\n", $1}'
}

# The bytes up to and with the line `Binary:`.
header_size() {
    awk '{ size += length($0) + 1 } /^Binary:$/ { print size; exit }' "$1"
}

divider='Divider
V1 In 0 6
R1 In Out 1k
R2 Out 0 2k
'

# ---- PySpice, InSpice ----------------------------------------------------------------------------------------------
# The netlist goes to standard input of `ngspice -s`. On standard error the last `@@@ N POINTS` counts, and
# `run simulation(s) aborted` is an error; on standard output a line that begins with `Error `. The header is a
# fixed sequence of fields, empty lines aside; then come index, name and unit, and doubles: all variables of a
# point, then the next point.

# pyspice NETLIST: what the client makes of it; the names, then the values, point by point.
pyspice() {
    printf '%s' "$1" | "$OPSPICE" -s >out 2>err || wrong "exit status of -s"
    grep -a -q '^Error ' out && wrong "a line of standard output begins with Error"
    grep -q '^run simulation(s) aborted$' err && wrong "the simulation is aborted"
    points=$(sed -n 's/^@@@ [0-9][0-9]* \([0-9][0-9]*\)$/\1/p' err | tail -n 1)
    [ -n "$points" ] || wrong "the number of points is not on standard error: $(cat err)"
    size=$(header_size out)
    head -c "$size" out | awk -v warnings="$(grep -a -c Warning out)" '
    function field(label) {
        do
            if ((getline line) <= 0)
                line = "end of the header"
        while (line == "")
        if (index(line, label ":") != 1)
            print "expected " label ", not " line
        return substr(line, length(label) + 3)
    }
    BEGIN {
        field("Circuit")
        do
            getline line
        while (line == "")
        if (line !~ /^Doing analysis at TEMP = [0-9.]+ and TNOM = [0-9.]+$/)
            print "no temperatures: " line
        while (warnings-- > 0)
            field("Warning")
        print field("Title")
        field("Date")
        print field("Plotname")
        print field("Flags")
        count = field("No. Variables") + 0
        field("No. Points")
        field("Variables")
        if (field("No. of Data Columns ") + 0 != count)
            print "the columns are not as many as the variables"
        while (count-- > 0) {
            getline line
            if (split(line, part, "\t") != 4)
                print "not a variable: " line
            printf "%s %s %s, ", part[2], part[3], part[4]
        }
        print ""
        getline line
        if (line != "Binary:")
            print "expected Binary:, not " line
    }'
    doubles out "$size" | tr '\n' ' '
    echo "points $points"
}

client=PySpice
same "$(pyspice "$divider.options TEMP = 25
.options TNOM = 25
.op
.end
")" "Divider
Operating Point
real
0 v(in) voltage, 1 v(out) voltage, 2 i(v1) current, 
6 4 -0.002 points 1" "the operating point"
same "$(pyspice "$divider.dc V1 0 3 1.5
.end
")" "Divider
DC transfer characteristic
real
0 v(v-sweep) voltage, 1 v(in) voltage, 2 v(out) voltage, 3 i(v1) current, 
0 0 0 0 1.5 1.5 1 -0.0005 3 3 2 -0.001 points 3" "the sweep"
same "$(pyspice "$divider.save V(out) @r1[i]
.op
.end
")" "Divider
Operating Point
real
0 v(out) voltage, 1 i(@r1[i]) current, 
4 0.002 points 1" "what is saved"
printf 'Wrong\nV1 a 0 1\nR1 a\n.op\n.end\n' | "$OPSPICE" -s >out 2>err && wrong "a wrong netlist is taken"
grep -q '^@@@' err && wrong "a wrong netlist has points"
[ -s out ] && wrong "a wrong netlist has an answer"

# ---- spicelib ------------------------------------------------------------------------------------------------------
# `ngspice -D ngbehavior=kiltpsa -b -o X.log -r X.raw X.net`: the exit status is 0 and both files are there. The
# dialect is known from `ngspice` in the header's Command; fields stand before colons; of each variable's line the
# parts between tabs; doubles, point by point; the first variable is the axis unless the plot is an operating
# point or a transfer function. A file may hold several plots. Measurements are taken from the log: name, `=`,
# number, and words such as at=.

# spicelib NETLIST: its plots, variable by variable.
spicelib() {
    rm -f X.log X.raw
    printf '%s' "$1" >X.net
    "$OPSPICE" -D ngbehavior=kiltpsa -b -o X.log -r X.raw X.net >out 2>err || wrong "exit status"
    [ -s out ] && wrong "something is printed: $(cat out)"
    [ -s X.log ] || wrong "there is no log"
    [ -s X.raw ] || wrong "there is no rawfile"
    cp X.raw rest
    while [ -s rest ]; do
        size=$(header_size rest)
        head -c "$size" rest >header
        grep -q '^Command: .*ngspice' header || wrong "no Command with ngspice"
        for field in Title Date Plotname Flags 'No. Variables' 'No. Points'; do
            grep -q "^$field: " header || wrong "no $field in the header"
        done
        variables=$(sed -n 's/^No. Variables: //p' header)
        points=$(sed -n 's/^No. Points: //p' header)
        sed -n 's/^Plotname: //p' header
        doubles rest "$size" | head -n $((variables * points)) >values
        sed -n '/^Variables:$/,/^Binary:$/p' header | awk -F '\t' -v points="$points" -v variables="$variables" '
        NF >= 4 { name[n++] = $3 " " $4 }
        END {
            while ((getline value <"values") > 0) {
                of[k % variables] = of[k % variables] " " value
                k++
            }
            for (i = 0; i < n; i++)
                print name[i] ":" of[i]
            if (n != variables || k != variables * points)
                print n " variables, " k " numbers"
        }'
        tail -c +$((size + 8 * variables * points + 1)) rest >further
        mv further rest
    done
}

client=spicelib
same "$(spicelib "$divider.op
.end
")" "Operating Point
v(in) voltage: 6
v(out) voltage: 4
i(v1) current: -0.002" "the operating point"
same "$(spicelib "$divider.dc V1 0 3 1.5
.op
.tf v(out) V1
.meas dc vmax MAX v(out)
.meas dc vhalf FIND v(out) AT=1.5
.end
")" "DC transfer characteristic
v(v-sweep) voltage: 0 1.5 3
v(in) voltage: 0 1.5 3
v(out) voltage: 0 1 2
i(v1) current: 0 -0.0005 -0.001
Operating Point
v(in) voltage: 6
v(out) voltage: 4
i(v1) current: -0.002
Transfer Function
v(Transfer_function) voltage: 0.666666667
v(v1#Input_impedance) voltage: 3000
v(output_impedance_at_V(out)) voltage: 666.666667" "three analyses"
same "$(sed -n 's/^\([a-z][a-z0-9_]*\)  *=  *\([-+.0-9e]*\)\( at=  *[-+.0-9e]*\)*$/\1 \2/p' X.log)" "vmax 2.000000e+00
vhalf 1.000000e+00" "what the log has measured"
same "$(spicelib "$divider.dc V1 0 1 1 R2 1k 2k 1k
.step R1 list 1k 3k
.save v(out)
.end
")" "DC transfer characteristic
v(v-sweep) voltage: 0 1 0 1 0 1 0 1
res-sweep res-sweep: 1000 1000 1000 1000 3000 3000 3000 3000
v(out) voltage: 0 0.5 0 0.666666667 0 0.25 0 0.4" "a sweep in a sweep, stepped"
printf 'Wrong\nV1 a 0 1\nR1 a\n.op\n.end\n' >X.net
rm -f X.log X.raw
"$OPSPICE" -D ngbehavior=kiltpsa -b -o X.log -r X.raw X.net >out 2>err
same "$?" 1 "the exit status of a wrong netlist"
[ -e X.raw ] && wrong "a wrong netlist has a rawfile"

# ---- xschem --------------------------------------------------------------------------------------------------------
# `ngspice -b -r "$n.raw" "$N"`, then the rawfile is read: `Plotname` must contain `Operating Point` for annotations,
# `dc transfer` (any case) for graphs; numbers of variables and points, index, name, then `Binary:`.

client=xschem
printf '%s.op\n.end\n' "$divider" >n.spice
"$OPSPICE" -b -r "n.raw" "n.spice" >out 2>err </dev/null || wrong "exit status"
[ -s err ] && wrong "standard error has $(cat err)"
same "$(awk '/^Plotname:.*Operating Point/ { op = 1 } /^No\. Variables:/ { n = $3 } /^No\. Points:/ { p = $3 }
    /^\t/ && op { print $1, $2 } /^Binary:/ { print n, p; exit }' n.raw)" "0 v(in)
1 v(out)
2 i(v1)
3 1" "the annotation"
same "$(doubles n.raw "$(header_size n.raw)" | tr '\n' ' ')" "6 4 -0.002 " "the values"

# ---- Qucs-S --------------------------------------------------------------------------------------------------------
# `ngspice FILE` without -b, in a folder where the outputs appear; all is done by the script. Of an operating point
# each line is split at `=`; the name before it, without blanks, is a node or an element's branch, the number
# behind it its value. Data of sweeps come from ASCII rawfiles: `No. Variables`, `No. Points`, names in
# `Variables:`, and numbers behind `Values:`.

client=Qucs-S
cat >spice4qucs.cir <<END
* Qucs 24.2.1  divider.sch
${divider#*
}.control

set filetype=ascii

op
print all > spice4qucs.cir.dc_op
destroy all
reset

dc V1 0 3 1.5
write spice4qucs.dc1.plot v(in) v(out) V1#branch
destroy all
reset

exit
.endc
.END
END
"$OPSPICE" spice4qucs.cir >out 2>err </dev/null
same "$?" 0 "the exit status"
[ -s err ] && wrong "standard error has $(cat err)"
same "$(awk -F = '{ gsub(/ /, ""); printf "%s %g\n", $1, $2 }' spice4qucs.cir.dc_op)" "in 6
out 4
v1#branch -0.002" "the operating point"
same "$(awk '/^No\. Variables:/ { n = $3 } /^No\. Points:/ { p = $3 } /^\t[0-9]/ && !values { printf "%s ", $2 }
    /^Values:/ { values = 1; print n, p; next } values && NF { printf "%g ", $NF }' spice4qucs.dc1.plot)" \
    "v(v-sweep) v(in) v(out) i(v1) 4 3
0 0 0 0 1.5 1.5 1 -0.0005 3 3 2 -0.001 " "the sweep"

# ---- a person ------------------------------------------------------------------------------------------------------

client='opspice'
"$OPSPICE" --help >out 2>err || wrong "--help fails"
[ -s err ] && wrong "--help writes to standard error"
for option in -o -r -D -c -s --format --plot --solver --diode --tolerance --threads --certificate --stats -h -v -b; do
    grep -q -e "$option" out || wrong "--help does not tell of $option"
done
same "$("$OPSPICE" --version)" "opspice $OPSPICE_VERSION" "--version"
printf '%s.control\nop\nprint v(out)\nquit 5\n.endc\n' "$divider" | "$OPSPICE" -o listing >out 2>err
same "$?" 5 "the exit status of quit 5"
same "$(tail -n 1 listing)" "v(out) = 4.000000e+00" "the end of the listing"

# No answer takes the place of the netlist.
printf '%s.inc part\n.control\nop\nwrite deck.cir\n.endc\n' "$divider" >deck.cir
echo '* nothing' >part
for output in '-o deck.cir' '-r deck.cir' '-o part' '-o ./deck.cir'; do
    sed '/control/,/endc/d' deck.cir >plain.cir
    cp plain.cir kept
    # shellcheck disable=SC2046 # several words
    "$OPSPICE" $(echo "$output" | sed 's/deck/plain/') plain.cir >out 2>err
    same "$?" 2 "the exit status of $output over the netlist"
    cmp -s plain.cir kept || wrong "$output destroyed the netlist"
done
same "$(cat part)" '* nothing' "the included file"
cp deck.cir kept
"$OPSPICE" deck.cir >out 2>err
same "$?" 1 "the exit status of write over the netlist"
cmp -s deck.cir kept || wrong "write destroyed the netlist"
grep -q 'deck.cir belongs to the netlist' err || wrong "write over the netlist: $(cat err)"

# What a script prints is not lost beside a rawfile.
printf '%s.op\n.control\nop\necho hello\n.endc\n' "$divider" >n.spice
"$OPSPICE" -b -o n.log -r n.raw n.spice >out 2>err || wrong "exit status of a script with -r"
grep -q '^hello$' n.log || wrong "what the script prints is not in the log"

# A rawfile that a script has written stays, but for analyses of the netlist's own cards.
printf '%s.control\nop\nwrite n.raw v(out)\ndc v1 0 1 1\n.endc\n' "$divider" >n.spice
"$OPSPICE" -b -r n.raw n.spice >out 2>err || wrong "exit status of a script that writes the file of -r"
same "$(grep -a Plotname n.raw)" 'Plotname: Operating Point' "the rawfile that a script has written"
"$OPSPICE" -b -r other.raw n.spice >out 2>err || wrong "exit status of a script with -r"
same "$(grep -a -c Plotname other.raw)" 2 "the plots of a script in another rawfile"
printf '%s.dc v1 0 1 1\n.control\nop\nwrite n.raw v(out)\n.endc\n' "$divider" >n.spice
"$OPSPICE" -b -r n.raw n.spice >out 2>err || wrong "exit status of a script and cards"
same "$(grep -a Plotname n.raw)" 'Plotname: DC transfer characteristic' "the rawfile of the netlist's own cards"

[ "$failed" = 0 ] && echo "PySpice, spicelib, xschem, Qucs-S: all well"
exit "$failed"
