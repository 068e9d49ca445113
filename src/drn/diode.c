#include "drn/diode.h"

#include "drn/option_text.h"
#include "drn/settings.h"
#include "util/letters.h"
#include <math.h>
#include <string.h>

static const char *const kinds[] = {"ideal", "exponential", "pair", "table", NULL};

void diode_init(struct drn_diode *diode)
{
    *diode = (struct drn_diode){.kind = DRN_IDEAL, .saturation = 1e-6, .thermal = 0.05};
}

/* ---- the table ---------------------------------------------------------------------------------------------- */

static bool is_separator(char byte)
{
    return byte == ' ' || byte == '\t' || byte == ',' || byte == ';' || byte == '\r';
}

static const char *behind_separators(const char *text)
{
    while (is_separator(*text))
        text++;
    return text;
}

/* A line of two numbers, behind those that are there. */
static const char *add_point(struct drn_diode *diode, const char *line)
{
    double volts, amperes;
    const char *at = behind_separators(line);
    bool good = option_text_signed(&at, &volts) && is_separator(*at);
    at = behind_separators(at);
    good = good && option_text_signed(&at, &amperes);
    at = behind_separators(at);
    if (!good || (*at && *at != '\n'))
        return "has a line that is not two numbers, volts and amperes";
    if (diode->points == DRN_TABLE_POINTS)
        return "has more than 1000 points";
    size_t last = diode->points - 1;
    if (diode->points > 0 && !(volts > diode->volts[last] && amperes >= diode->amperes[last]))
        return "has volts that do not rise, or amperes that fall";
    diode->volts[diode->points] = volts;
    diode->amperes[diode->points++] = amperes;
    return NULL;
}

static const char *read_table(struct drn_diode *diode, const char *path)
{
    char line[256];
    const char *wrong = NULL;
    FILE *file = fopen(path, "re");
    if (!file)
        return "is a file of volts and amperes that can be read";
    diode->points = 0;
    for (bool first = true; !wrong && fgets(line, sizeof line, file);) {
        const char *at = behind_separators(line);
        if (*at == '\0' || *at == '\n' || *at == '#')
            continue;
        if (!first || !is_letter(*at))
            wrong = add_point(diode, line);
        first = false;
    }
    if (!wrong && ferror(file))
        wrong = "is a file of volts and amperes that can be read";
    fclose(file);
    return !wrong && diode->points < 2 ? "has fewer than two points" : wrong;
}

/* ---- options ------------------------------------------------------------------------------------------------ */

static const char *set_kind(struct drn_diode *diode, const char *value)
{
    for (int kind = 0; kinds[kind]; kind++) {
        if (strcmp(value, kinds[kind]) == 0) {
            diode->kind = (enum drn_diode_kind)kind;
            return NULL;
        }
    }
    return "is ideal, exponential, pair or table";
}

static const char *set_number(double *number, const char *value, double least, double most, const char *rule)
{
    double got;
    if (!option_text_number(&value, &got) || *value || got < least || got > most)
        return rule;
    *number = got;
    return NULL;
}

const char *diode_set(struct drn_diode *diode, const char *option, const char *value, bool *known)
{
    *known = true;
    if (strcmp(option, "diode") == 0)
        return set_kind(diode, value);
    if (strcmp(option, "saturation-current") == 0)
        return set_number(&diode->saturation, value, 1e-30, 1e6, "is a number of amperes from 1e-30 to 1e6");
    if (strcmp(option, "thermal-voltage") == 0)
        return set_number(&diode->thermal, value, 1e-6, 1e6, "is a number of volts from 1e-6 to 1e6");
    if (strcmp(option, "offset-voltage") == 0)
        return set_number(&diode->offset, value, 0, 1e6, "is a number of volts from 0 to 1e6");
    if (strcmp(option, "diode-point") == 0)
        return add_point(diode, value);
    if (strcmp(option, "diode-table") == 0) {
        struct drn_diode with_table = *diode;
        const char *wrong = read_table(&with_table, value);
        if (!wrong)
            *diode = with_table;
        return wrong;
    }
    *known = false;
    return NULL;
}

const char *diode_complete(const struct drn_diode *diode)
{
    return diode->kind == DRN_TABLE && diode->points < 2 ? "diode=table needs a diode-table" : NULL;
}

void diode_write(const struct drn_diode *diode, FILE *file)
{
    if (diode->kind == DRN_IDEAL)
        return;
    fprintf(file, "diode=%s\n", kinds[diode->kind]);
    const struct {
        const char *option;
        double number;
    } numbers[] = {{"saturation-current", diode->saturation},
                   {"thermal-voltage", diode->thermal},
                   {"offset-voltage", diode->offset}};
    for (size_t n = 0; diode->kind != DRN_TABLE && n < sizeof numbers / sizeof *numbers; n++) {
        fprintf(file, "%s=", numbers[n].option);
        option_text_put(numbers[n].number, file);
        fputc('\n', file);
    }
    for (size_t n = 0; diode->kind == DRN_TABLE && n < diode->points; n++) {
        fputs("diode-point=", file);
        option_text_put_signed(diode->volts[n], file);
        fputc(',', file);
        option_text_put_signed(diode->amperes[n], file);
        fputc('\n', file);
    }
}
