#include "netlist/cards.h"
#include "util/letters.h"

#include <string.h>

static const struct card_row element[] = {
    {"a", CARD_UNSUPPORTED, CARD_LATER, "XSPICE code model", NULL},
    {"b", CARD_B, CARD_TAKEN, "behavioural source", NULL},
    {"c", CARD_C, CARD_TAKEN, "capacitor", NULL},
    {"d", CARD_D, CARD_TAKEN, "diode", NULL},
    {"e", CARD_E, CARD_TAKEN, "voltage-controlled voltage source", NULL},
    {"f", CARD_F, CARD_TAKEN, "current-controlled current source", NULL},
    {"g", CARD_G, CARD_TAKEN, "voltage-controlled current source", NULL},
    {"h", CARD_H, CARD_TAKEN, "current-controlled voltage source", NULL},
    {"i", CARD_I, CARD_TAKEN, "current source", NULL},
    {"j", CARD_J, CARD_TAKEN, "junction field-effect transistor", NULL},
    /* Inductors are shorts at direct current, coupled or not. */
    {"k", CARD_OTHER, CARD_IDLE, "inductive coupling", NULL},
    {"l", CARD_L, CARD_TAKEN, "inductor", NULL},
    {"m", CARD_M, CARD_TAKEN, "MOS transistor", NULL},
    {"n", CARD_UNSUPPORTED, CARD_LATER, "Verilog-A device", NULL},
    {"o", CARD_O, CARD_TAKEN, "lossy transmission line", NULL},
    {"p", CARD_P, CARD_TAKEN, "coupled transmission line", NULL},
    {"q", CARD_Q, CARD_TAKEN, "bipolar transistor", NULL},
    {"r", CARD_R, CARD_TAKEN, "resistor", NULL},
    {"s", CARD_S, CARD_TAKEN, "voltage-controlled switch", NULL},
    {"t", CARD_T, CARD_TAKEN, "transmission line", NULL},
    {"u", CARD_U, CARD_TAKEN, "distributed RC line", NULL},
    {"v", CARD_V, CARD_TAKEN, "voltage source", NULL},
    {"w", CARD_W, CARD_TAKEN, "current-controlled switch", NULL},
    {"x", CARD_X, CARD_TAKEN, "instance of a subcircuit", NULL},
    {"y", CARD_UNSUPPORTED, CARD_LATER, "single lossy transmission line", NULL},
    {"z", CARD_Z, CARD_TAKEN, "MESFET", NULL},
};

