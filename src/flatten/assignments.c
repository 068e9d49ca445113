/* The words of .param, .subckt and X cards: nodes, then `name = value`. */
#include "flatten/flat.h"

#include "util/letters.h"

bool assignments_is_word(const struct arg *arg, const char *word)
{
    return arg->kind == ARG_WORD && letters_spell(arg->text, arg->length, word);
}

static bool is_quoted(const struct arg *arg)
{
    return arg->kind == ARG_EXPRESSION || arg->kind == ARG_STRING;
}

struct expression_word assignments_text(const struct card *card, uint32_t first, uint32_t end)
{
    const struct arg *a = &card->arg[first], *b = &card->arg[end - 1];
    if (first == end)
        return (struct expression_word){card->arg->text, 0};
    const char *start = a->text, *stop = b->text + b->length;
    if (a != b && is_quoted(a))
        start--;
    if (a != b && is_quoted(b))
        stop++;
    return (struct expression_word){start, (size_t)(stop - start)};
}

/* Before the parameters of `.subckt` and of instances there may be this word. */
static bool is_params(const struct arg *arg)
{
    return assignments_is_word(arg, "params:");
}

bool assignments_is_function(const struct arg *arg)
{
    if (arg->kind != ARG_GROUP || arg->length == 0)
        return false;
    const char *behind = arg[arg->count].text + 1;
    while (*behind == ' ' || *behind == '\t')
        behind++;
    return behind[0] == '=' && behind[1] != '=';
}

uint32_t assignments_end(const struct card *card, uint32_t at)
{
    while (at < card->count && card->arg[at].kind != ARG_KEY && !is_params(&card->arg[at]) &&
           !assignments_is_function(&card->arg[at]))
        at += 1 + card->arg[at].count;
    return at;
}

static bool is_of_letters(const char *at, const char *end)
{
    while (at < end && is_letter(*at))
        at++;
    return at == end;
}

static void leave_out(const char *behind, const char *end, const char *what, struct diagnostics *diagnostics)
{
    diagnose(diagnostics, WARNING_WORD_LEFT_OUT, behind, (size_t)(end - behind),
             "%.*s behind the %s is left out, as in ngspice", (int)(end - behind), behind, what);
}

/* {q}k: the value is that of the braces, and the letters behind them are left out. */
static void cut_behind_braces(struct expression_word *text, struct diagnostics *diagnostics)
{
    const char *end = text->text + text->length, *behind;
    if (text->length == 0 || *text->text != '{' || !(behind = resolve_behind_braces(text->text, end)) ||
        behind == end || !is_of_letters(behind, end))
        return;
    text->length = (size_t)(behind - text->text);
    leave_out(behind, end, "braces", diagnostics);
}

/* 'q'k: the same of quotes, which are a word of the card and what is behind them the next. */
static bool cut_behind_quotes(const struct arg *quoted, struct diagnostics *diagnostics)
{
    const char *behind = quoted[1].text, *end = behind + quoted[1].length;
    if (quoted->kind != ARG_EXPRESSION || quoted[1].kind != ARG_WORD ||
        behind != quoted->text + quoted->length + 1 || !is_of_letters(behind, end))
        return false;
    leave_out(behind, end, "quotes", diagnostics);
    return true;
}

bool assignments_next(const struct card *card, uint32_t *at, struct assignment *assignment,
                     struct diagnostics *diagnostics, bool *wrong)
{
    while (*at < card->count && card->arg[*at].kind != ARG_KEY) {
        const struct arg *arg = &card->arg[*at];
        if (arg->kind != ARG_CLOSE && !(arg->kind == ARG_GROUP && arg->length == 0) && !is_params(arg)) {
            diagnose(diagnostics, ERROR_PARAMETER, arg->text, arg->length, "expected NAME=VALUE, not %.*s", SHOW(*arg));
            *wrong = true;
            return false;
        }
        ++*at;
    }
    if (*at >= card->count)
        return false;
    assignment->name = &card->arg[*at];
    assignment->position = *at + 1;
    uint32_t end = assignments_end(card, *at + 1 + assignment->name->count);
    bool is_cut = end == assignment->position + 2 && cut_behind_quotes(&card->arg[assignment->position], diagnostics);
    assignment->text = assignments_text(card, assignment->position, end - is_cut);
    if (end == assignment->position + 1 && card->arg[assignment->position].kind == ARG_WORD)
        cut_behind_braces(&assignment->text, diagnostics);
    assignment->is_string = end == assignment->position + 1 && card->arg[assignment->position].kind == ARG_STRING;
    *at = end;
    return true;
}

const struct arg *assignments_node(const struct card *card, uint32_t *at, size_t *length)
{
    const struct arg *arg = NULL;
    for (; *at < card->count; ++*at) {
        arg = &card->arg[*at];
        if (arg->kind != ARG_CLOSE && (arg->kind != ARG_GROUP || arg->length > 0))
            break;
    }
    if (*at >= card->count || (arg->kind != ARG_WORD && arg->kind != ARG_GROUP) ||
        is_params(arg))
        return NULL;
    *length = arg->length;
    if (arg->kind == ARG_GROUP) {
        const struct arg *close = arg + arg->count;
        *length = (size_t)(close->text + close->length - arg->text);
        *at += arg->count;
    }
    ++*at;
    return arg;
}
