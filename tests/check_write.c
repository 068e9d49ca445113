/* analysis/ and write/: what a netlist asks for, and the formats of an answer. The answers are made up: element
 * number e of a deck carries e + 0.1 ampere, node number n stands at n / 8 volt. */
#include "fail_alloc.h"
#include "suites.h"

#include "analysis/result.h"
#include "reader.h"
#include "write/output.h"
#include <errno.h>
#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct world {
    struct netlist netlist;
    struct diagnostics diagnostics;
    struct flat *flat;
    struct circuit circuit;
    struct output_requests requests;
    struct operating_point op;
    struct totals totals;
    struct result result;
    struct output output;
};

static void answer(struct world *world)
{
    const struct circuit *circuit = &world->circuit;
    ck_assert(operating_point_new(&world->op, circuit));
    for (uint32_t n = 0; n < circuit->nodes.count; n++)
        world->op.voltage[n] = n / 8.0;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        world->op.current[e] = e + 0.1;
    world->totals.points = 1;
    world->totals.worst.kcl_node = world->totals.worst.law_element = world->totals.worst.loop_element =
        CERTIFICATE_NONE;
    world->totals.worst.law_relative = INFINITY;
}

/* The answer as the result of an analysis. */
static void keep(struct world *world)
{
    struct plot *plot = &world->result.plot;
    ck_assert(output_requests_recorded(&world->requests, &world->circuit, PLOT_OP, true, &plot->recorded));
    plot->kind = PLOT_OP;
    plot->points = 1;
    plot->value = calloc(plot->recorded.count + 1, sizeof(double));
    for (size_t i = 0; i < plot->recorded.count; i++)
        plot->value[i] = vector_value(&plot->recorded.item[i], &world->circuit, &world->op);
    ck_assert(result_work_out(&world->result, &world->requests, &world->diagnostics));
}

/* Read a deck; wrong ones keep their diagnostics and get no result. */
static void read_deck(struct world *world, const char *text)
{
    *world = (struct world){0};
    ck_assert_int_eq(reader_memory(&world->netlist, "deck.cir", text, strlen(text), &world->diagnostics), READER_OK);
    world->flat = flatten(&world->netlist, &world->diagnostics);
    output_requests_options(&world->requests, &world->netlist, world->flat, &world->diagnostics);
    ck_assert(elaborate(&world->circuit, &world->netlist, world->flat, world->requests.reading,
                            &world->requests.sim_options, &world->diagnostics));
    ck_assert(output_requests_vectors(&world->requests, &world->netlist,
                                      &(struct formula_scope){.circuit = &world->circuit}, &world->diagnostics));
    answer(world);
    if (world->diagnostics.errors == 0)
        keep(world);
    world->output = (struct output){.version = "1.2.3",
                                    .date = 86400,
                                    .title = world->netlist.title,
                                    .title_length = world->netlist.title_length,
                                    .circuit = &world->circuit,
                                    .op = &world->op,
                                    .totals = &world->totals,
                                    .requests = &world->requests,
                                    .result = &world->result,
                                    .results = 1,
                                    .statistics = {.solver = "newton", .linear = "cholesky"}};
}

static void forget(struct world *world)
{
    result_free(&world->result);
    operating_point_free(&world->op);
    output_requests_free(&world->requests);
    circuit_free(&world->circuit);
    flatten_free(world->flat);
    netlist_free(&world->netlist);
    diagnostics_free(&world->diagnostics);
}

/* What a format writes for the deck; free() it. */
static char *written(output_format *format, const char *deck, size_t *size)
{
    struct world world;
    char *text = NULL;
    size_t length;
    read_deck(&world, deck);
    ck_assert_uint_eq(world.diagnostics.errors, 0);
    FILE *file = open_memstream(&text, &length);
    ck_assert(format(file, &world.output));
    fclose(file);
    forget(&world);
    if (size)
        *size = length;
    return text;
}

static void ck_written(output_format *format, const char *deck, const char *expected)
{
    char *text = written(format, deck, NULL);
    ck_assert_str_eq(text, expected);
    free(text);
}

