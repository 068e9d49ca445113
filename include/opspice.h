/* opspice: DC operating points of SPICE netlists, solved exactly and proved.
 *
 *     opspice *deck = opspice_new();
 *     if (opspice_load_file(deck, "deck.cir") == OPSPICE_OK && opspice_solve(deck) == OPSPICE_OK) {
 *         double volts;
 *         opspice_voltage(deck, "out", &volts);
 *     }
 *     opspice_free(deck);
 *
 * A handle holds one netlist and its operating point. Different handles may be used by different threads at the same
 * time; one handle by one thread at a time. The library keeps no global state, never prints, exits, reads the
 * environment or sets the locale. Units are SI: volt, ampere, watt, second.
 *
 * Structs are the library's own and come as pointers to const; later versions may add fields at their ends. What a
 * function returns as a pointer is never freed by the caller, but for opspice_diagnostic_text.
 *
 * Deep resistive networks have a header of their own, opspice_drn.h. */
#ifndef OPSPICE_H
#define OPSPICE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OPSPICE_VERSION "0.1.0"

typedef struct opspice opspice;

/* What a call returns; the program `opspice` exits with the same numbers. */
enum opspice_status {
    OPSPICE_OK = 0,                 /* done; after opspice_solve: solved, and proved within the tolerance */
    OPSPICE_NETLIST = 1,            /* the netlist is wrong: see the diagnostics */
    OPSPICE_USAGE = 2,              /* the call is wrong: unknown option, name or format, or made too early */
    OPSPICE_NO_OPERATING_POINT = 3, /* there is none, or none was proved: see the diagnostics */
    OPSPICE_SYSTEM = 4              /* memory or a file failed */
};

/* The same in words, without a full stop; of another number "unknown status". */
const char *opspice_status_text(int status);

/* No such node, branch or whatever has a number. */
#define OPSPICE_NONE ((size_t)-1)

/* The version of the library at run time, as OPSPICE_VERSION. */
const char *opspice_version(void);

/* A new handle, or NULL when memory is out. */
opspice *opspice_new(void);

/* Free a handle and all that was read from it; NULL is allowed. */
void opspice_free(opspice *deck);

/* Set an option, before loading or between solves:
 *   solver      auto, cd (coordinate descent) or newton; default auto
 *   linear      how the equations of large circuits are solved: serial (conjugate gradients with a spanning tree before
 *               them, where they promise to be faster than a factor, as of crossbars; else a factor); cholesky (a
 *               factor); auto (as serial, and multigrid where that promises to be faster and hypre is there);
 *               multigrid; before loading. The last two may load hypre and MPI into the process, which begins MPI
 *               where it has not; MPI ends with the process; default serial
 *   diode       model (what the .model card says) or ideal (every diode ideal, without drop); before loading
 *   tolerance   of the certificate, relative; default 1e-9
 *   threads     of the solver, of sweeps and of loading large netlists; default 0: one for each processor
 *   proof       full (the certificate with every figure), verdict (that of a quicker and stricter form where it
 *               suffices, as of sweeps always: without figures of groups, and kcl_floor, those of laws and loops and
 *               complementarity are 0) or interval (full, and of points that may not be the only ones whether they
 *               are the only ones near: isolated); default full
 *   sandbox     yes: the netlist includes nothing from outside of its own folder, and its scripts replace no file;
 *               before loading; default no
 *   analyses    all: what the netlist asks for, and the operating point where it asks for none but those of other
 *               simulators (.tran, .ac, ..), with a warning; own: the same, but that is an error; op: the operating
 *               point, whatever it asks for; before loading; default all
 *   strict      yes: warnings are errors; before loading; default no
 *   record      all vectors of sweeps, or only what is shown by .print, .plot and .measure cards, where there are
 *               any: all, shown; default all
 *   report      yes: sweeps also record what opspice_write_report reads of them; default no
 *   define      name or name=value: a variable of scripts; each call adds one
 *   rawfile     what scripts see as $rawfile
 *   inputs      all, or values: those of elements only may be changed by name, and the netlist's cards need not be kept
 *               for them; before loading; default all
 * OPSPICE_USAGE for an unknown option or value; nothing is changed then. OPSPICE_SYSTEM: hypre is not there. */
int opspice_set(opspice *deck, const char *option, const char *value);

/* What an option is set to, as text that opspice_set takes; of define the last; "" of what was not set and is nothing
 * by itself. NULL: there is no such option. The text lives until the next call of opspice_get or opspice_set. */
