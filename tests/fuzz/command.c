/* ngSpice_Command: the input is commands, one a line, that a client gives after a circuit with something of
 * everything. */
#include "ngspice.h"

static const char circuit[] =
    "Commands\n.param p=1k q=2\nv1 a 0 5\nr1 a b {p}\nr2 b 0 2k\nd1 b c dm\nr3 c 0 {p*q}\ni1 0 c 1m\nx1 a d s\n"
    "r4 d 0 1k\n.subckt s p n r=1k\nr1 p m {r}\nr2 m n {r}\n.ends\n.model dm d(ron=10 vfwd=0.6)\n"
    ".op\n.dc v1 0 2 1\n.meas dc most max v(b)\n.end";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngspice_begin();
    fuzz_require(ngspice_circuit(circuit, sizeof circuit - 1) == 0);
    ngspice_commands((const char *)data, size);
    ngspice_look();
    ngspice_end();
    return 0;
}
