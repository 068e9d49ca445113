/* Every allocation of the library fails in turn: the status says so, nothing leaks, no file is left half written. */
#include "decks.h"
#include "fail_alloc.h"
#include "suites.h"
#include "texts.h"
#include <dirent.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char divider[] = "t\nv1 a 0 10\nr1 a b 1k\nr2 b 0 2k\n";

/* Diodes of all kinds, loops of diodes and of sources, floating parts, anchors, warnings. */
static const char everything[] =
    "Everything\nv1 a 0 5\nv2 a 0 5\nr1 a b 1k\nd1 b c ideal\nd2 b c ideal\nr2 c 0 1k\nd3 0 c ideal\nr3 x y 1k\n"
    "v3 y z 1\nr4 z x 4k7\ni1 0 c 1m\nl1 c e 1u\nc1 e x 1n\nd4 e 0 knee\nd5 e f both\nr5 f 0 0\ni2 0 g 1m\n"
    "d6 g h ideal\nd7 h 0 ideal\nr6 g h 1k\n.model ideal D(Ron=0)\n.model knee D(Ron=10 Roff=1meg Vfwd=2)\n"
    ".model both D(Ron=0 Vfwd=1 Vrev=3)\n.print v(a) v(a,b) i(v1) @r1[p]\n.save all @r1[i]\n"
    ".options savecurrents nosuch\n";

static const char diode[] =
    "Diode\nv1 a 0 5\nr1 a b 1k\nd1 b c dm\nr2 c 0 1k\ni1 0 c 1m\n.model dm d\n";

/* All analyses, and all that is shown of them. */
static const char analyses[] =
    "Analyses\n.param p=1k\nv1 a 0 5\nr1 a b {p}\nd1 b 0 knee\nr2 b 0 2k\n.model knee D(Ron=10 Roff=1meg Vfwd=2)\n"
    ".dc v1 0 4 1 r2 1k 2k 1k\n.step param p list 1k 2k\n.op\n.tf v(b) v1\n"
    ".print dc v(a) v(a,b) mean(v(b))*2 x=par('v(b)[1]')\n.print v(b)\n.plot dc v(a) v(b)\n.save all @r1[i]\n"
    ".probe i(r2)\n.meas dc most max v(b)\n.meas dc at1 find v(b) at=1\n.meas dc when1 when v(b)=1\n"
    ".meas dc sum integ v(b) from=1 to=2.5\n.meas dc twice param='most*2'\n.meas dc never when v(b)=99\n"
    ".meas dc span trig v(b) val=0.2 targ v(b)=0.5\n";

static const char wrong[] =
    "R9 a b 1k\nv1 a 0 x\nr1 a 0 (\nr1 a 0 1\nr1 a 0 2\nd1 a 0 none\nq1 a b c\n.print v(bb) i(rr)\n"
    ".include nowhere.inc\n.model m D(Ron=-1)\n";

static const char cut[] = "t\nr1 b 0 1\ni1 0 a 1\nd1 0 a ideal\n.model ideal D(Ron=0)\n";
static const char loop[] = "t\nv1 a 0 5\nl1 a c 1\nv2 c 0 6\n";
static const char forward[] = "t\nv1 a 0 5\nd1 a b ideal\nv2 b 0 1\n.model ideal D(Ron=0)\n";
static const char including[] =
    "t\n.include " TOP_SRCDIR "/tests/valid/include/divider.inc\nv1 a 0 1\n.include '" TOP_SRCDIR
    "/tests/invalid/include/loop.inc'\n";

/* Parameters, functions, conditions, models and nodes of subcircuits. */
static const char language[] =
    "t\n.param a=1 b={a*2} c=\"b\" k={temper>20}\n.func f(x,y)={x*y+a}\n.global g\n"
    "x1 n s p={b} q={f(1,p)} m=2 zz=3\nx2 n s m=1\n.subckt s n p=1 q={p*2}\n.param r={p+q}\n.model m d(ron={r})\n"
    ".model w r(rsh={zz0+1})\n.param zz0=1\nr1 n g {r}\nx3 g t u={r}\n.if (p==1)\nr2 n 0 w\n.else\nd1 n 0 m\n"
    ".endif\n.nodeset v(g)=1 v(no)=2\n.subckt t a u=1\nr1 a 0 {agauss(u,0.1,1)*m/m}\n.ends\n.ends\nv1 n 0 {c}\n"
    "r1 n 0 b\n.if (k)\nr2 n 0 1\n.endif\n"
    ".if (!k)\nr3 n 0 1\n.endif\n.temp {a*30}\n.options seed=3\n.lib '" TOP_SRCDIR
    "/tests/valid/include/corners.lib' common\n";

