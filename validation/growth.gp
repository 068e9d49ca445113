# growth.dat: nodes, seconds
set terminal svg size 720,420 font "sans,12" background "white"
set output "growth.svg"
set title "Resistor grids: time of the whole process"
set logscale xy
set format "10^{%L}"
set xlabel "nodes"
set ylabel "seconds"
set grid
unset key
plot "growth.dat" using 1:2 with linespoints pointtype 7 linewidth 2