static const struct card_row dot_card[] = {
    {".model", CARD_MODEL, CARD_TAKEN, "model", NULL},
    {".title", CARD_TITLE, CARD_TAKEN, "title", NULL},
    {".include", CARD_INCLUDE, CARD_TAKEN, "include", NULL},
    {".incl", CARD_INCLUDE, CARD_TAKEN, "include", NULL},
    {".inc", CARD_INCLUDE, CARD_TAKEN, "include", NULL},
    {".end", CARD_END, CARD_TAKEN, "end", NULL},
    {".op", CARD_OP, CARD_TAKEN, "operating point", NULL},
    {".print", CARD_PRINT, CARD_TAKEN, "print", NULL},
    {".save", CARD_SAVE, CARD_TAKEN, "save", NULL},

    {".tran", CARD_FOREIGN, CARD_LATER, "transient analysis", NULL},
    {".ac", CARD_FOREIGN, CARD_LATER, "small-signal analysis", NULL},
    {".noise", CARD_FOREIGN, CARD_LATER, "noise analysis", NULL},
    {".pz", CARD_FOREIGN, CARD_LATER, "pole-zero analysis", NULL},
    {".fft", CARD_FOREIGN, CARD_LATER, "Fourier analysis", NULL},
    {".disto", CARD_FOREIGN, CARD_LATER, "distortion analysis", NULL},
    {".pss", CARD_FOREIGN, CARD_LATER, "periodic steady state analysis", NULL},
    {".sp", CARD_FOREIGN, CARD_LATER, "scattering parameter analysis", NULL},
    {".plot", CARD_PLOT, CARD_TAKEN, "plot", NULL},
    {".probe", CARD_PROBE, CARD_TAKEN, "probe", NULL},

    {".nodeset", CARD_NODESET, CARD_TAKEN, "node voltages to start from", NULL},
    {".ic", CARD_IC, CARD_TAKEN, "initial conditions", NULL},
    {".global", CARD_GLOBAL, CARD_TAKEN, "global nodes", NULL},
    {".width", CARD_OPTIONS, CARD_TAKEN, "width of the page", NULL},
    {".backanno", CARD_OTHER, CARD_IDLE, "back-annotation", NULL},

    {".subckt", CARD_SUBCKT, CARD_TAKEN, "subcircuit", NULL},
    {".macro", CARD_SUBCKT, CARD_TAKEN, "subcircuit", NULL},
    {".eom", CARD_ENDS, CARD_TAKEN, "end of a subcircuit", NULL},
    {".global_param", CARD_PARAM, CARD_TAKEN, "parameter", NULL},
    {".csparam", CARD_CSPARAM, CARD_TAKEN, "parameter of scripts", NULL},
    {".func", CARD_FUNC, CARD_TAKEN, "function", NULL},
    {".lib", CARD_LIB, CARD_TAKEN, "library", NULL},
    {".endl", CARD_ENDL, CARD_TAKEN, "end of a library section", NULL},
    {".if", CARD_IF, CARD_TAKEN, "condition", NULL},
    {".elseif", CARD_ELSEIF, CARD_TAKEN, "branch of a condition", NULL},
    {".else", CARD_ELSE, CARD_TAKEN, "branch of a condition", NULL},
    {".endif", CARD_ENDIF, CARD_TAKEN, "end of a condition", NULL},
    {".dc", CARD_DC, CARD_TAKEN, "direct-current sweep", NULL},
    {".step", CARD_STEP, CARD_TAKEN, "parameter sweep", NULL},
    {".tf", CARD_TF, CARD_TAKEN, "transfer function", NULL},
    {".sens", CARD_SENS, CARD_TAKEN, "sensitivity analysis", NULL},
    {".measure", CARD_MEASURE, CARD_TAKEN, "measurement", NULL},
    {".meas", CARD_MEASURE, CARD_TAKEN, "measurement", NULL},
    {".temp", CARD_TEMP, CARD_TAKEN, "temperature", NULL},
};

/* Spellings with any ending: ngspice looks no further. */
static const struct card_row beginning[] = {
    {".four", CARD_FOREIGN, CARD_LATER, "Fourier analysis", NULL},
    {".opt", CARD_OPTIONS, CARD_TAKEN, "options", NULL},
    {".para", CARD_PARAM, CARD_TAKEN, "parameter", NULL},
    {".ends", CARD_ENDS, CARD_TAKEN, "end of a subcircuit", NULL}, /* .endsubckt */
    {".control", CARD_CONTROL, CARD_TAKEN, "script", ".endc"},
    {".endc", CARD_OTHER, CARD_STRAY, "end of a script", NULL},
};

static int begins(const char *spelling, const char *text, size_t length)
{
    size_t i = 0;
    while (i < length && spelling[i] != '\0' && spelling[i] == lower(text[i]))
        i++;
    return spelling[i] == '\0';
}

static int is_spelled(const char *spelling, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (spelling[i] == '\0' || spelling[i] != lower(text[i]))
            return 0;
    }
    return spelling[length] == '\0';
}

const struct card_row *cards_find(const char *text, size_t length)
{
    if (length == 0)
        return NULL;
    char first = lower(text[0]);
    if (first >= 'a' && first <= 'z')
        return &element[first - 'a'];
    for (size_t i = 0; first == '.' && i < sizeof dot_card / sizeof *dot_card; i++) {
        if (is_spelled(dot_card[i].spelling, text, length))
            return &dot_card[i];
    }
    for (size_t i = 0; i < sizeof beginning / sizeof *beginning; i++) {
        if (begins(beginning[i].spelling, text, length))
            return &beginning[i];
    }
    return NULL;
}
