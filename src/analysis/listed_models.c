#include "analysis/listed_models.h"

#include <string.h>
#include <strings.h>

static const struct listed_parameter of_diode[] = {
    {"level", 1, {0}}, {"is", 1e-14, {"js"}}, {"jsw", 0, {"isw"}}, {"rs", 0, {0}}, {"trs", 0, {"trs1"}},
    {"trs2", 0, {0}}, {"n", 1, {0}}, {"ns", 1, {0}}, {"tt", 0, {0}}, {"ttt1", 0, {0}}, {"ttt2", 0, {0}},
    {"cjo", 0, {"cj0", "cj"}}, {"vj", 1, {"pb"}}, {"m", 0.5, {"mj"}}, {"tm1", 0, {0}}, {"tm2", 0, {0}},
    {"cjp", 0, {"cjsw"}}, {"php", 1, {"vjsw"}}, {"mjsw", 0.33, {0}}, {"ikf", 0, {"ik"}}, {"ikr", 0, {0}},
    {"nbv", 1, {"nz"}}, {"area", 1, {0}}, {"pj", 0, {0}}, {"tlev", 0, {0}}, {"tlevc", 0, {0}}, {"eg", 1.11, {0}},
    {"xti", 3, {0}}, {"cta", 0, {"ctc"}}, {"ctp", 0, {0}}, {"tpb", 0, {"tvj"}}, {"tphp", 0, {0}}, {"jtun", 0, {0}},
    {"jtunsw", 0, {0}}, {"ntun", 30, {0}}, {"xtitun", 3, {0}}, {"keg", 1, {0}}, {"kf", 0, {0}}, {"af", 1, {0}},
    {"fc", 0.5, {0}}, {"fcs", 0.5, {0}}, {"bv", 0, {"vb", "vrb", "var"}}, {"ibv", 1e-3, {"ib"}}, {"tcv", 0, {"tbv1"}},
    {"isr", 1e-14, {0}}, {"nr", 1, {0}}, {"fv_max", 1e99, {0}}, {"bv_max", 1e99, {0}}, {"id_max", 1e99, {0}},
    {"te_max", 1e99, {0}}, {"pd_max", 1e99, {0}}, {"rth0", 0, {0}}, {"cth0", 1e-5, {0}}, {"lm", 0, {0}},
    {"lp", 0, {0}}, {"wm", 0, {0}}, {"wp", 0, {0}}, {"xom", 1e-6, {0}}, {"xoi", 1e-6, {0}}, {"xm", 0, {0}},
    {"xp", 0, {0}}, {NULL, 0, {0}}};

static const struct listed_parameter of_resistor[] = {
    {"rsh", 0, {0}}, {"narrow", 0, {"dw"}}, {"short", 0, {"dlr"}}, {"tc1", 0, {"tc1r", "tc"}}, {"tc2", 0, {"tc2r"}},
    {"tce", 0, {0}}, {"defw", 1e-5, {"w"}}, {"l", 1e-5, {0}}, {"kf", 0, {0}}, {"af", 0, {0}},
    {"r", 0, {"res", "resistance"}}, {"bv_max", 1e99, {0}}, {"lf", 1, {0}}, {"wf", 1, {0}}, {"ef", 1, {0}},
    {NULL, 0, {0}}};

static bool is(const char *name, const char *text, size_t length)
{
    return strlen(name) == length && strncasecmp(name, text, length) == 0;
}

const struct listed_model *listed_model(const char *type, size_t length)
{
    static const struct listed_model diode = {'d', "Diode models (Junction Diode model)", of_diode},
                                     resistor = {'r', "Resistor models (Simple linear resistor)", of_resistor};
    if (is("d", type, length))
        return &diode;
    return is("r", type, length) || is("res", type, length) ? &resistor : NULL;
}

const struct listed_parameter *listed_parameter(const struct listed_model *model, struct expression_word name)
{
    enum { ALSO = sizeof model->parameter->also / sizeof *model->parameter->also };
    for (const struct listed_parameter *row = model->parameter; row->name; row++) {
        bool found = is(row->name, name.text, name.length);
        for (size_t a = 0; !found && a < ALSO && row->also[a]; a++)
            found = is(row->also[a], name.text, name.length);
        if (found)
            return row;
    }
    return NULL;
}