const char *opspice_get(const opspice *deck, const char *option);

typedef struct opspice_option {
    const char *name;
    const char *values;  /* the words that it may be, with blanks between them; "" where it is a number or a text */
    const char *initial; /* what it is unless it is set */
    const char *about;   /* one line */
    int before_load;     /* 1: it has to be set before a netlist is loaded */
} opspice_option;

/* All options, by number from 0; NULL: there is no such number. */
const opspice_option *opspice_get_option(size_t number);

/* Read a netlist from a file ("-": standard input) with the files it includes. A handle is loaded once.
 * OPSPICE_SYSTEM when the file cannot be read (errno says why); OPSPICE_NETLIST or OPSPICE_NO_OPERATING_POINT with
 * diagnostics when it is no circuit that has an operating point. */
int opspice_load_file(opspice *deck, const char *path);

/* The same from memory: text[0..size); name stands in messages, and relative includes start beside it. */
int opspice_load_memory(opspice *deck, const char *name, const char *text, size_t size);

/* Find the operating point and prove it. Called again after opspice_set_source it starts from the last answer. */
int opspice_solve(opspice *deck);

/* Takes text[0..size), as it comes, without a NUL at its end. Returns 0, or anything else: what writes it ends with
 * OPSPICE_SYSTEM, and errno is as the function left it. */
typedef int (*opspice_output)(void *context, const char *text, size_t size);

/* Run what the netlist asks for: the scripts of its .control blocks, then its .dc, .op, .tf and .sens analyses, with
 * .step around them; without any of these the operating point, as opspice_solve. What scripts print goes to output line
 * by line as they run; NULL: it is kept, and comes first in the listing. Ends at the first error; a command of a script
 * that fails is a warning, and the script goes on. */
int opspice_run(opspice *deck, opspice_output output, void *context);

/* The code that `quit` or `exit` of a script gave in the last run; 0 without one. */
int opspice_exit_code(const opspice *deck);

/* Be told from now on how many points of a sweep are done, by the thread that runs it, and where one takes long, some
 * times a second meanwhile; of a single solve 0 of 1. NULL: not any more. */
void opspice_set_progress(opspice *deck, void (*progress)(void *context, size_t done, size_t total), void *context);

/* End the solve, batch or run that is under way, or the next one, with OPSPICE_NO_OPERATING_POINT: for signal handlers,
 * and for any thread. What it is in ends at its next step: one factorisation is not interrupted. */
void opspice_interrupt(opspice *deck);

/* Give the voltage source or current source `name` (any case) a new DC value, in volt or ampere; takes effect with the
 * next opspice_solve. OPSPICE_USAGE when there is no such source or the value is not finite. */
int opspice_set_source(opspice *deck, const char *name, double value);

/* Give `count` consecutive branches from number `branch` on, all of them resistors, new resistances ohms[count] (> 0,
 * at the temperature where their cards' values hold); takes effect with the next opspice_solve. OPSPICE_USAGE when one
 * of them is no resistor or a value is not positive and finite; nothing is changed then. */
int opspice_set_resistances(opspice *deck, size_t branch, size_t count, const double *ohms);

/* ---- inputs: numbers of the netlist that may be changed, by name ------------------------------------------------- */

/* The number of an input, by its name (any case), which stays the same as long as the handle lives:
 *   r1, x1.r1, @r1[resistance]     a resistance, ohm, at the temperature where its card's value holds
 *   v1, i1, @v1[dc]                the DC value of a source, V or A
 *   e1, @e1[gain]                  the gain of a linear controlled source (E, F, G, H)
 *   @r1[tc1], @d1[area], r1_m      a number on the card of an element of the top level
 *   @dmod[is], dmod:is             a parameter of a model; @d1[is], d1:is: of the model that d1 names, for all its
 *                                  users
 *   width                          a parameter of the top level (.param)
 *   temp                           the temperature, degrees Celsius
 * An element comes before a parameter of its name. The value of branch b is input b, where it has one; the others have
 * numbers from opspice_branch_count on. OPSPICE_USAGE: there is no such input, or it is early. */
int opspice_find_input(opspice *deck, const char *name, size_t *input);

/* Give it another value, SI units; takes effect with the next opspice_solve or opspice_run. Values of elements cost
 * next to nothing there; for the others the circuit is made anew from its cards, and where a value makes the netlist
 * wrong, or another circuit, the solve says so by its diagnostics. OPSPICE_USAGE: there is no such input, or the value
 * is not finite. */