static const char babel[] =
    "t\nx1 a s\nx2 a b none\nx3 a loop\nx4 a s p={nobody}\n.subckt s a p=1\nr1 a 0 {1/0}\n.ends\n.subckt loop a\n"
    "x1 a loop\n"
    ".ends\n.param a={b} b={a}\n.if (\n.endif\n.subckt open b\n.lib '" TOP_SRCDIR
    "/tests/valid/include/corners.lib' missing\n";

/* Sources of all laws: curved, cut into many pieces, not shown to rise; tables, whose points are numbers or not. */
static const char sources[] =
    "t\n.param p=2\nv1 a 0 1\nr1 a b 1\nb1 b 0 i=ln(1+exp(v(b)))+pwl(v(b),-1,-2,0,0,1,2,3,9)\n"
    "b2 b 0 i=sqrt(v(b)*v(b)+1)+v(b)\nb3 b 0 i=table(v(b),-1,-p,0,0,1,p)+max(v(b),0)\n"
    "b4 b 0 i=pwl(v(b),-1,-1,0,0,1,2,2,4,3,9)\ng1 b 0 table {v(b)} = (-1,-1) (1,1)\n";

/* Elements that others control: sums, polynomials, expressions, tables, switches, lines. */
static const char couplings[] =
    "t\nv1 a 0 1\nr1 a b 1k\ne1 c 0 b 0 2\nf1 0 d v1 3\nrd d 0 1\ng1 0 e poly(2) a 0 b 0 0 1 1 2\nre e 0 1\n"
    "h1 f 0 value={i(e1)*v(b)+i(d1)}\nb1 g 0 v=v(a)*2+1 tc1=1m\ng2 b 0 table {v(a)-v(b)} = (-1,0) (0,1m) (1,0)\n"
    "d1 b 0 m\n.model m d\ns1 a h b 0 sw on\nrh h 0 1\nw1 a k v1 csw\nrk k 0 1\n.model sw sw(vt=.1)\n"
    ".model csw iswitch(ion=1 ioff=0)\nt1 a 0 l 0\nrl l 0 1k\no1 a 0 n 0 lt\nrn n 0 1k\n"
    ".model lt ltra r=1 len=2\nr2 a 0 {1k+v(b)**2} m=2\n.nodeset v(b)=1\n";

/* What is done with a deck; each returns the worst status. */
static const char linear[] = "t\nv1 a 0 1\nr1 a b 1\nr2 b 0 2\ni1 0 b 1\nr3 b c 1\nv2 d 0 1\nr4 d b 1\n";
static const char inputs[] = "t\n.param p=1\nv1 a 0 1\nr1 a b 1\nr2 b 0 {p*temper}\nd1 b 0 dm\ng1 0 c a 0 1\nr3 c 0 1\n"
                             ".model dm d is=1f\n";

static int load(opspice *deck, const char *text)
{
    return opspice_load_memory(deck, "folder/deck.cir", text, strlen(text));
}

static int solve(opspice *deck, const char *text)
{
    int status = load(deck, text);
    return status != OPSPICE_OK ? status : opspice_solve(deck);
}

static int run_all(opspice *deck, const char *text)
{
    int status = load(deck, text);
    return status != OPSPICE_OK ? status : opspice_run(deck, NULL, NULL);
}

static int solve_newton(opspice *deck, const char *text)
{
    int status = opspice_set(deck, "solver", "newton");
    return status != OPSPICE_OK ? status : solve(deck, text);
}

static int solve_cd(opspice *deck, const char *text)
{
    int status = opspice_set(deck, "solver", "cd");
    return status != OPSPICE_OK ? status : solve(deck, text);
}

