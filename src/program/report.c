#include "program/report.h"

#include "program/command_line.h"
#include "program/message.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), size = strlen(ending);
    return length > size && strcmp(text + length - size, ending) == 0;
}

int reports_add(struct reports *reports, const char *path)
{
    if (!ends_with(path, ".html") && !ends_with(path, ".csv"))
        return usage_error("--report writes FILE.html or FILE.csv, not %s", path);
    if (reports_hold(reports, path))
        return usage_error("--report is given twice for %s", path);
    const char **file = reallocarray(reports->file, reports->files + 1, sizeof *file);
    if (!file)
        return system_error("take", path);
    reports->file = file;
    file[reports->files++] = path;
    return GO_ON;
}

int reports_detail(struct reports *reports, const char *name, const char *value)
{
    enum { BESIDE = 2, DIGITS = 7 }; /* = and NUL; of a number */
    if (strcmp(name, "worst") == 0 &&
        (strlen(value) == 0 || strlen(value) > DIGITS || value[strspn(value, "0123456789")] != '\0'))
        return usage_error("--worst is a number of nodes, not %s", value);
    if (*value == '\0')
        return usage_error("--%s needs a value", name);
    size_t size = strlen(name) + strlen(value) + BESIDE;
    char **detail = reallocarray(reports->detail, reports->details + 1, sizeof *detail);
    reports->detail = detail ? detail : reports->detail;
    char *text = detail ? malloc(size) : NULL;
    if (!text)
        return system_error("take", value);
    snprintf(text, size, "%s=%s", name, value);
    detail[reports->details++] = text;
    if (reports->details == 1)
        reports->first_detail = strcmp(name, "net") == 0           ? "--net"
                                : strcmp(name, "worst") == 0       ? "--worst"
                                : strcmp(name, "coordinates") == 0 ? "--coordinates" : "--current-limit";
    return GO_ON;
}

bool reports_hold(const struct reports *reports, const char *path)
{
    for (size_t f = 0; path && f < reports->files; f++) {
        if (strcmp(reports->file[f], path) == 0)
            return true;
    }
    return false;
}

const char **reports_options(const struct reports *reports, const char *path)
{
    const char **option = calloc(reports->details + 2, sizeof *option);
    if (!option)
        return NULL;
    for (size_t d = 0; d < reports->details; d++)
        option[d] = reports->detail[d];
    option[reports->details] = path && ends_with(path, ".csv") ? "format=csv" : "format=html";
    return option;
}

static int write_one(const struct reports *reports, opspice *deck, const char *path)
{
    const char **option = reports_options(reports, path);
    if (!option)
        return OPSPICE_SYSTEM;
    errno = 0;
    int status = opspice_write_report(deck, path, option);
    int reason = errno;
    free(option);
    errno = reason;
    return status;
}

int reports_check(const struct reports *reports, opspice *deck)
{
    return reports->files > 0 ? write_one(reports, deck, NULL) : OPSPICE_OK;
}

int reports_write(const struct reports *reports, opspice *deck)
{
    int worst = OPSPICE_OK;
    for (size_t f = 0; f < reports->files; f++) {
        const char *path = reports->file[f];
        size_t told = opspice_diagnostic_count(deck);
        int status = write_one(reports, deck, path);
        if (status == OPSPICE_USAGE)
            status = opspice_result_count(deck) > 0
                         ? usage_error("%s belongs to the netlist: it is not written over", path)
                         : usage_error("the script has left nothing that %s could report", path);
        else if (status == OPSPICE_SYSTEM && opspice_diagnostic_count(deck) == told)
            system_error("write", path);
        worst = status > worst ? status : worst;
    }
    return worst;
}

void reports_free(struct reports *reports)
{
    while (reports->details > 0)
        free(reports->detail[--reports->details]);
    free(reports->detail);
    free(reports->file);
}