int opspice_set_input(opspice *deck, size_t input, double value);

/* What it is now; NAN of a number that no card says and that has not been set. OPSPICE_USAGE: there is no such
 * input. */
int opspice_get_input(opspice *deck, size_t input, double *value);

/* The same for many. input, value [count]; setting ends at the first that is refused. */
int opspice_set_inputs(opspice *deck, size_t count, const size_t *input, const double *value);
int opspice_get_inputs(opspice *deck, size_t count, const size_t *input, double *value);

/* ---- the answer: valid after opspice_solve returned OPSPICE_OK, until the next opspice_solve --------------------- */

/* After opspice_run of a netlist without elements, whose script has read others with `source`, nodes, branches and
 * values below are those of the script's current circuit, whose results are shown: the last one read, or what `setcirc`
 * has chosen. Inputs, outputs and gradients are always those of the netlist that was loaded. */

/* The title line, without its end. "" when there is none. */
const char *opspice_title(const opspice *deck);

/* Nodes in the order in which elements name them, those that only ports of instances are at last, without ground:
 * 0 <= node < opspice_node_count. Names are in lower case. */
size_t opspice_node_count(const opspice *deck);
const char *opspice_node_name(const opspice *deck, size_t node);

/* Voltages to ground of all nodes, in volt [opspice_node_count]. NULL before the first solve. */
const double *opspice_node_voltages(const opspice *deck);

/* All names at once [opspice_node_count], and the number of a name (any case): OPSPICE_NONE where there is none, as of
 * ground. */
const char *const *opspice_node_names(const opspice *deck);
size_t opspice_node_number(const opspice *deck, const char *name);

/* The voltage of one node by name (any case; "0" and "gnd" are ground). OPSPICE_USAGE: no such node, or no answer
 * yet. */
int opspice_voltage(const opspice *deck, const char *node, double *volts);

/* Branches are the elements in netlist order: 0 <= branch < opspice_branch_count. Names are in lower case. */
size_t opspice_branch_count(const opspice *deck);
const char *opspice_branch_name(const opspice *deck, size_t branch);

/* Currents of all branches, in ampere, from the first node (anode, +) through the element to the second
 * [opspice_branch_count]. A battery that delivers current has a negative one, as in SPICE. NULL before the first
 * solve. */
const double *opspice_branch_currents(const opspice *deck);

/* The current of one branch by the element's name (any case). OPSPICE_USAGE: no such element, or no answer yet. */
int opspice_current(const opspice *deck, const char *element, double *amperes);

/* All names at once [opspice_branch_count], and the number of a name (any case; also as ngspice calls what is in a
 * subcircuit, r.x1.r2), or OPSPICE_NONE. */
const char *const *opspice_branch_names(const opspice *deck);
size_t opspice_branch_number(const opspice *deck, const char *name);

/* What a branch is: resistor, short, capacitor, inductor, voltage source, current source, diode, controlled voltage
 * source, controlled current source, switch. NULL: no such branch. */
const char *opspice_branch_kind(const opspice *deck, size_t branch);

/* The nodes of `count` branches from number `branch` on, nodes[count][2], the first (anode, +) of each before the
 * second; OPSPICE_NONE, which is -1 as a signed number, is ground. OPSPICE_USAGE: there are not so many. */
int opspice_branch_nodes(const opspice *deck, size_t branch, size_t count, size_t *nodes);

/* The value of an expression at the operating point: v(a,b), i(r1), @q1[ic], v(out)*i(v1). OPSPICE_USAGE: no answer
 * yet, an unknown name, or no value. */
int opspice_evaluate(const opspice *deck, const char *expression, double *value);

/* ---- outputs and gradients --------------------------------------------------------------------------------------- */

/* Outputs are the voltages of all nodes, then the currents of all branches: output n is the voltage of node n, output
 * opspice_node_count + b the current of branch b. The number of one by its name (any case): out, v(out), i(r1),
 * v1#branch. OPSPICE_USAGE: there is no such output. */
int opspice_find_output(const opspice *deck, const char *name, size_t *output);

