#!/bin/sh
# --report: what stands in a report, with numbers known by hand; wrong options and files; failures; and the page in a
# browser (Chromium), where there is one.
#
#   report.sh      environment, from Makefile.am: OPSPICE (the program), top_srcdir
set -u
export LC_ALL=C
: "${OPSPICE:?}" "${top_srcdir:?}"

# shellcheck source=tests/scratch.sh
. "$top_srcdir/tests/scratch.sh"

# report STATUS OPTION ...: run it so; messages go to err.
report() {
    expected=$1
    shift
    "$OPSPICE" "$@" >out 2>err </dev/null
    status=$?
    [ "$status" = "$expected" ] || wrong "status $status of $*: $(cat err)"
}

# field KIND NAME COLUMN VALUE: in the CSV the row of that kind and name has this, as a number within 1e-9 of itself.
field() {
    awk -F, -v kind="$1" -v name="$2" -v column="$3" -v value="$4" '
        function is_number(text) { return text ~ /^-?[0-9.]+(e[-+]?[0-9]+)?$/ }
        NR == 1 { for (c = 1; c <= NF; c++) number[$c] = c; columns = NF }
        $1 == kind && $2 == name {
            found = 1
            has = $(number[column])
            if (is_number(value) && is_number(has)) {
                error = has - value
                bound = 1e-9 * (value < 0 ? -value : value)
                good = error <= bound && -error <= bound
            } else
                good = has == value
            if (!good)
                print kind " " name ": " column " is " has ", not " value
        }
        NF != columns { print "row " NR " has " NF " fields" }
        END { if (!found) print "no row " kind " " name; if (!number[column]) print "no column " column }' \
        report.csv >complaint
    [ -s complaint ] && wrong "$(cat complaint)"
}

rows() {
    count=$(grep -c "^$1," report.csv)
    [ "$count" = "$2" ] || wrong "$count rows of $1, not $2"
}

says() {
    grep -qF -e "$1" "$2" || wrong "$2 does not say: $1"
}

# ---- a grid: 1.8 V, 0.1 A through a via of 0.1 ohm and a square of four wires; an island, a lone resistor ----

cat >grid.cir <<'END'
* Grid with an island <script>alert(1)</script> & "more"
Vdd n1_m10_0_0 0 1.8
Rvia n1_m9_0_0 n1_m10_0_0 0.1
R2 n1_m9_0_0 n1_m9_10_0 0.5
R3 n1_m9_10_0 n1_m9_10_10 0.5
R4 n1_m9_10_10 n1_m9_0_10 0.5
R5 n1_m9_0_10 n1_m9_0_0 0.5
I1 n1_m9_10_10 0 0.1
R8 n1_m3_5_5 n1_m3_6_5 1
R9 lone<b>"c 0 1k
I9 lone<b>"c 0 1u
R10 dead 0 1k
.op
.end
END
printf 'pattern,ampere\n# of wires\nM9, 40m\nm10-m9,90m\nr9,1\n' >limits.csv
report 0 --report=report.csv --report=report.html --current-limit=limits.csv grid.cir
field net n1 count 5
field net n1 supply_v 1.8
field net n1 voltage_v 1.74
field net n1 average_voltage_v 1.772
field net n1 drop_v 0.06
field net n1 average_drop_v 0.028
field net n1 drop_percent 3.33333333333333
field net n1 current_a 0.1
field net n1 power_w 0.18
field net n1 loss_w 0.006
field net n1 at n1_m9_10_10
field layer m9 count 4
field layer m9 drop_v 0.06
field layer m9 average_drop_v 0.035
field layer m9 current_a 0.05
field layer m10 drop_v 0
field via m9-m10 current_a 0.1
field via m9-m10 branch rvia
field node n1_m9_10_10 rank 1
field node n1_m9_10_10 x 10
field node n1_m9_10_10 layer m9
field node n1_m9_0_0 drop_v 0.01
field branch rvia rank 1
field branch rvia current_a -0.1
field branch rvia resistance_ohm 0.1
field branch r4 power_w 0.00125
field source vdd current_a -0.1
field violation r2 limit_a 0.04
field violation rvia limit_a 0.09
field unconnected n1_m3_6_5 at n1_m3_5_5
field unconnected n1_m3_6_5 note floats
field proof proved count 1
field unconnected dead voltage_v 0
rows net 2
rows violation 5
rows unconnected 3
says '"lone<b>""c"' report.csv
sed 's/\xc2\xa0/ /g' report.html >report.txt # blanks that do not break
for text in '<title>Grid with an island &lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;more&quot;</title>' \
    'lone&lt;b&gt;&quot;c' '60.00 mV' '3.333 %' '1.77200 V' '5 of 6 wires that have a limit exceed it.' 'No voltage source reaches 3 nodes' \
    'floats, relative to n1_m3_5_5' 'proved within 1e-09' "<footer>opspice $("$OPSPICE" --version | cut -d' ' -f2)" \
    'data:image/png;base64,' '0.5556' 'class="bad">5<'; do
    says "$text" report.txt
