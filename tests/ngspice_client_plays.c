/* What programs that load libngspice call, in their order. */
#include "ngspice_client.h"

#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int on_source(double *value, double time, char *node, int id, void *user)
{
    (void)id, (void)user;
    client_put("  source %s at %g", node, time);
    *value = 0;
    return 0;
}

/* ---- PySpice, InSpice: NgSpiceShared, every analysis a circuit of its own ---- */

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

/* ---- analyses ---- */

static const char several[] = "several\n"
                              "v1 a 0 2\n"
                              "r1 a b 1k\n"
                              "r2 b 0 1k\n"
                              "l1 b c 1m\n"
                              "r3 c 0 1k\n"
                              ".op\n"
                              ".dc v1 0 2 1\n"
                              ".dc r1 1k 2k 1k\n"
                              ".tf v(b) v1\n"
                              ".end";

void play_analyses(void)
{
    client_init(GIVES_CHAR | GIVES_STAT | GIVES_EXIT | GIVES_DATA | GIVES_INIT_DATA | GIVES_RUNNING);
    client_circuit(several);
    client_command("run");
    client_plots();
    client_vectors("op3");
    client_vectors("dc1");
    client_background("bg_run");
    client_plots();
    client_command("setplot dc1");
    client_command("print b");
    client_command("let x = b * 2");
    client_vector("x");
    client_command("let y = b");
    client_vector("y");
    client_vector("res-sweep");
    client_vector("dc2.v-sweep");
    client_vector("DC2.V(B)");
    client_vector("dc2.x");
    client_vector("x+1");
    client_vector("const.pi");
    client_vector("pi");
    client_vector("yes");
    client_vector("@r1[resistance]");
    client_vector("r1");
    client_vector("v(a,b)");
    client_background("bg_op");
    client_vector("@r1[p]");
    client_plots();
    client_command("op");
    client_command("destroy op2");
    client_plots();
    client_command("setplot new");
    client_command("let w = 1");
    client_vectors(NULL);
    client_command("destroy all");
    client_plots();
    client_put("breakpoint %d", ng.breakpoint(1e-3));
}

/* ---- files ---- */

static void put_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        client_put("cannot write %s", name);
}

void play_files(void)
{
    put_file("netlist.cir", "netlist\nv1 a 0 1\nr1 a 0 1k\n.control\nop\nprint a\n.endc\n.end\n");
    put_file("commands.sp", "*ng_script\nlet q = 6\nif q > 5\necho more\nend\nprint q\n");
    put_file("both.sp", "*NG_SCRIPT\nsource netlist.cir\nlet b = a + 1\n");
    put_file("block.sp", "block\n.control\nlet z = 7\nprint z\n.endc\n.end\n");
    put_file("end.sp", "*ng_script\necho before\nquit 3\necho behind\n");
    client_init(GIVES_CHAR | GIVES_EXIT);
    client_command("source commands.sp");
    client_command("setcirc");
    client_command("op");
    client_command("source netlist.cir");
    client_command("source commands.sp");
    client_command("op");
    client_vector("a");
    client_command("source block.sp");
    client_command("setcirc");
    client_command("remcirc");
    client_command("source both.sp");
    client_command("setcirc");
    client_vector("b");
    client_plots();
    client_command("source end.sp");
}

/* Files that are not there, and a script that quits: what `source` returns, and what stays. */
void play_missing(void)
{
    put_file("netlist.cir", "netlist\nv1 a 0 1\nr1 a 0 1k\n.op\n.end\n");
    put_file("quits.cir", "quits\nv1 a 0 1\nr1 a 0 1k\n.control\nop\nquit\n.endc\n.end\n");
    client_init(GIVES_CHAR | GIVES_EXIT);
    client_command("source none.sp");
    client_command("set name = netlist.cir");
    client_command("source $name");
    client_command("source none.sp");
    client_command("source netlist.cir/none.sp");
    client_command("source");
    client_command("op");
    client_vector("a");
    client_command("source quits.cir");
}

/* ---- blocks, which come line by line ---- */

void play_blocks(void)
{
    client_init(GIVES_CHAR | GIVES_EXIT);
    client_circuit(several);
    client_command("foreach n 1 2");
    client_command("echo $n");
    client_command("end");
    client_command("if 1 > 0");
    client_command("echo yes");
    client_command("else");
    client_command("echo no");
    client_command("end");
    client_command("let k = 0");
    client_command("while k < 3");
    client_command("alter v1 = k + 1");
    client_command("op");
    client_command("print v(a)");
    client_command("let k = k + 1");
    client_command("end");
    client_plots();
    client_command("repeat 2");
    client_command("echo never");
    client_put("reset of blocks -> %d", ng.command(NULL));
    client_command("echo at once");
    client_command("remcirc");
    client_command("if 0");
    client_command("op");
    client_command("end");
}

