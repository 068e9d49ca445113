/* Plays of what the interface answers: analyses, files, blocks, circuits, mistakes, the end; and 10,000 circuits. */
#include "ngspice_client.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- analyses ---- */

const char several[] = "several\n"
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
