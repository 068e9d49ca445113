/* What programs that load libngspice call, in their order. */
#include "ngspice_client.h"

#include <stdio.h>

/* ---- PySpice, InSpice: NgSpiceShared, every analysis a circuit of its own ---- */

static int on_source(double *value, double time, char *node, int id, void *user)
{
    (void)id, (void)user;
    client_put("  source %s at %g", node, time);
    *value = 0;
    return 0;
}

static void pyspice_run(const char *circuit)
{
    client_command("destroy all");
    client_circuit(circuit);
    client_command("run");
    client_plots();
    client_vectors(ng.plots()[0]);
}

void play_pyspice(void)
{
    int id = 0;
    client_init(GIVES_CHAR | GIVES_STAT | GIVES_EXIT | GIVES_INIT_DATA | GIVES_RUNNING);
    client_put("init_sync -> %d", ng.init_sync(on_source, on_source, NULL, &id, &ng));
    client_command("version -f");
    client_command("set nomoremode");
    pyspice_run(".title Voltage Divider\n"
                "Vinput in 0 10V\n"
                "R1 in out 9kOhm\n"
                "R2 out 0 1kOhm\n"
                ".options TEMP = 25C\n"
                ".options TNOM = 25C\n"
                ".op\n"
                ".end");
    pyspice_run(".title Diode Characteristic Curve\n"
                "Vinput in 0 10V\n"
                "R1 in out 1Ohm\n"
                "D1 out 0 1N4148\n"
                ".model 1N4148 D (is=2.52e-9 n=1.752 rs=0.568)\n"
                ".options TEMP = 25C TNOM = 25C reltol=1e-9 vntol=1e-12 abstol=1e-15\n"
                ".dc Vinput -2V 3V 1V\n"
                ".end");
    client_command("alter r1 resistance = 2");
    client_command("altermod 1n4148 is = 1e-12");
    client_command("save in");
    client_command("save v(out)");
    client_command("save @r1[i]");
    client_command("run");
    client_plots();
    client_vectors(ng.plots()[0]);
    pyspice_run(".title saved\n"
                "V1 a 0 2\n"
                "I1 0 b 1m\n"
                "R1 a b 1k\n"
                "R2 b 0 1k\n"
                ".save @r1[i] b v1#branch\n"
                ".dc I1 0 2m 1m\n"
                ".end");
    pyspice_run(".title transfer\n"
                "V1 a 0 2\n"
                "R1 a b 1k\n"
                "R2 b 0 1k\n"
                ".tf v(b) V1\n"
                ".end");
    client_command("listing");
    client_command("status");
    client_command("unset nomoremode");
    client_command("remcirc");
    client_command("quit");
}

/* ---- KiCad ---- */

static const char kicad_schematic[] = ".title KiCad schematic\n"
                                      ".save all\n"
                                      ".probe alli\n"
                                      ".probe p(R1)\n"
                                      ".probe p(R2)\n"
                                      "V1 /in 0 DC 5\n"
                                      "R1 /in /out 1k\n"
                                      "R2 /out 0 2k\n"
                                      "R3 /out Net-_R3-Pad2_ 100\n"
                                      "R4 Net-_R3-Pad2_ 0 1k\n";

static void kicad_load(const char *analysis)
{
    char text[1000];
    snprintf(text, sizeof text, "%s%s\n.end", kicad_schematic, analysis);
    client_command("reset");
    client_command("unset ngbehavior");
    client_command("set ngbehavior=psa");
    client_command("remcirc");
    client_circuit(text);
    client_command("echo Command: esave none");
    client_command("esave none");
}

static void kicad_run(void)
{
    client_background("bg_run");
    client_plots();
    client_vectors(NULL);
    client_vector("V(/in)");
    client_vector("v(/OUT)");
    client_vector("I(R1)");
    client_vector("i(v1)");
    client_vector("V(Net-_R3-Pad2_)");
}

