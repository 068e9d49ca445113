/* ngSpice_Circ: the input is the lines of a circuit, which is run, in the background too. */
#include "ngspice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char run[] = "run\nbg_run\nlisting\nreset\nop\nremcirc";
    ngspice_begin();
    ngspice_circuit((const char *)data, size);
    ngspice_look();
    ngspice_commands(run, sizeof run - 1);
    ngspice_look();
    ngspice_end();
    return 0;
}