/* ---- several circuits ---- */

void play_circuits(void)
{
    client_init(GIVES_CHAR | GIVES_EXIT);
    client_circuit(several);
    client_command("op");
    client_circuit("with a script\n"
                   "v1 a 0 2\n"
                   "r1 a 0 1k\n"
                   ".control\n"
                   "op\n"
                   "print v(a)\n"
                   ".endc\n"
                   ".end");
    client_plots();
    client_vectors("nosuch");
    client_command("op");
    client_command("remcirc");
    client_command("op");
    client_vectors(NULL);
    client_command("remcirc");
    client_command("op");
    client_plots();
    client_command("print op2.a");
    client_vectors("op1");
}

/* ---- nothing loaded ---- */

void play_nothing(void)
{
    client_init(GIVES_CHAR | GIVES_STAT | GIVES_EXIT | GIVES_DATA | GIVES_INIT_DATA | GIVES_RUNNING);
    client_put("running %d", ng.running());
    client_plots();
    client_command("run");
    client_command("reset");
    client_command("remcirc");
    client_command("op");
    client_background("bg_run");
    client_command("bg_halt");
    client_vector("a");
    client_vector("");
    client_vector("op1.a");
    client_put("event nodes %s", ng.event_nodes() ? "some" : "none");
    client_command("print nosuch");
    client_command("nosuch command");
    client_circuit("good\nv1 a 0 1\nr1 a 0 1k\n.op\n.end");
    client_command("op");
    client_command("print nosuch");
    client_command("alter nosuch = 3");
    client_command("quit 3");
}

/* ---- halting ---- */

static atomic_int points;

static void wait_for_points(int count)
{
    while (points < count)
        usleep(100);
}

static size_t length_of(const char *name)
{
    char copy[100];
    snprintf(copy, sizeof copy, "%s", name);
    const struct vector_info *info = ng.vector(copy);
    return info ? (size_t)info->length : 0;
}

void play_halt(void)
{
    client_points = &points;
    client_init(GIVES_CHAR | GIVES_STAT | GIVES_EXIT | GIVES_DATA | GIVES_INIT_DATA | GIVES_RUNNING);
    client_circuit("long\n"
                   "v1 a 0 2\n"
                   "r1 a b 1k\n"
                   "r2 b 0 1k\n"
                   ".dc v1 0 1000 1\n"
                   ".end");
    client_start("bg_run");
    wait_for_points(10);
    client_put("running %d", ng.running());
    client_command("bg_halt");
    client_wait();
    client_put("running %d", ng.running());
    client_put("halted %s", points < 1001 ? "early" : "late");
    client_plots();
    client_put("vector b %s", length_of("b") == (size_t)points ? "as long as that" : "of another length");
    client_command("bg_halt");
    client_background("bg_resume");
    client_put("points %d, length %zu", points, length_of("b"));
    client_plots();
}

/* ---- while an analysis runs ---- */

static void look_at_plot(void)
{
    client_put("  running %d", ng.running());
    client_plots();
    client_vector("b");
    client_vector("v-sweep");
}

/* Each point is told as soon as it is solved, and can be read from then on. */
void play_growing(void)
{
    client_init(GIVES_CHAR | GIVES_EXIT | GIVES_DATA | GIVES_INIT_DATA | GIVES_RUNNING);
    client_circuit("growing\nv1 a 0 2\nr1 a b 1k\nr2 b 0 1k\n.dc v1 0 3 1\n.end");
    client_on_data = look_at_plot;
    client_command("run");
    client_background("bg_run");
    client_on_data = NULL;
    client_plots();
}