/* The derivatives of outputs by inputs at the answer, gradient[outputs][inputs], row-major, in V or A per unit of the
 * input. input NULL: the first `inputs` ones, which are the values of the branches of these numbers, and 0 where a
 * branch has none. An output takes one solution with the factor that the answer has left, whatever the inputs.
 *
 * Of values of elements they are exact; of model parameters, numbers on cards, .param and temp the laws are
 * differenced, which makes some 1e-11 of them (the circuit is made of its cards four times for each such input). NAN
 * where an input has no value on its card, where beside it the netlist is another circuit, and of a source beside
 * whose value there is no operating point: in a loop of sources and shorts, or into a part that floats. Of an output
 * that the circuit leaves open, the voltage of a node that floats or a current that a loop without resistance shares,
 * all are NAN, and a warning names it. Where diodes stand at kinks of their laws (opspice_kinks) they are derivatives
 * to one side.
 *
 * OPSPICE_USAGE: no answer, inputs have been set since, or a number is wrong; OPSPICE_NO_OPERATING_POINT: the circuit
 * is too near to one that leaves the output open. */
int opspice_gradient(opspice *deck, size_t outputs, const size_t *output, size_t inputs, const size_t *input,
                     double *gradient);

/* The same of one output that is a sum of all: node[n] times the voltage of node n [opspice_node_count], and branch[b]
 * times the current of branch b [opspice_branch_count]; NULL: all 0. It may be decided where its terms are not, as the
 * voltage between two nodes that float together is. gradient[inputs]. */
int opspice_gradient_of(opspice *deck, const double *node, const double *branch, size_t inputs, const size_t *input,
                        double *gradient);

/* Operating points at many settings of inputs: setting[points][inputs] in, result[points][outputs] out, row-major.
 * Each point is proved, as opspice_solve proves it. gradient[points][outputs][inputs] out, or NULL: not wanted.
 * status[points] out, or NULL: OPSPICE_OK of a point; OPSPICE_NO_OPERATING_POINT; OPSPICE_NETLIST where the netlist is
 * wrong with these values; OPSPICE_USAGE of a setting that is not finite. Numbers of a point that is not OPSPICE_OK
 * are NAN.
 *
 * Values of elements go from point to point with the factors that are there, by the option `threads`, and results are
 * the same, bit by bit, for any number of threads; for model parameters, numbers on cards and .param the circuit is
 * made anew at each point. Of linear circuits whose sources change alone the points are sums of responses, each of
 * which is proved, with a bound on the rounding of their sum. Of a circuit with diodes, and one operating point at
 * most, points are done in an order of near settings, with some bytes a point; else the memory that it takes does not
 * grow with the points.
 *
 * Inputs are afterwards what they were, and the answer is to be solved for again. opspice_get_certificate is that of
 * the worst point, opspice_set_progress and opspice_interrupt work as in a run, and diagnostics tell of the first
 * point that failed. Returns the status of that, or OPSPICE_OK; OPSPICE_USAGE also where an input or output is none. */
int opspice_solve_many(opspice *deck, size_t points, size_t inputs, const size_t *input, const double *setting,
                       size_t outputs, const size_t *output, double *result, double *gradient, int *status);

/* How many diodes stand just where two segments of their laws meet: derivatives are those to one side there. */
size_t opspice_kinks(const opspice *deck);

/* The proof: what remains of Kirchhoff's law and of the laws of the elements when the answer is put into the netlist.
 * It is computed from the netlist and the final numbers alone; after opspice_run it is that of the worst point of all
 * analyses, the one with the largest relative figure. */
typedef struct opspice_certificate {
    size_t points;          /* of which this is the worst */
    double kcl;             /* largest Kirchhoff current residual, A */
    double kcl_relative;    /* largest residual of a node or group above its rounding over the largest current there */
    double kcl_floor;       /* largest rounding of a node's currents, A */
    const char *kcl_node;   /* worst node by kcl_relative, or NULL */
    double law;             /* largest violation of an element's law above rounding, V */
    double law_relative;    /* the same over what is compared; proved: 0 */
    const char *law_element; /* worst element, or NULL */
    double loop;            /* largest sum of voltages round a loop of voltage-defined branches and small drops, V */
    double loop_relative;   /* the same above its rounding over the largest drop there */
    const char *loop_element; /* that closes the worst such loop, or NULL */
    double mismatch;        /* largest that a loop of voltage sources and shorts leaves over, within rounding, V */
    double complementarity; /* largest |current x blocked voltage| of an ideal diode, W */
    double power;           /* power that the sources deliver less the power that the rest takes, W */
    double power_relative;  /* the same over the power that is turned over */
    double tolerance;       /* what the relative figures had to reach */
    int proved;             /* 1: they reached it */
    const char *answer;     /* "unique": the only operating point, of each point; "isolated": the only one within
                             * radius; "solution": others may exist; "none": it is not proved, and nothing is claimed */
    const char *stability;  /* "stable": with the same capacitance at each node the circuit stays there; "oscillates":
                             * with these it swings about it; "unstable"; "not tested" */
    /* With the option proof=interval, of points that may not be the only ones; all 0 where none is asked for: */
    double radius;           /* V: no other operating point has all potentials within it of the printed ones, the least
                              * of all points; 0: not isolated */
    double radius_current;   /* A: nor currents within it, as far as laws bend by these; INFINITY: none does */
    double error;            /* V: the exact potentials are within it of the printed ones; of an isolated one */
    const char *obstacle;    /* why a point is not shown to be isolated, or NULL */
    const char *obstacle_element; /* what is to blame, or NULL */
} opspice_certificate;