static const char deck[] = "The Title\n"
                           "V1 In 0 5\n"
                           "R1 in out 1k\n"
                           "L1 out x 1u\n"
                           "V2 x 0 1\n"
                           "D1 out 0 dm\n"
                           "I1 0 out 1m\n"
                           ".model dm d(ron=1)\n";

static char *deck_with(const char *cards)
{
    static char text[4096];
    snprintf(text, sizeof text, "%s%s", deck, cards);
    return text;
}

/* ---- rawfiles ---- */

#define RAW_HEAD                                       \
    "Title: The Title\n"                               \
    "Date: Fri Jan  2 00:00:00  1970\n"                \
    "Command: ngspice-compatible opspice-1.2.3\n"      \
    "Plotname: Operating Point\n"                      \
    "Flags: real\n"

START_TEST(raw_ascii)
{
    ck_written(write_raw_ascii, deck,
               RAW_HEAD "No. Variables: 6\n"
                        "No. Points: 1\n"
                        "Variables:\n"
                        "\t0\tv(in)\tvoltage\n"
                        "\t1\tv(out)\tvoltage\n"
                        "\t2\tv(x)\tvoltage\n"
                        "\t3\ti(l1)\tcurrent\n"
                        "\t4\ti(v2)\tcurrent\n"
                        "\t5\ti(v1)\tcurrent\n"
                        "Values:\n"
                        "0\t\t1.2500000000000000e-01\n"
                        "\t2.5000000000000000e-01\n"
                        "\t3.7500000000000000e-01\n"
                        "\t2.1000000000000001e+00\n"
                        "\t3.1000000000000001e+00\n"
                        "\t1.0000000000000001e-01\n");
}
END_TEST

START_TEST(raw_binary)
{
    size_t size;
    char *text = written(write_raw_binary, deck_with(".save v(x) v1#branch\n"), &size);
    const char *data = strstr(text, "Binary:\n") + strlen("Binary:\n");
    const unsigned char expected[] = {0, 0, 0, 0, 0, 0, 0xd8, 0x3f, 0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f};
    ck_assert_uint_eq(size - (size_t)(data - text), sizeof expected);
    ck_assert_mem_eq(data, expected, sizeof expected);
    ck_assert_ptr_nonnull(strstr(text, "No. Variables: 2\n"));
    free(text);
}
END_TEST

/* Which variables a rawfile has. */
static const struct {
    const char *cards, *variables;
} saved[] = {
    {".save all\n", "v(in) v(out) v(x) i(l1) i(v2) i(v1) "},
    {".save i(v1) v(out) @r1[p] V(In)\n", "v(in) v(out) i(v1) @r1[p] "},
    {".save v(in,out)\n", "v(in) v(out) "},
    {".save all @r1[i] @r1[i] i(r1) @d1[vd]\n", "v(in) v(out) v(x) i(l1) i(v2) i(v1) i(@r1[i]) v(@d1[vd]) "},
    {".save allv @r1[p]\n", "v(in) v(out) v(x) i(l1) i(v2) i(v1) @r1[p] "},
    {".save x alli\n", "v(x) i(l1) i(v2) i(v1) "},
    {".save i(d1)\n.options savecurrents\n", "i(@d1[id]) i(@r1[i]) i(@l1[i]) i(@i1[current]) "},
    {".options savecurrents\n",
     "v(in) v(out) v(x) i(l1) i(v2) i(v1) i(@r1[i]) i(@l1[i]) i(@d1[id]) i(@i1[current]) "},
    {".save type=ic file=x.ic\n", "v(in) v(out) v(x) i(l1) i(v2) i(v1) "},
    {"m1 x out 0 0 nm\n.model nm nmos\n.save @m1[gm] @m1[gds] @m1[p] @m1[vds] @m1[id]\n",
     "@m1[gm] @m1[gds] @m1[p] v(@m1[vds]) i(@m1[id]) "},
};

START_TEST(saved_vectors)
{
    char *text = written(write_raw_ascii, deck_with(saved[_i].cards), NULL), names[1024] = "", *end;
    for (char *line = strstr(text, "Variables:\n\t") + 11; *line == '\t'; line = end + 1) {
        char *name = strchr(line + 1, '\t') + 1;
        end = strchr(line, '\n');
        strncat(names, name, (size_t)(strchr(name, '\t') - name));
        strcat(names, " ");
    }
    ck_assert_str_eq(names, saved[_i].variables);
    free(text);
}
END_TEST

