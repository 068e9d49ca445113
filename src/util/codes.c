#include "util/codes.h"

#include <assert.h>

static const struct {
    const char *name;
    enum severity severity;
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
    return code < DIAGNOSTIC_KINDS ? kinds[code].severity : SEVERITY_NOTE;
}