static int solve_warm(opspice *deck, const char *text)
{
    int status = solve(deck, text);
    for (int step = 0; status == OPSPICE_OK && step < 3; step++) {
        status = opspice_set_source(deck, "i1", 1e-3 * step);
        if (status == OPSPICE_OK)
            status = opspice_solve(deck);
    }
    return status;
}

/* A warm solve that brings a loop of sources, and one that takes it away. */
static int solve_refused(opspice *deck, const char *text)
{
    int status = solve(deck, text);
    if (status != OPSPICE_OK)
        return status;
    opspice_set_source(deck, "v2", 6);
    status = opspice_solve(deck);
    if (status != OPSPICE_NO_OPERATING_POINT)
        return status;
    opspice_set_source(deck, "v2", 5);
    return opspice_solve(deck);
}

/* Inputs of all kinds, with the circuit made anew. */
static int solve_inputs(opspice *deck, const char *text)
{
    static const char *const names[] = {"v1", "r1", "dm:is", "@r1[m]", "p", "temp", "g1"};
    int status = solve(deck, text);
    for (size_t q = 0; status == OPSPICE_OK && q < sizeof names / sizeof *names; q++) {
        size_t input;
        status = opspice_find_input(deck, names[q], &input);
        if (status == OPSPICE_OK)
            status = opspice_set_input(deck, input, 2);
        if (status == OPSPICE_OK)
            status = opspice_solve(deck);
    }
    return status;
}

/* Gradients and batches by inputs of all kinds, or of values alone. */
static int solve_batches(opspice *deck, const char *text)
{
    static const char *const names[] = {"v1", "r1", "g1", "dm:is", "p", "temp"};
    const double setting[] = {1, 2, 0.5, 1e-15, 2, 30, 2, 3, 0.25, 2e-15, 3, 40};
    size_t input[6], output = 1;
    double result[12], gradient[12];
    int status = solve(deck, text);
    for (size_t q = 0; status == OPSPICE_OK && q < 6; q++)
        status = opspice_find_input(deck, names[q], &input[q]);
    if (status == OPSPICE_OK)
        status = opspice_gradient(deck, 1, &output, 6, input, gradient);
    if (status == OPSPICE_OK)
        status = opspice_solve_many(deck, 2, 6, input, setting, 1, &output, result, gradient, NULL);
    if (status == OPSPICE_OK)
        status = opspice_solve_many(deck, 4, 3, input, setting, 1, &output, result, NULL, NULL);
    return status == OPSPICE_OK ? opspice_solve_many(deck, 12, 1, input, setting, 1, &output, result, NULL, NULL)
                                : status;
}

/* Many settings of sources. */
static int solve_sources(opspice *deck, const char *text)
{
    static const char *const names[] = {"v1", "i1"};
    double setting[200], result[200], gradient[400];
    size_t input[2], output[] = {1, 3};
    int status = load(deck, text);
    for (size_t q = 0; status == OPSPICE_OK && q < 2; q++)
        status = opspice_find_input(deck, names[q], &input[q]);
    for (size_t q = 0; q < 200; q++)
        setting[q] = 1 + (double)q;
    if (status == OPSPICE_OK)
        status = opspice_solve_many(deck, 4, 2, input, setting, 2, output, result, NULL, NULL);
    return status == OPSPICE_OK ? opspice_solve_many(deck, 100, 2, input, setting, 2, output, result, gradient, NULL)
                                : status;
}

static int show_diagnostics(opspice *deck, const char *text)
{
    int status = load(deck, text);
    for (size_t n = 0; n < opspice_diagnostic_count(deck); n++) {
        char *shown = opspice_diagnostic_text(deck, n);
        bool is_shown = shown && opspice_get_diagnostic(deck, n);
        opspice_free_text(shown);
        if (!is_shown)
            return OPSPICE_SYSTEM;
    }
    return status;
}