/* ---- the listing ---- */

#define RULE "--------------------------------------------------------------------------------\n"
#define INDENT "                                   "
#define PAGE INDENT "The Title\n" INDENT "Operating Point  Fri Jan  2 00:00:00  1970\n"

START_TEST(listing)
{
    ck_written(write_listing,
               deck_with(".options temp=50\n.print op v(in) V(in,out) i(v1) @r1[i] p(d1)\n.print op v(*)\n"
                         "r2 1a a_very_long_node_name_of_more_than_thirty_letters 1\n"),
               "Circuit: The Title\n\n"
               "Doing analysis at TEMP = 50.000000 and TNOM = 27.000000\n\n\n"
               "No. of Data Rows : 1\n"
               "\tNode                                  Voltage\n"
               "\t----                                  -------\n"
               "\t----\t-------\n"
               "\ta_very_long_node_name_of_more_than_thirty_letters   6.250000e-01\n"
               "\tV(1a)                            5.000000e-01\n"
               "\tx                                3.750000e-01\n"
               "\tout                              2.500000e-01\n"
               "\tin                               1.250000e-01\n\n"
               "\tSource\tCurrent\n"
               "\t------\t-------\n\n"
               "\t@r1[i]                           1.100000e+00\n"
               "\tv1#branch                        1.000000e-01\n"
               "\tv2#branch                        3.100000e+00\n"
               "\tl1#branch                        2.100000e+00\n\n"
               PAGE RULE
               "Index   v(in)           v(in)-v(out)    v1#branch       @r1[i]          \n" RULE
               "0\t1.250000e-01\t-1.25000e-01\t1.000000e-01\t1.100000e+00\t\n\f\n"
               PAGE RULE
               "Index   @d1[p]          \n" RULE
               "0\t1.025000e+00\t\n\n"
               PAGE RULE
               "Index   v(in)           v(out)          v(x)            v(1a)           \n" RULE
               "0\t1.250000e-01\t2.500000e-01\t3.750000e-01\t5.000000e-01\t\n\f\n"
               PAGE RULE
               "Index   v(a_very_long_n \n" RULE
               "0\t6.250000e-01\t\n\n");
}
END_TEST

/* Found in another order than they are listed in. */
START_TEST(transfer_function)
{
    static const char *const names[] = {"Transfer_function", "v1#Input_impedance", "output_impedance_at_V(x)"};
    struct world world;
    char *text = NULL;
    size_t length;
    read_deck(&world, deck);
    struct plot *plot = &world.result.plot;
    plot->kind = PLOT_TF;
    plot->label = calloc(3, sizeof *plot->label);
    for (plot->labels = 0; plot->labels < 3; plot->labels++) {
        plot->label[plot->labels] = strdup(names[plot->labels]);
        plot->value[plot->labels] = (double)plot->labels + 1;
    }
    FILE *file = open_memstream(&text, &length);
    ck_assert(write_listing(file, &world.output));
    fclose(file);
    ck_assert_ptr_nonnull(strstr(text, "Transfer function information:\n"
                                       "transfer_function = 1.000000e+00\n"
                                       "output_impedance_at_v(x) = 3.000000e+00\n"
                                       "v1#input_impedance = 2.000000e+00\n\n"));
    free(text);
    forget(&world);
}
END_TEST

START_TEST(log_beside_rawfile)
{
    ck_written(write_log, deck_with(".print op v(in)\n"),
               "Circuit: The Title\n\n"
               "Doing analysis at TEMP = 27.000000 and TNOM = 27.000000\n\n"
               "No. of Data Columns : 6  \n\n"
               "No. of Data Rows : 1\n"
               ".print line ignored since rawfile was produced.\n");
}
END_TEST

START_TEST(parentheses_in_names)
{
    char *text = written(write_listing,
                         "KiCad\nv1 net-(r1-pad1) 0 1\nr1 net-(r1-pad1) Net-(D1-K) 1\n"
                         ".print op v(net-(r1-pad1)) v(net-(r1-pad1),net-(d1-k)) net-(d1-k) v(0,\n+ net-(d1-k))\n",
                         NULL);
    ck_assert_ptr_nonnull(strstr(text, "Index   v(net-(r1-pad1) v(net-(r1-pad1) net-(d1-k)      -v(net-(d1-k))  \n"));
    ck_assert_ptr_nonnull(strstr(text, "0\t1.250000e-01\t-1.25000e-01\t2.500000e-01\t-2.50000e-01\t\n"));
    free(text);
}
END_TEST

