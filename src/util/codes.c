#include "util/codes.h"

#include <assert.h>
#include <stdint.h>

static const struct {
    char name[28]; /* in its place, so that nothing is relocated when a program starts */
    uint8_t severity;
} kinds[] = {
#define WARNING_ROW(identifier, name) [WARNING_##identifier] = {name, SEVERITY_WARNING},
#define ERROR_ROW(identifier, name) [ERROR_##identifier] = {name, SEVERITY_ERROR},
#define OUTCOME_ROW(identifier, name) [OUTCOME_##identifier] = {name, SEVERITY_OUTCOME},
#define FAILURE_ROW(identifier, name) [FAILURE_##identifier] = {name, SEVERITY_FAILURE},
    DIAGNOSTIC_CODES(WARNING_ROW, ERROR_ROW, OUTCOME_ROW, FAILURE_ROW)};

const char *code_name(enum diagnostic_code code)
{
    assert(code < DIAGNOSTIC_KINDS);
    return kinds[code].name;
}

enum severity code_severity(enum diagnostic_code code)
{
    return code < DIAGNOSTIC_KINDS ? (enum severity)kinds[code].severity : SEVERITY_NOTE;
}