/* A command ends what runs, and what waits. */
void play_stop(void)
{
    client_points = &points;
    client_init(GIVES_DATA | GIVES_INIT_DATA | GIVES_RUNNING);
    client_circuit(several);
    client_circuit("long\nv1 a 0 2\nr1 a b 1k\nr2 b 0 1k\n.dc v1 0 1000 1\n.op\n.end");
    client_start("bg_run");
    wait_for_points(10);
    client_command("set x = 1");
    client_put("running %d, %s", ng.running(), points < 1001 ? "early" : "late");
    client_put("%s", length_of("b") == (size_t)points ? "as long" : "of another length");
    client_plots();
    points = 0;
    client_start("bg_run");
    wait_for_points(10);
    client_command("bg_halt");
    client_put("running %d, %s", ng.running(), points < 1001 ? "early" : "late");
    client_put("%s", length_of("b") == (size_t)points ? "as long" : "of another length");
    client_command("alter r1 = 3k");
    client_plots();
    client_put("%s", length_of("b") == (size_t)points ? "as long" : "of another length");
    client_background("bg_op");
    client_vector("b");
    points = 0;
    client_start("bg_run");
    wait_for_points(10);
    client_command("bg_halt");
    client_command("resume");
    client_put("running %d, points %d", ng.running(), points);
    client_plots();
}

/* ---- netlists that are refused ---- */

void play_refused(void)
{
    client_init(GIVES_CHAR | GIVES_EXIT | GIVES_DATA | GIVES_INIT_DATA | GIVES_RUNNING);
    put_file("card.cir", "card\nv1 a 0 1\nq1 a b\n.op\n.end\n");
    put_file("parameter.cir", "parameter\nv1 a 0 1\nr1 a 0 {none}\n.op\n.end\n");
    client_circuit("good\nv1 a 0 1\nr1 a 0 1k\n.op\n.end");
    client_command("source .");
    client_command("run");
    client_command("source card.cir");
    client_command("run");
    client_command("source parameter.cir");
    client_circuit("no model\nv1 a 0 1\nd1 a 0 none\n.op\n.end");
    client_command("run");
    client_background("bg_run");
    client_command("remcirc");
    client_command("run");
    client_circuit("no value\nv1 a 0 1\nr1 a 0\nr2 a 0 x y z\n.op\n.end");
    client_command("op");
    client_circuit("loop\nv1 a 0 1\nv2 a 0 2\nr1 a 0 1k\n.op\n.end");
    client_command("run");
    client_background("bg_run");
    client_circuit("floating\nv1 a 0 1\nr1 a 0 1k\nr2 b c 1k\n.op\n.end");
    client_command("run");
    client_circuit("transient\nv1 a 0 1\nr1 a 0 1k\n.tran 1n 10n\n.end");
    client_command("run");
    client_command("tran 1n 10n");
    client_command("codemodel /nowhere/analog.cm");
    client_command("shell true");
    client_command("plot v(a)");
    client_command("echo \001\002\303\274");
    client_command("");
    client_command("   ");
    client_circuit("");
    client_circuit(NULL);
    client_plots();
}

/* ---- quit ---- */

static void quit_at_rows(const char *text)
{
    if (strncmp(text, "stdout No. of Data Rows", 23) != 0)
        return;
    client_on_char = NULL;
    client_command("op");
    client_command("quit 4");
}

static void halt_at_rows(const char *text)
{
    if (strncmp(text, "stdout No. of Data Rows", 23) == 0)
        client_put("  bg_halt -> %d, running %d", ng.command((char[]){"bg_halt"}), ng.running());
}

void play_quit(void)
{
    client_init(GIVES_CHAR | GIVES_EXIT | GIVES_RUNNING);
    client_circuit(several);
    client_on_char = quit_at_rows;
    client_command("run");
    client_plots();
    client_command("op");
    client_circuit(several);
    client_on_char = quit_at_rows;
    client_background("bg_run");
    client_plots();
    client_circuit(several);
    client_on_char = halt_at_rows;
    client_background("bg_run");
    client_on_char = NULL;
    client_plots();
    client_circuit("script that quits\nv1 a 0 1\nr1 a 0 1\n.control\nop\nquit 7\n.endc\n.end");
    client_plots();
    client_circuit(several);
    client_command("op");
    client_put("reset -> %d", ng.reset());
    client_command("op");
    client_init(GIVES_CHAR);
    client_plots();
    client_command("op");
}

/* ---- no callbacks ---- */