/* ---- csv and json ---- */

START_TEST(csv)
{
    ck_written(write_csv, "t\nv1 a\"b 0 1\nr1 a\"b c 1\n",
               "quantity,name,value,unit\n"
               "voltage,\"a\"\"b\",0.125,V\n"
               "voltage,c,0.25,V\n"
               "current,v1,0.10000000000000001,A\n"
               "current,r1,1.1000000000000001,A\n");
}
END_TEST

START_TEST(json)
{
    size_t size;
    char *text = written(write_json, "a \"title\"\nv1 a\\b 0 1\nr1 a\\b \xfc 1\nl1 \xfc 0 1\nr0 \xfc 0 0\n", &size);
    json_error_t error;
    json_t *root = json_loadb(text, size, 0, &error);
    ck_assert_msg(root != NULL, "%s at %d in %s", error.text, error.position, text);
    const char *title, *node, *other, *kind, *inductor, *short_circuit, *from, *to, *solver;
    double volts, amperes, watts;
    int proved;
    ck_assert_int_eq(json_unpack(root,
                                 "{s:s, s:[{s:s, s:F}, {s:s}], s:[{}, {s:s, s:s, s:s, s:F, s:F}, {s:s}, {s:s}], "
                                 "s:{s:b, s:n, s:n}, s:{s:s}}",
                                 "title", &title, "nodes", "name", &node, "volts", &volts, "name", &other, "branches",
                                 "kind", &kind, "from", &from, "to", &to, "amperes", &amperes, "watts", &watts, "kind",
                                 &inductor, "kind", &short_circuit, "certificate", "proved", &proved, "kcl_node",
                                 "law_relative", "statistics", "solver", &solver),
                     0);
    ck_assert_str_eq(title, "a \"title\"");
    ck_assert_str_eq(node, "a\\b");
    ck_assert_str_eq(other, "\xc3\xbc"); /* Latin-1 in the deck */
    ck_assert_str_eq(from, "a\\b");
    ck_assert_str_eq(to, "\xc3\xbc");
    ck_assert_str_eq(kind, "resistor");
    ck_assert_str_eq(inductor, "inductor");
    ck_assert_str_eq(short_circuit, "short");
    ck_assert_str_eq(solver, "newton");
    ck_assert(volts == 0.125 && amperes == 1.1 && watts == -0.125 * 1.1);
    json_decref(root);
    free(text);
}
END_TEST

START_TEST(not_finite)
{
    output_format *const formats[] = {write_csv, write_json};
    struct world world;
    read_deck(&world, deck);
    world.op.current[2] = NAN;
    FILE *file = fopen("/dev/null", "w");
    ck_assert(!formats[_i](file, &world.output));
    ck_assert_int_eq(errno, EDOM);
    fclose(file);
    forget(&world);
}
END_TEST

/* The user's program may have set a locale with a comma. */
START_TEST(locale_does_not_matter)
{
    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8") && !setlocale(LC_ALL, "de_DE"))
        return; /* no such locale here */
    ck_written(write_csv, "t\nv1 a 0 1\n",
               "quantity,name,value,unit\nvoltage,a,0.125,V\ncurrent,v1,0.10000000000000001,A\n");
}
END_TEST

static output_format *const all_formats[] = {write_listing,   write_log, write_raw_binary,
                                             write_raw_ascii, write_csv, write_json};
enum { FORMATS = sizeof all_formats / sizeof *all_formats };

START_TEST(full_disk)
{
    struct world world;
    read_deck(&world, deck);
    FILE *file = fopen("/dev/full", "w");
    if (file) {
        ck_assert(!all_formats[_i](file, &world.output));
        ck_assert_int_eq(errno, ENOSPC);
        fclose(file);
    }
    forget(&world);
}
END_TEST

/* ---- requests ---- */