done
grep -qi -e '<script' -e 'http' report.html && wrong "the page needs something beside it"
# its pictures are PNG that other programs read
if python3 -c 'import zlib' 2>/dev/null; then
    python3 - report.html <<'END' || wrong "a picture is no PNG"
import base64, re, struct, sys, zlib
for text in re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", open(sys.argv[1]).read()):
    png = base64.b64decode(text, validate=True)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, kinds, data = 8, [], b""
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        body = png[at + 8:at + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack(">I", png[at + 8 + length:at + 12 + length])[0]
        kinds.append(kind)
        if kind == b"IHDR":
            width, height = struct.unpack(">II", body[:8])
        data += body if kind == b"IDAT" else b""
        at += 12 + length
    assert kinds == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"], kinds
    rows = zlib.decompress(data)
    assert len(rows) == (width + 1) * height
    above, levels = bytes(width), set()
    for y in range(height):
        row = rows[y * (width + 1):(y + 1) * (width + 1)]
        assert row[0] == 2
        above = bytes((p + q) % 256 for p, q in zip(row[1:], above))
        levels |= set(above)
    assert 255 in levels and 0 in levels and min(levels - {0}) > 1, levels
END
fi

# ---- nets by name, and coordinates from a file ----

printf 'node,layer,x,y\nn1_m9_0_0,top,0,0\n"n1_m9_10_0",top,1,0\nN1_m9_10_10,top,1,1k\n' >places.csv
report 0 --report=report.csv --net=N1_m9 --net=n1 --worst=1 --coordinates=places.csv grid.cir
field net N1_m9 count 4
field net N1_m9 supply_v 1.8
field net N1_m9 average_drop_v 0.035
field net n1 count 3
field net n1 drop_v 1.8
field node n1_m9_10_10 y 1000
field layer top count 3
rows node 2
rows branch 1
report 0 --report=report.csv --worst=0 grid.cir
rows node 0
printf 'Ground\nv1 g1_0 0 0\nr1 g1_0 g1_1 1\nr2 g1_1 g2_1 1\ni1 0 g2_1 2\nv2 neg 0 -5\nr3 neg n2 1\ni2 n2 0 -1\n.op\n' >ground.cir
report 0 --report=report.csv ground.cir
rows unconnected 0
field net v1 drop_v 4
field net v1 drop_percent ''
field net v1 current_a -2
field net neg drop_v 1
field net neg drop_percent 20
field net neg current_a -1
field node g2_1 x 1
field node g2_1 y 2
# ground through resistors, and through an inductor
printf 'Returns\nv1 vdd 0 1\nr1 vdd v2 1\ni1 v2 g1 0.1\nr2 g1 g2 1\nr3 g2 0 0.5\ni2 v2 h1 0.2\nr4 h1 h2 1\nl1 h2 0 1n\n.op\n' >returns.cir
report 0 --report=report.csv returns.cir
rows net 3
rows unconnected 0
field net g2 drop_v 0.15
field net g2 supply_v 0
field net g2 current_a -0.1
field net g2 loss_w 0.015
field net h2 drop_v 0.2
field net h2 current_a -0.2
field net vdd drop_v 0.3
report 0 --report=report.csv --net=g returns.cir
field net g supply_v 0
field net g drop_v 0.15

# ---- curves of generators: an ideal source of 1 V behind 1 ohm, held at voltages, currents, by resistors ----

printf 'Thevenin\nv1 a 0 1\nr1 a b {r}\n.param r=1\nv2 b 0 0\n.dc v2 -0.1 1.3 0.35\n.step param r list 1 2\n.print dc v(a)\n' >volts.cir
report 0 --report=report.csv --report=report.html volts.cir
rows curve 2
sed -i '/^curve,v2,.*r=1$/s/v2/first/; /^curve,v2,.*r=2$/s/v2/second/' report.csv
for curve in first:1 second:2; do
    field curve ${curve%:*} isc_a $((10 / ${curve#*:}))e-1
    field curve ${curve%:*} voc_v 1
    field curve ${curve%:*} pmax_w "$(echo "0.25 ${curve#*:}" | awk '{ print $1 / $2 }')"
    field curve ${curve%:*} fill_factor 0.25
    field curve ${curve%:*} peaks 1
    field curve ${curve%:*} note "r=${curve#*:}"
done
for text in 'Sweep of v2' '>Isc<' '>fill factor<' '>25.00' 'r = 2' '<path class="c1 power"'; do
    says "$text" report.html
done
[ "$(grep -c '<rect class="ground"' report.html)" = 0 ] || wrong "a sweep has a heat map"
printf 'Thevenin\nv1 a 0 1\nr1 a b 1\ni2 b 0 0\n.dc i2 -0.2 1.2 0.1\n' >amperes.cir
report 0 --report=report.csv amperes.cir
field curve i2 isc_a 1
field curve i2 voc_v 1
field curve i2 vmp_v 0.5
printf 'Thevenin\nv1 a 0 -1\nr1 a b 1\nr2 b 0 1\n.dc r2 0.1 3.1 0.5\n.print dc v(b)\n' >ohms.cir
report 0 --report=report.csv ohms.cir
field curve r2 isc_a ''
field curve r2 voc_v ''
field curve r2 imp_a 0.5
field curve r2 pmax_w 0.25
printf 'A load\nv1 a 0 1\nr1 a 0 1\n.dc v1 -1 1 0.1\n' >load.cir
report 0 --report=report.csv --report=report.html load.cir
rows curve 0
says 'no curve of a generator' report.html
# what the report needs of a sweep is in no table
report 0 --report=report.csv --format=csv -o plain.csv ohms.cir
[ "$(head -n 1 plain.csv)" = 'r2,v(b)' ] || wrong "columns of a sweep: $(head -n 1 plain.csv)"

# ---- wrong ones ----

# refused STATUS TEXT OPTION ...: nothing is written, TEXT is said.
refused() {
    rm -f report.html report.csv
    expected=$1
    text=$2
    shift 2
    report "$expected" "$@"
    says "$text" err
    [ -e report.html ] || [ -e report.csv ] && wrong "a report is there: $*"
    ls .opspice-* 2>/dev/null && wrong "something is left behind: $*"
}
refused 2 'opspice: --report writes FILE.html or FILE.csv, not report.pdf; see opspice --help' --report=report.pdf grid.cir
refused 2 'opspice: --report writes FILE.html or FILE.csv, not .html; see opspice --help' --report=.html grid.cir
refused 2 'opspice: --report is given twice for report.csv; see opspice --help' --report=report.csv --report=report.csv grid.cir
refused 2 'opspice: --report and another option write to one file; see opspice --help' --report=report.csv -o report.csv grid.cir
refused 2 'opspice: --worst is a number of nodes, not 1e3; see opspice --help' --report=report.csv --worst=1e3 grid.cir
refused 2 'opspice: --net needs a value; see opspice --help' --report=report.csv --net= grid.cir
refused 2 'opspice: --net is of a report: give --report=FILE; see opspice --help' --net=n1 grid.cir
refused 2 'opspice: --current-limit is of a report: give --report=FILE; see opspice --help' --current-limit=limits.csv grid.cir
printf 'm9,40m\nm9\n,3\nm9,-1\nm9,1x9\n' >bad.csv
refused 1 'bad.csv:2:1: error: pattern,ampere is expected here' --report=report.csv --current-limit=bad.csv grid.cir
says 'bad.csv:3:1: error: pattern,ampere is expected here, not an empty pattern' err
says 'bad.csv:4:4: error: a current above 0 is expected here' err
says 'bad.csv:5:4: error: a current above 0 is expected here' err
[ "$(grep -c error err)" = 4 ] || wrong "mistakes are told twice: $(cat err)"
printf 'n1_m9_0_0,top,0,0\nn1_m9_0_0,top,0\nn1_m9_0_0,top,x,0\nn1_m9_0_0,top,0,0,0\nn1_m9_0_0,top,0,1e31\n' >bad.csv
refused 1 'bad.csv:2:1: error: node,layer,x,y is expected here, not 3 fields' --report=report.html --coordinates=bad.csv grid.cir
says 'bad.csv:3:15: error: a coordinate is expected here' err
says 'bad.csv:4:1: error: node,layer,x,y is expected here, not 5 fields' err
says 'bad.csv:5:17: error: a coordinate is expected here' err
refused 4 'error: cannot read none.csv: No such file or directory' --report=report.html --coordinates=none.csv grid.cir
cp grid.cir grid.csv
refused 2 'opspice: grid.csv belongs to the netlist: it is not written over; see opspice --help' --report=grid.csv grid.csv
cmp -s grid.cir grid.csv || wrong "a report was written over the netlist"
refused 2 'opspice: limits.csv belongs to the netlist: it is not written over; see opspice --help' \
    --report=limits.csv --current-limit=limits.csv grid.cir
refused 4 'opspice: cannot write nowhere/x.html: No such file or directory' --report=nowhere/x.html grid.cir
refused 3 'error' --report=report.html "$top_srcdir/tests/invalid/current-alone.cir"
printf 'm1,1\nr2,1\nnone,1\n' >unused.csv
printf 'stranger,m1,0,0\nother,m1,0,0\n' >strangers.csv
report 0 --report=report.csv --report=report.html --net=zz --current-limit=unused.csv --coordinates=strangers.csv grid.cir
says 'unused.csv:1:1: warning: no resistor and no layer has this limit' err
says 'unused.csv:3:1: warning: no resistor and no layer has this limit' err
says 'strangers.csv:1:1: warning: the circuit has no node of this name, nor of others of this file' err
says 'warning: net zz of the report has no nodes' err
[ "$(grep -c 'no resistor and no layer' err)" = 2 ] || wrong "warnings are told for each report"
field net zz count 0
refused 1 'error: net zz of the report has no nodes' --strict --report=report.csv --net=zz "$top_srcdir/netlists/powergrid.cir"
if [ -w /dev/full ]; then
    ln -s /dev/full full.html
    ln -s /dev/full full.csv
    report 4 --report=full.html grid.cir
    says 'opspice: cannot write full.html: No space left on device' err
    report 4 --report=full.csv grid.cir
fi
# the old report stays where the new one is not written
echo old >report.html
report 3 --report=report.html "$top_srcdir/tests/invalid/current-alone.cir"
[ "$(cat report.html)" = old ] || wrong "the old report is gone"

# a script that leaves nothing
printf 'Nothing\nv1 a 0 1\nr1 a 0 1\n.control\nlet x=1\n.endc\n.end\n' >nothing.cir
report 2 --report=report.html nothing.cir
says 'opspice: the script has left nothing that report.html could report; see opspice --help' err
[ "$(cat report.html)" = old ] || wrong "the old report is gone after a script"

# ---- bounds ----

# eight nets of three layers each: sixteen pictures; more nodes and nets than are listed
awk 'BEGIN {
    print "Many nets"
    for (n = 0; n < 130; n++) {
        print "v" n " n" n "_m1_0_0 0 1\ni" n " n" n "_m3_1_1 0 1m"
        for (l = 1; l <= 3; l++) {
            print "ra" n "_" l " n" n "_m" l "_0_0 n" n "_m" l "_0_1 1\nrb" n "_" l " n" n "_m" l "_0_1 n" n "_m" l "_1_1 1"
            if (l > 1)
                print "rc" n "_" l " n" n "_m" l - 1 "_1_1 n" n "_m" l "_0_0 1"
        }
    }
    print ".op\n.end" }' >nets.cir
report 0 --report=report.html --report=report.csv --worst=3 nets.cir
[ "$(grep -c '<figure class="map">' report.html)" = 16 ] || wrong "not sixteen maps"
says 'Of 24 layers the 16 with most nodes are drawn.' report.html
says 'The largest 100 of 130 nets.' report.html
says 'Of smaller nets the CSV has the worst nodes.' report.html
rows net 130
rows node 390
rows layer 24
field node n129_m3_1_1 drop_v 0.008

# ---- a grid of others ----

# ---- a netlist without elements, whose script reads others: of the one that is current at the end ----

cat >driver.cir <<'END'
Driver
.control
source grid.cir
op
source small.cir
op
setcirc 2
op
.endc
END
printf 'Small\nv1 a 0 1\nr1 a 0 1k\n.op\n' >small.cir
report 0 --report=report.csv --report=report.html driver.cir
field net n1 voltage_v 1.74
field branch rvia current_a -0.1
says '<title>Grid with an island' report.html
sed '/^setcirc/,/^op/d' driver.cir >last.cir
report 0 --report=report.csv --report=report.html last.cir
field net a current_a 0.001
says '<title>Small' report.html

corpus=${OPSPICE_CORPUS-}/powergrid/iccad23-testcase11
if [ -f "$corpus.sp" ]; then
    report 0 --report=report.html --report=report.csv "$corpus.sp"
    field net n1 count 9931
    field net n1 voltage_v "$(awk 'NR == 1 || $2 < least { least = $2 } END { printf "%.10f", least }' "$corpus.voltage")"
    field net n1 average_voltage_v "$(awk '{ sum += $2 } END { printf "%.12f", sum / NR }' "$corpus.voltage")"
    field net n1 at "$(sort -k 2 -n "$corpus.voltage" | awk 'NR == 1 { print $1 }')"
    [ "$(grep -c '<figure class="map">' report.html)" = 5 ] || wrong "not five layers"
    [ "$(wc -c <report.html)" -lt 100000 ] || wrong "the page is large"
fi

# ---- in a browser ----

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
    echo "report: there is no Chromium: the page is not looked at"
    exit "$failed"
}
report 0 --report=page.html "$top_srcdir/netlists/powergrid.cir"
look() {
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars \
        --user-data-dir="$work/browser" --window-size=1000,1400 "$@" "file://$work/page.html" 2>browser.err
}
if ! look --dump-dom >dom.html || ! [ -s dom.html ]; then
    echo "report: $browser does not run here: the page is not looked at"
    exit "$failed"
fi
for text in 'Power grid with IR drop, 3 x 3' '<td>n0_0</td>' 'Nodes with the largest drops'; do
    says "$text" dom.html
done
look --screenshot="$work/page.png" >/dev/null
[ -s page.png ] || wrong "no screenshot: $(tail -n 3 browser.err)"
if [ -s page.png ] && python3 -c 'import zlib' 2>/dev/null; then
    # the map has its dark corners and its light middle, on white
    python3 - page.png <<'END' || wrong "the screenshot does not show the page"
import struct, sys, zlib
png = open(sys.argv[1], "rb").read()
at, data = 8, b""
while at < len(png):
    length, kind = struct.unpack(">I4s", png[at:at + 8])
    body = png[at + 8:at + 8 + length]
    if kind == b"IHDR":
        width, height, depth, colour = struct.unpack(">IIBB", body[:10])
    data += body if kind == b"IDAT" else b""
    at += 12 + length
assert depth == 8 and colour in (2, 6), (depth, colour)
size, raw = {2: 3, 6: 4}[colour], zlib.decompress(data)
stride, above, count, at = width * size, bytearray(width * size), {}, 0
for y in range(height):
    kind, row = raw[at], bytearray(raw[at + 1:at + 1 + stride])
    at += stride + 1
    for x in range(stride):
        a = row[x - size] if x >= size else 0
        b, c = above[x], above[x - size] if x >= size else 0
        if kind == 1: row[x] = (row[x] + a) % 256
        elif kind == 2: row[x] = (row[x] + b) % 256
        elif kind == 3: row[x] = (row[x] + (a + b) // 2) % 256
        elif kind == 4:
            p, q, r = abs(b - c), abs(a - c), abs(a + b - 2 * c)
            row[x] = (row[x] + (a if p <= q and p <= r else b if q <= r else c)) % 256
    above = row
    for x in range(0, stride, size * 4):
        pixel = bytes(row[x:x + 3])
        count[pixel] = count.get(pixel, 0) + 1
assert count[b"\xff\xff\xff"] > 0.3 * width * height / 4, "not a white page"
for pixel in (b"\x00\x00\x04", b"\xfc\xff\xa4"):
    assert count.get(pixel, 0) > 1000, (pixel, count.get(pixel, 0))
END
fi
exit "$failed"