/* NULL where no point has an answer yet. Present also when opspice_solve failed to prove its answer. opspice_solve
 * proves by the quicker form where that suffices; the other figures are computed when they are first asked for, before
 * anything is changed. */
const opspice_certificate *opspice_get_certificate(const opspice *deck);

/* What it took. Counts; seconds of each stage, of the last solve or of all points of the last run. */
typedef struct opspice_stats {
    const char *solver; /* "newton", "cd", or "none" when nothing was unknown */
    size_t nodes, branches, supernodes;
    size_t nonzeros;       /* of the Laplacian's lower triangle */
    size_t fill;           /* nonzeros of its largest factor; where it iterates, entries of the matrix */
    size_t diodes;         /* knees and nonlinear branches of the convex program */
    size_t sweeps;         /* of coordinate descent */
    size_t factorisations; /* numeric */
    size_t analyses;       /* symbolic */
    size_t outer;          /* multiplier steps */
    double read, build, lower, solve, recover, prove, write; /* seconds */
    /* Seconds that equations of a thousand unknowns and more took where no diode changes its segment, counted as
     * factorisations are: to order and factor, or to set up a tree or multigrid; to solve for the first time at each
     * point; to correct that until it meets the proof. */
    double setup, first, corrections;
    const char *linear; /* what solved the equations: of all points the last of "none", "lu", "star-mesh", "cholesky",
                         * "tree" and "multigrid"; NULL before the first one */
} opspice_stats;

const opspice_stats *opspice_get_stats(const opspice *deck);

/* The numbers among them by name, as the fields are called. OPSPICE_USAGE: there is no such name. */
int opspice_statistic(const opspice *deck, const char *name, double *value);

/* These names by number from 0; NULL: there is no such number. */
const char *opspice_statistic_name(size_t number);

/* ---- the results: of opspice_run, until the next solve or run ---------------------------------------------------- */

/* The analyses of the last run that opspice_write writes as data, in order, and the points of one: the netlist's own,
 * or those of its scripts where there are no others. */
size_t opspice_result_count(const opspice *deck);
size_t opspice_result_points(const opspice *deck, size_t result);

/* What it is called: Operating Point, DC transfer characteristic, Transfer Function, Sensitivity Analysis. NULL: there
 * is no such result. */
const char *opspice_result_title(const opspice *deck, size_t result);

/* The number of axes that one sweeps, 0 of an operating point; of the vectors that it has recorded or shows; of the
 * measurements of .measure cards. */
size_t opspice_result_axes(const opspice *deck, size_t result);
size_t opspice_result_vectors(const opspice *deck, size_t result);
size_t opspice_result_measures(const opspice *deck, size_t result);

/* The unit of a column of its csv, whose first columns are the axes: V, A, W, ohm, Celsius, of an expression also a
 * power of these; "" where there is none. NULL: there is no such column. */
const char *opspice_result_unit(const opspice *deck, size_t result, size_t column);

/* A vector: a quantity at all points. value[n * stride] is that of the nth of count. */
typedef struct opspice_vector {
    const char *name; /* v(out), i(v1), @r1[p], an expression or its name; of .tf and .sens as ngspice writes it */
    const char *unit; /* V, A, W, ohm, Celsius, or a power of these; "" where there is none */
    const double *value;
    size_t count, stride; /* stride: in doubles */
} opspice_vector;

/* What a result sweeps, the outermost axis first, with the axis's own values: its points are all combinations, and the
 * last axis runs fastest. NULL, here and below: there is no such number, or memory is out. */
const opspice_vector *opspice_get_axis(const opspice *deck, size_t result, size_t axis);