static const struct {
    const char *card, *message; /* the first one */
    enum severity severity;
} wrong[] = {
    {".print op v(oux)", "there is no node oux; did you mean out?", SEVERITY_WARNING},
    {".print op v(in,nowhere)", "there is no node nowhere", SEVERITY_WARNING},
    {".print op i(v3)", "there is no element v3; did you mean v1?", SEVERITY_WARNING},
    {".print op @r7[i]", "there is no element r7; did you mean r1?", SEVERITY_WARNING},
    {".print op @r1[id]", "r1 has no parameter id that opspice knows", SEVERITY_WARNING},
    {".print op @r1", "expected @element[parameter], as in @r1[i]", SEVERITY_WARNING},
    {".print op @r1[]", "expected @element[parameter], as in @r1[i]", SEVERITY_WARNING},
    {".print op v()", "v takes one node or two, and this has 0", SEVERITY_WARNING},
    {".print op v(in out x)", "v takes one node or two, and this has 3", SEVERITY_WARNING},
    {".print op i(v1 v2)", "i takes one element, and this has 2", SEVERITY_WARNING},
    {".print op zzzzzz", "there is no node or vector zzzzzz", SEVERITY_WARNING},
    {".print op v(in)*2+v(oux)", "there is no node oux; did you mean out?", SEVERITY_WARNING},
    {".print op v(in)*", "an operand is missing behind `*`", SEVERITY_WARNING},
    {".print op 2*(v(in)", "unexpected end of line, expecting `)`", SEVERITY_WARNING},
    {".print op par('v(in)*2+')", "an operand is missing before `)`", SEVERITY_WARNING},
    {".print op x=par('v(in) v(out)')", "an operator is missing before `v`", SEVERITY_WARNING},
    {".print op {v(in)", "the brace is not closed", SEVERITY_WARNING},
    {".print op v({1})", "there is no node {1}", SEVERITY_WARNING},
    {".print op sinn(v(in))", "there is no function sinn; did you mean sin?", SEVERITY_WARNING},
    {".print op log(-v(in))", "log(-0.125) is not a finite number", SEVERITY_WARNING},
    {".plot op v(in)/(v(in)-v(in))", "division by zero", SEVERITY_WARNING},
    {".probe v(nope)", "there is no node nope", SEVERITY_WARNING},
    {".save v(nope)", "there is no node nope", SEVERITY_WARNING},
    {".options temp=hot", "expected temp=number, in degrees Celsius", SEVERITY_ERROR},
    {".options temp=-300", "expected temp=number, in degrees Celsius", SEVERITY_ERROR},
    {".options tnom", "tnom has no `=`: it is left out", SEVERITY_WARNING},
    {".options diode=real", "expected diode=ideal or diode=model", SEVERITY_ERROR},
};

START_TEST(wrong_requests)
{
    struct world world;
    read_deck(&world, deck_with(wrong[_i].card));
    if (world.diagnostics.made == 0)
        keep(&world);
    ck_assert_msg(world.diagnostics.made >= 1, "%s is taken", wrong[_i].card);
    const struct diagnostic *first = &world.diagnostics.item[0];
    ck_assert_msg(first->severity == wrong[_i].severity, "%s", wrong[_i].card);
    ck_assert_msg(strncmp(first->message, wrong[_i].message, strlen(wrong[_i].message)) == 0, "%s: %s", wrong[_i].card,
                  first->message);
    ck_assert_uint_eq(sources_locate(&world.netlist.sources, first->place).line, 9);
    forget(&world);
}
END_TEST

static const struct {
    const char *card;
    size_t warnings;
} left_out[] = {
    {".print tran v(nowhere)", 1},
    {".PRINT AC v(in)", 1},
    {".print op", 1},
    {".print dc FORMAT=probe FILE=\"x.prn\" v(in)", 3},
    {".save TYPE=IC FILE=x.ic", 2},
    {".options foo bar=3", 2},
    {".options reltol=1e-6 ABSTOL=1n noacct itl1=100 temp=30 tnom=20 savecurrents scale=1 diode=model", 0},
    {".print v(in)", 0},
    {".print op all allv alli in v1#branch l1#branch i(l1) @v1[dc] @i1[p] v(gnd,0)", 0},
    {".plot dc v(in) v(in)*2 (0,5)", 1},
    {".probe v(in) i(r1)", 0},
};