void play_null(void)
{
    client_command("op");
    client_circuit(several);
    client_put("vector %s", ng.vector((char[]){"a"}) ? "found" : "none");
    client_put("no_spinit %d, no_spiceinit %d", ng.no_spinit(), ng.no_spiceinit());
    client_init(0);
    client_put("init_sync %d, init_evt %d", ng.init_sync(NULL, NULL, NULL, NULL, NULL), ng.init_evt(NULL, NULL, NULL));
    client_circuit(several);
    client_command("run");
    client_command("nosuch");
    ng.command((char[]){"bg_run"});
    while (ng.running())
        usleep(1000);
    client_plots();
    client_vector("op2.a");
    client_vector("nosuch");
    client_put("lock %d", ng.lock());
    client_put("unlock %d", ng.unlock());
    client_put("event node %s", ng.event_node((char[]){"a"}) ? "found" : "none");
    client_put("vectors of nothing: %s, vector of nothing: %s", ng.vectors(NULL) ? "some" : "none",
               ng.vector(NULL) ? "some" : "none");
    client_command("let x1 = 5");
    client_command("let x2 = 6");
    const struct vector_info *x1 = ng.vector((char[]){"x1"}), *x2 = ng.vector((char[]){"x2"});
    client_command("unlet x1");
    client_put("x2 %s, x1 %s", ng.vector((char[]){"x2"}) == x2 ? "where it was" : "elsewhere",
               ng.vector((char[]){"x1"}) ? "there" : "gone");
    client_put("who has looked at x1 still reads %g", x1->real[0]);
    client_command("quit");
}

/* ---- 10,000 circuits ---- */

static size_t memory_in_use(void)
{
    return mallinfo2().uordblks;
}

static void run_quietly(const char *circuit, bool removes)
{
    char text[200];
    char *line[20], *rest = text;
    size_t lines = 0;
    snprintf(text, sizeof text, "%s", circuit);
    while (rest)
        line[lines++] = strsep(&rest, "\n");
    line[lines] = NULL;
    ng.command((char[]){"destroy all"});
    if (ng.circuit(line) != 0)
        client_put("circuit refused");
    ng.command((char[]){"run"});
    char **plot = ng.plots();
    char **vector = ng.vectors(plot[0]);
    double sum = 0;
    for (size_t v = 0; vector && vector[v]; v++)
        sum += ng.vector(vector[v])->real[0];
    ng.vector((char[]){"@r1[p]"});
    if (!(fabs(sum - 2.999) < 1e-9))
        client_put("sum %.10g", sum);
    if (removes)
        ng.command((char[]){"remcirc"});
}

/* As PySpice does, which removes no circuit, and as KiCad. */
void play_many(void)
{
    static const char circuit[] = "many\nv1 a 0 2\nr1 a b 1k\nr2 b 0 1k\n.op\n.end";
    client_init(0);
    for (int way = 0; way < 2; way++) {
        for (int n = 0; n < 1000; n++)
            run_quietly(circuit, way);
        size_t before = memory_in_use();
        for (int n = 0; n < 10000; n++)
            run_quietly(circuit, way);
        size_t after = memory_in_use();
        client_put("%s: %s", way ? "removed" : "kept", after < before + 100000 ? "no growth" : "growth");
        fprintf(stderr, "%zu bytes, then %zu\n", before, after);
    }
}

/* ---- threads that ask while one runs ---- */

static void *ask(void *data)
{
    const atomic_bool *done = data;
    while (!*done) {
        ng.lock();
        char **plot = ng.plots();
        for (size_t p = 0; plot && plot[p]; p++)
            length_of(plot[p]);
        length_of("b");
        length_of("@r1[p]");
        ng.current_plot();
        ng.unlock();
        ng.running();
    }
    return NULL;
}

void play_threads(void)
{
    atomic_bool done = false;
    pthread_t asking;
    client_init(GIVES_RUNNING | GIVES_DATA | GIVES_INIT_DATA);
    client_points = &points;
    client_circuit("long\nv1 a 0 2\nr1 a b 1k\nr2 b 0 1k\n.dc v1 0 100 1\n.end");
    if (pthread_create(&asking, NULL, ask, &done) != 0)
        return;
    for (int n = 0; n < 5; n++) {
        client_background("bg_run");
        client_start("bg_run");
        client_command("bg_halt");
        client_command("alter r1 = 2k");
        client_command("op");
    }
    done = true;
    pthread_join(asking, NULL);
    client_plots();
}

/* ---- a thread that halts while another begins anew ---- */

static void *halt_again_and_again(void *data)
{
    const atomic_bool *done = data;
    while (!*done)
        ng.command((char[]){"bg_halt"});
    return NULL;
}

void play_resets(void)
{
    atomic_bool done = false;
    pthread_t halting;
    client_init(GIVES_RUNNING);
    if (pthread_create(&halting, NULL, halt_again_and_again, &done) != 0)
        return;
    for (int n = 0; n < 200; n++) {
        ng.reset();
        client_init(GIVES_RUNNING);
    }
    done = true;
    pthread_join(halting, NULL);
}