/* All that a run has found, as vectors. */
static int show_vectors(opspice *deck, const char *text)
{
    int status = run_all(deck, text);
    bool all = status == OPSPICE_OK;
    for (size_t r = 0; all && r < opspice_result_count(deck); r++) {
        for (size_t q = 0; q < opspice_result_axes(deck, r); q++)
            all = opspice_get_axis(deck, r, q) && all;
        for (size_t q = 0; q < opspice_result_vectors(deck, r); q++)
            all = opspice_get_vector(deck, r, q) && all;
        for (size_t q = 0; q < opspice_result_measures(deck, r); q++)
            all = opspice_get_measure(deck, r, q) && all;
    }
    all = all && opspice_find_vector(deck, 0, "b") && opspice_find_vector(deck, 0, "v(a,b)*2");
    return status != OPSPICE_OK || all ? status : OPSPICE_SYSTEM;
}

static int count_bytes(void *bytes, const char *text, size_t size)
{
    *(size_t *)bytes += size + (text[0] == '\0');
    return 0;
}

static int tell(opspice *deck, const char *text)
{
    double watts;
    size_t bytes = 0;
    int status = solve(deck, text);
    if (status == OPSPICE_OK && (!opspice_get(deck, "tolerance") || opspice_evaluate(deck, "v(a)*i(r1)", &watts)))
        return OPSPICE_SYSTEM;
    return status == OPSPICE_OK ? opspice_write_to(deck, OPSPICE_JSON, count_bytes, &bytes) : status;
}

static const struct {
    const char *name, *text;
    int (*run)(opspice *deck, const char *text);
    int status; /* when memory suffices */
} runs[] = {
    {"divider", divider, solve, OPSPICE_OK},
    {"newton", everything, solve_newton, OPSPICE_OK},
    {"cd", everything, solve_cd, OPSPICE_OK},
    {"warm", everything, solve_warm, OPSPICE_OK},
    {"refused", everything, solve_refused, OPSPICE_OK},
    {"analyses", analyses, run_all, OPSPICE_OK},
    {"vectors", analyses, show_vectors, OPSPICE_OK},
    {"told", divider, tell, OPSPICE_OK},
    {"wrong", wrong, load, OPSPICE_NETLIST},
    {"shown", wrong, show_diagnostics, OPSPICE_NETLIST},
    {"cut", cut, load, OPSPICE_NO_OPERATING_POINT},
    {"loop", loop, load, OPSPICE_NO_OPERATING_POINT},
    {"forward", forward, load, OPSPICE_NO_OPERATING_POINT},
    {"including", including, load, OPSPICE_NETLIST},
    {"language", language, solve, OPSPICE_OK},
    {"sources", sources, solve, OPSPICE_OK},
    {"couplings", couplings, solve, OPSPICE_OK},
    {"inputs", inputs, solve_inputs, OPSPICE_OK},
    {"batches", inputs, solve_batches, OPSPICE_OK},
    {"linear batches", linear, solve_sources, OPSPICE_OK},
    {"batches of diodes", diode, solve_sources, OPSPICE_OK},
    {"babel", babel, load, OPSPICE_NETLIST},
};

/* OPSPICE_SYSTEM, or what it would have been where the allocation was not needed. */
START_TEST(every_allocation)
{
    long failed = 1;
    for (long n = 0; failed; n++) {
        fail_alloc_after(n);
        opspice *deck = opspice_new();
        int status = deck ? runs[_i].run(deck, runs[_i].text) : OPSPICE_SYSTEM;
        failed = fail_alloc_off();
        if (status != OPSPICE_SYSTEM || !failed)
            ck_assert_msg(status == runs[_i].status, "%s: status %d after %ld allocations\n%s", runs[_i].name, status,
                          n, deck_diagnostics(deck));
        opspice_free(deck);
    }
}
END_TEST

/* With memory again afterwards: a deck that was not loaded is never solved, one that was is. */
START_TEST(handles_after_a_failure)
{
    for (long n = 0, failed = 1; failed; n++) {
        opspice *deck = opspice_new();
        fail_alloc_after(n);
        int loaded = load(deck, everything), solved = loaded == OPSPICE_OK ? opspice_solve(deck) : loaded;
        failed = fail_alloc_off();
        ck_assert(solved == OPSPICE_OK || !opspice_get_certificate(deck) || !opspice_get_certificate(deck)->proved);
        for (size_t d = 0; d < opspice_diagnostic_count(deck); d++)
            free(opspice_diagnostic_text(deck, d));
        int again = opspice_solve(deck);
        ck_assert_msg((again == OPSPICE_OK) == (loaded == OPSPICE_OK), "loading %d, solving %d, again %d after %ld",
                      loaded, solved, again, n);
        opspice_free(deck);
    }
}
END_TEST