void play_kicad(void)
{
    client_sorts = true;
    client_init(GIVES_CHAR | GIVES_STAT | GIVES_EXIT | GIVES_RUNNING);
    client_command("set __CMPATH=\"/usr/lib/ngspice\"");
    client_command("codemodel '/nowhere/analog.cm'");
    client_command("set noaskquit");
    client_command("set nomoremode");
    client_circuit("*\n.end");
    kicad_load(".op");
    client_put("input path %s", ng.input_path("/tmp"));
    client_put("input path %s", ng.input_path(NULL));
    kicad_run();
    client_command("destroy all");
    client_plots();
    kicad_load(".dc V1 0 2 1");
    kicad_run();
    client_command("let user0 = V(\"/in\") - V(\"/out\")");
    client_vector("user0");
    client_command("echo meas DC peak MAX V(/out)");
    client_command("meas DC peak MAX V(/out)");
    client_vector("peak");
    client_command("meas DC where WHEN V(/out)=0.5");
    client_vector("where");
    client_command("meas DC none WHEN V(/out)=50");
    client_command("print V(/out)");
    client_command("print nosuch");
    client_command("destroy all");
    client_circuit(".title KiCad tunes\nV1 /in 0 DC 5\nR1 /in /out 1k\nR2 /out 0 2k\n.op\n.end");
    client_background("bg_run");
    client_command("alter @R1=500");
    client_background("bg_run");
    client_vectors(NULL);
    client_command("alter @R2[resistance]=500");
    client_background("bg_run");
    client_vector("V(/out)");
}

/* ---- Fritzing ---- */

static void fritzing_run(const char *circuit)
{
    client_command("remcirc");
    client_command("reset");
    client_circuit(circuit);
    client_command("listing");
    client_background("bg_run");
    client_vector("time");
}

void play_fritzing(void)
{
    client_init(GIVES_CHAR | GIVES_STAT | GIVES_EXIT | GIVES_RUNNING);
    fritzing_run("Simulator Netlist\n"
                 "VBattery1 1 0 9\n"
                 "RResistor1 1 2 220\n"
                 "DLED1 2 0 LED_GENERIC\n"
                 ".MODEL LED_GENERIC D(IS=4.57e-12 N=2.2 RS=2)\n"
                 "RMultimeter1 1 0 1e12\n"
                 ".option savecurrents\n"
                 ".options reltol=1e-9 vntol=1e-12 abstol=1e-15\n"
                 ".OP\n"
                 ".END");
    client_vectors(NULL);
    client_vector("v(1)");
    client_vector("V(2)");
    client_vector("v(0)");
    client_vector("@rresistor1[i]");
    client_vector("@rresistor1[p]");
    client_vector("@dled1[id]");
    client_vector("@vbattery1[i]");
    client_vector("@vbattery1[p]");
    client_vector("@rnone[i]");
    fritzing_run("Simulator Netlist\n"
                 "V1 1 0 5\n"
                 "R1 1 2 100\n"
                 "R2 2 0 100\n"
                 ".option savecurrents\n"
                 ".OP\n"
                 ".END");
    client_vector("v(2)");
    client_vector("@r1[i]");
    client_command("bg_halt");
    client_command("remcirc");
}

/* ---- ngspyce ---- */

void play_ngspyce(void)
{
    client_init(GIVES_CHAR | GIVES_EXIT | GIVES_DATA);
    client_command("set nomoremode");
    client_vectors("const");
    client_circuit("* ngspyce-created netlist\n"
                   "v1 a 0 dc 2\n"
                   "r1 a b 1k\n"
                   "r2 b 0 1k\n"
                   ".end");
    client_plots();
    client_command("op");
    client_vectors(NULL);
    client_command("alter v1 dc = 3");
    client_command("alter r1 resistance = 2000");
    client_command("dc v1 0 4 2");
    client_vectors(NULL);
    client_command("dc v1 0 2 1 r1 1000 2000 1000");
    client_vectors(NULL);
    client_command("dc TEMP 20 30 10");
    client_vectors(NULL);
    client_plots();
    client_vector("b");
    client_vector("op1.b");
    client_vector("nosuch");
    client_command("show r1");
    client_command("destroy dc1");
    client_plots();
    client_command("destroy all");
    client_plots();
    client_circuit("* ngspyce-created netlist\n"
                   ".param rr=1k\n"
                   "v1 a 0 dc 2\n"
                   "r1 a b {rr}\n"
                   "r2 b 0 1k\n"
                   ".end");
    client_command("alterparam rr = 3k");
    client_command("reset");
    client_command("op");
    client_vectors(NULL);
    client_command("echo a $curplot b");
}
