# NAME.dat of device_curves: opspice's curves as lines, ngspice's as points, and below each the differences.
# `name`: devices, output curves; or devices-log, magnitudes over the control at three temperatures.
titles = '"Q, NPN" "Q, quasi-saturation" "J, level 1" "J, level 2" "Z, level 1" '
titles = titles.'"M, level 1" "M, level 2" "M, level 3" "M, level 6" "VDMOS"'
columns = 5
set terminal svg size 1200,760 font ',9'
set output name.'.svg'
data = name.'.dat'
is_log = name eq 'devices-log'
shown(i) = is_log ? abs(i) : i
set multiplot
unset mxtics
set key off
set tics nomirror
do for [k = 0:words(titles) - 1] {
    left = (k % columns) / (columns + 0.0)
    bottom = k < columns ? 0.5 : 0
    set size 1.0 / columns, 0.34
    set origin left, bottom + 0.155
    set title word(titles, k + 1) offset 0,-0.8
    set xlabel ''
    set format x ''
    set lmargin 8
    set rmargin 1
    set bmargin 0.3
    set tmargin 1.6
    set autoscale
    set xtics autofreq nomirror
    set ytics autofreq nomirror
    unset mytics
    if (is_log && k < 2) { set xtics 0.2 }
    if (is_log) { set logscale y; set format y '10^{%L}'; set yrange [1e-13:*] }
    if (!is_log) { unset logscale y; set format y '%.1s%c' }
    plot data index k using 1:(shown($2)) with lines lw 1.2 lc rgb '#1f77b4', \
         '' index k using 1:(shown($3)) every 4 with points pt 7 ps 0.25 lc rgb '#d62728'
    set size 1.0 / columns, 0.155
    set origin left, bottom
    set title ''
    set xlabel is_log ? 'control, V' : 'collector or drain, V' offset 0,0.6
    set format x '%g'
    set bmargin 2.6
    set tmargin 0.2
    set logscale y
    set format y '10^{%L}'
    set yrange [1e-17:1e-6]
    set ytics 1e-17,1e3
    unset mytics
    plot data index k using 1:4 with lines lw 0.5 lc rgb '#555555'
}
unset multiplot