/* ---- files ------------------------------------------------------------------------------------------------------- */

/* Entries of a folder, without . and .. */
static int count_files(const char *folder)
{
    DIR *open = opendir(folder);
    int count = -2;
    while (readdir(open))
        count++;
    closedir(open);
    return count;
}

/* Either the whole file is there, or none. */
START_TEST(no_partial_file)
{
    char folder[] = "opspice-alloc-XXXXXX", path[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out", folder);
    opspice *deck = deck_load(_i <= OPSPICE_SERVER ? everything : analyses, OPSPICE_OK);
    ck_assert_int_eq(_i <= OPSPICE_SERVER ? opspice_solve(deck) : opspice_run(deck, NULL, NULL), OPSPICE_OK);
    for (long n = 0, failed = 1; failed; n++) {
        fail_alloc_after(n);
        int status = opspice_write(deck, (enum opspice_format)(_i % (OPSPICE_SERVER + 1)), path);
        failed = fail_alloc_off();
        ck_assert_msg(status == OPSPICE_OK || (failed && status == OPSPICE_SYSTEM), "status %d after %ld", status, n);
        ck_assert_int_eq(count_files(folder), status == OPSPICE_OK);
        if (status == OPSPICE_OK)
            ck_assert_int_eq(unlink(path), 0);
    }
    opspice_free(deck);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

/* As many allocations are given back as were taken: a second round needs no more than the first. */
START_TEST(rounds_are_alike)
{
    long first = 0;
    for (int round = 0; round < 3; round++) {
        fail_alloc_after(1000000000);
        opspice_free(deck_solved(everything));
        long needed = fail_alloc_count();
        fail_alloc_off();
        if (round == 1)
            first = needed;
        if (round == 2)
            ck_assert_int_eq(needed, first);
    }
}
END_TEST

/* A loop over sources: nothing is allocated once the region is there, and nothing is kept when diodes change
 * segments. */
static const char ten_nodes[] =
    "t\nv1 n1 0 5\nv2 n10 0 1\nr1 n1 n2 1k\nr2 n2 n3 2k\nr3 n3 n4 1k\nr4 n4 n5 3k\nr5 n5 n6 1k\nr6 n6 n7 2k\n"
    "r7 n7 n8 1k\nr8 n8 n9 1k\nr9 n9 n10 2k\nr10 n5 0 10k\nd1 n3 0 pw\nd2 n7 n4 ideal\nd3 n6 0 pw\n"
    ".model pw D(Ron=0.1 Roff=1e9 Vfwd=0.7)\n.model ideal D(Ron=0)\n";

static void solve_many(opspice *deck, double from, double to, int points)
{
    for (int point = 0; point < points; point++) {
        ck_assert_int_eq(opspice_set_source(deck, "v1", from + (to - from) * point / points), OPSPICE_OK);
        ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    }
}

/* Warm points, from one voltage of v1 to another and back, where diodes of segments stay on them: other segments may
 * ask for memory, and so may what warnings tell of potentials and currents that are not unique. */
static const struct {
    const char *what, *cards;
    double from, to; /* V */
} warm[] = {
    {"diodes on their segments", ten_nodes, 4.5, 4.6},
    {"ideal diodes on their segments",
     "t\nv1 a 0 5\nr1 a b 1k\nd1 b c i\nr2 c 0 1k\nd2 0 c i\nr3 b d 1k\nd3 d e i\nr4 e 0 2k\nr5 c e 3k\n"
     ".model i d(ron=0 vfwd=0.3)\n", 2, 3},
    {"resistors", "t\nv1 a 0 5\nr1 a b 1k\nr2 b 0 1k\n", 1, 2},
    {"curves", "t\nv1 a 0 5\nr1 a b 1k\nd1 b c d\nr2 c 0 10\nd2 b 0 d\n.model d d(is=1e-14 n=1.5)\n", 2, 3},
    {"curves and all other diodes",
     "t\nv1 a 0 5\nr1 a b 1k\nd1 b c d\nr2 c 0 10\nd2 b 0 i\nd3 c 0 p\n.model d d(is=1e-14 n=1.5 rs=2)\n"
     ".model i d(ron=0 vfwd=3)\n.model p d(ron=1 roff=1meg vfwd=4)\n", 1, 2},
    {"small resistances", "t\nv1 a 0 5\nr1 a b 1e-12\nr2 b 0 4.7k\nr3 b c 1e-15\nr4 c 0 1meg\n", 1, 2},
};

/* From the third solve on, with all that is asked for refused. */
START_TEST(solves_do_not_allocate)
{
    enum { POINTS = 100, FIRST = 2 };
    opspice *deck = deck_load(warm[_i].cards, OPSPICE_OK);
    for (int point = 0; point <= 3 * POINTS; point++) {
        double value = warm[_i].from + (warm[_i].to - warm[_i].from) * fabs(1 - 2.0 * (point % POINTS) / POINTS);
        if (point >= FIRST)
            fail_alloc_after(0);
        int status = opspice_set_source(deck, "v1", value) + opspice_solve(deck);
        long count = point >= FIRST ? fail_alloc_count() : 0;
        fail_alloc_off();
        ck_assert_msg(count == 0, "%s: %ld allocations in solve %d", warm[_i].what, count, point + 1);
        ck_assert_msg(status == OPSPICE_OK, "%s, at %g V: %s", warm[_i].what, value, deck_diagnostics(deck));
        ck_assert(opspice_get_certificate(deck)->proved);
    }
    opspice_free(deck);
}
END_TEST

/* How many allocations the run of a sweep of so many steps takes. */
static long allocations_of_sweep(const char *cards, double from, double to, int steps)
{
    char *text = NULL;
    text_append(&text, "%s.dc v1 %.17g %.17g %.17g\n", cards, from, to, (to - from) / steps);
    opspice *deck = deck_load(text, OPSPICE_OK);
    fail_alloc_after(1000000000);
    int status = opspice_run(deck, NULL, NULL);
    long count = fail_alloc_count();
    fail_alloc_off();
    ck_assert_msg(status == OPSPICE_OK, "%s", deck_diagnostics(deck));
    opspice_free(deck);
    free(text);
    return count;
}

/* Ten times as many points, and not one allocation more: room for results is made before the first. */
START_TEST(points_of_sweeps_do_not_allocate)
{
    enum { STEPS = 50 };
    long few = allocations_of_sweep(warm[_i].cards, warm[_i].from, warm[_i].to, STEPS);
    long many = allocations_of_sweep(warm[_i].cards, warm[_i].from, warm[_i].to, 10 * STEPS);
    ck_assert_msg(few > 0 && many == few, "%s: %ld allocations, then %ld", warm[_i].what, few, many);
}
END_TEST

START_TEST(solves_do_not_grow)
{
    opspice *deck = deck_load(ten_nodes, OPSPICE_OK);
    solve_many(deck, -5, 5, 2000);
    solve_many(deck, -5, 5, 2000); /* the way back is a jump, which takes the whole ladder */
    size_t before = mallinfo2().uordblks;
    for (int round = 0; round < 5; round++)
        solve_many(deck, -5, 5, 2000);
    ck_assert_uint_lt(mallinfo2().uordblks, before + 10000); /* of 10,000 points; one shape of a region is 4,000 */
    opspice_free(deck);
}
END_TEST

Suite *suite_alloc(void)
{
    Suite *suite = suite_create("alloc");
    TCase *tcase = tcase_create("failures");
    tcase_add_loop_test(tcase, every_allocation, 0, sizeof runs / sizeof *runs);
    tcase_add_test(tcase, handles_after_a_failure);
    tcase_add_loop_test(tcase, no_partial_file, 0, 2 * (OPSPICE_SERVER + 1));
    tcase_add_test(tcase, rounds_are_alike);
    tcase_add_loop_test(tcase, solves_do_not_allocate, 0, sizeof warm / sizeof *warm);
    tcase_add_loop_test(tcase, points_of_sweeps_do_not_allocate, 0, sizeof warm / sizeof *warm);
    tcase_add_test(tcase, solves_do_not_grow);
    suite_add_tcase(suite, tcase);
    return suite;
}