START_TEST(left_out_requests)
{
    struct world world;
    read_deck(&world, deck_with(left_out[_i].card));
    ck_assert_uint_eq(world.diagnostics.errors, 0);
    ck_assert_uint_eq(world.diagnostics.count, left_out[_i].warnings);
    forget(&world);
}
END_TEST

START_TEST(options)
{
    struct world world;
    read_deck(&world, deck_with(".options temp=85 diode=ideal\n.OPTION TNOM=20 savecurrents\n"));
    ck_assert(world.requests.sim_options.temp == 85 && world.requests.sim_options.tnom == 20);
    ck_assert_int_eq(world.requests.reading, DIODE_IDEAL);
    ck_assert(world.requests.save_currents);
    forget(&world);
}
END_TEST

/* ---- without memory ---- */

START_TEST(requests_without_memory)
{
    struct world world;
    read_deck(&world,
              deck_with(".print op all v(in)*2 x=par('v(in)+1') @r1[i]\n.plot v(in)\n.save v(in) i(r1) @r1[p]\n"
                        ".options savecurrents\n.meas dc m when v(in)={v(out)*2} rise=1\n.meas n param='m*2'\n"));
    for (long n = 0, failed = 1; failed; n++) {
        const struct formula_scope scope = {.circuit = &world.circuit};
        struct output_requests requests = {.save_currents = true};
        struct diagnostics diagnostics = {0};
        struct vectors recorded = {0};
        fail_alloc_after(n);
        bool done = output_requests_vectors(&requests, &world.netlist, &scope, &diagnostics) &&
                    output_requests_recorded(&requests, &world.circuit, PLOT_DC, true, &recorded);
        failed = fail_alloc_off();
        ck_assert(done || failed);
        if (done) { /* also without memory for a table that makes a search quick */
            ck_assert_uint_eq(requests.printed.count, world.requests.printed.count);
            ck_assert_uint_eq(requests.measures.count, 2);
            ck_assert_uint_eq(recorded.count, 7); /* two nodes, all currents, @r1[p] */
        }
        vectors_free(&recorded);
        output_requests_free(&requests);
        diagnostics_free(&diagnostics);
    }
    forget(&world);
}
END_TEST

START_TEST(formats_without_memory)
{
    struct world world;
    read_deck(&world, deck_with("r2 \xfc 0 1\n"));
    FILE *file = fopen("/dev/null", "w");
    for (long n = 0, failed = 1; failed; n++) {
        fail_alloc_after(n);
        errno = 0;
        bool done = all_formats[_i](file, &world.output);
        int reason = errno;
        failed = fail_alloc_off();
        ck_assert_int_eq(done, !failed);
        ck_assert(!failed || reason == ENOMEM);
    }
    fclose(file);
    forget(&world);
}
END_TEST

Suite *suite_write(void)
{
    Suite *suite = suite_create("write");
    TCase *formats = tcase_create("formats");
    tcase_add_test(formats, raw_ascii);
    tcase_add_test(formats, raw_binary);
    tcase_add_loop_test(formats, saved_vectors, 0, sizeof saved / sizeof *saved);
    tcase_add_test(formats, listing);
    tcase_add_test(formats, transfer_function);
    tcase_add_test(formats, log_beside_rawfile);
    tcase_add_test(formats, parentheses_in_names);
    tcase_add_test(formats, csv);
    tcase_add_test(formats, json);
    tcase_add_loop_test(formats, not_finite, 0, 2);
    tcase_add_test(formats, locale_does_not_matter);
    tcase_add_loop_test(formats, full_disk, 0, FORMATS);
    tcase_add_loop_test(formats, formats_without_memory, 0, FORMATS);
    suite_add_tcase(suite, formats);

    TCase *requests = tcase_create("requests");
    tcase_add_loop_test(requests, wrong_requests, 0, sizeof wrong / sizeof *wrong);
    tcase_add_loop_test(requests, left_out_requests, 0, sizeof left_out / sizeof *left_out);
    tcase_add_test(requests, options);
    tcase_add_test(requests, requests_without_memory);
    suite_add_tcase(suite, requests);
    return suite;
}