/* A vector by number: what was recorded, as a rawfile has it, then what only .print and .plot cards show. */
const opspice_vector *opspice_get_vector(const opspice *deck, size_t result, size_t vector);

/* A vector by name: one of those, also as out, v(a,b), i(r1), v1#branch, or an expression of them: v(a)*i(v1). NULL
 * also where a name in it is unknown, was not recorded, or the expression has no value at some point. */
const opspice_vector *opspice_find_vector(const opspice *deck, size_t result, const char *expression);

/* What a .measure card found on each curve that the last axis makes; NAN where it failed. */
const opspice_vector *opspice_get_measure(const opspice *deck, size_t result, size_t measure);

/* ---- output ------------------------------------------------------------------------------------------------- */

enum opspice_format {
    OPSPICE_LISTING,    /* as ngspice -b prints it */
    OPSPICE_LOG,        /* what ngspice -b -r prints beside a rawfile: no tables */
    OPSPICE_RAW_BINARY, /* SPICE rawfile */
    OPSPICE_RAW_ASCII,
    OPSPICE_CSV,
    OPSPICE_JSON,
    OPSPICE_SERVER,     /* what ngspice -s sends */
    OPSPICE_RAW         /* SPICE rawfile, ascii where `.options filetype=ascii` says so, else binary */
};

/* Write the answer, of opspice_solve or of all analyses of opspice_run, to a file, which appears whole or not at all
 * (it is written beside its place and renamed), or to standard output for "-". OPSPICE_SYSTEM: errno says why.
 * OPSPICE_USAGE: no answer yet, or the file is one that the netlist was read from. A rawfile that opspice_set "rawfile"
 * names and a script has written stays as that is, where the netlist's own cards have run no analysis.
 * Where the last load, solve or run has failed, OPSPICE_JSON, OPSPICE_LISTING and OPSPICE_LOG say why. Listings and
 * logs in files end with the diagnostics; JSON has them always. */
int opspice_write(opspice *deck, enum opspice_format format, const char *path);

/* The same through a function, in pieces. */
int opspice_write_to(opspice *deck, enum opspice_format format, opspice_output output, void *context);

/* Write a report of the operating point and of the sweeps: nets, drops, currents, curves of generators, as opspice(1)
 * tells under --report; the file appears as with opspice_write. options: texts NAME=VALUE, NULL behind the last; NULL:
 * none.
 *   format=html|csv      default html
 *   net=PREFIX           nodes whose names begin so are a net; may be given again; default: nets by connection
 *   worst=N              nodes, currents and violations that are listed; default 20
 *   coordinates=FILE     node,layer,x,y in place of what the names of nodes say
 *   current-limit=FILE   layer or resistor, ampere
 * path NULL: options and files are checked, and nothing is written; that can be done before there is an answer.
 * OPSPICE_USAGE: no answer yet, an unknown option or value, or the file is one that was read. OPSPICE_NETLIST: one of
 * the files is wrong. OPSPICE_SYSTEM: one of them, or the report, failed. Of files the diagnostics tell. */
int opspice_write_report(opspice *deck, const char *path, const char *const *options);

/* ---- diagnostics ---------------------------------------------------------------------------------------------- */

enum opspice_severity { OPSPICE_NOTE, OPSPICE_WARNING, OPSPICE_ERROR };

typedef struct opspice_diagnostic {
    enum opspice_severity severity; /* a note belongs to the diagnostic before it */
    const char *file;               /* NULL when it is about the whole netlist */
    size_t line, column;            /* from 1; column in bytes */
    const char *message;
    const char *code; /* its kind, by a permanent name: opspice-diagnostics(7); a note's is that of its diagnostic */
    size_t more;      /* how many of this kind came after it that are not in the list */
} opspice_diagnostic;

/* Diagnostics of the load and of the last solve, in order; of each kind the first twenty of either. */
size_t opspice_diagnostic_count(const opspice *deck);

/* One of them as data, until the next call that loads, solves or runs. NULL: no such number, or memory is out. */
const opspice_diagnostic *opspice_get_diagnostic(const opspice *deck, size_t number);

/* One of them as a compiler prints it: `file:line:column: error: message`, the line, a caret. opspice_free_text it.
 * NULL: no such number, or memory is out. */
char *opspice_diagnostic_text(const opspice *deck, size_t number);

/* Free such a text; NULL is allowed. */
void opspice_free_text(char *text);

#ifdef __cplusplus
}
#endif
#endif
