#include "write/html.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- text ---- */

/* How many bytes of UTF-8 the character has that begins here; 0: it is none. */
static size_t character_length(const unsigned char *text, size_t left)
{
    size_t length = *text < 0x80 ? 1 : *text >= 0xc2 && *text < 0xe0 ? 2 : *text >= 0xe0 && *text < 0xf0 ? 3
                    : *text >= 0xf0 && *text < 0xf5                      ? 4 : 0;
    if (length > left)
        return 0;
    for (size_t b = 1; b < length; b++) {
        if ((text[b] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

static const char *escape(unsigned char byte)
{
    switch (byte) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

static void put_character(struct sink *sink, const unsigned char *text, size_t length)
{
    bool is_control = (*text < ' ' && *text != '\t') || *text == 0x7f || (length == 0 && *text < 0xa0) ||
                      (length == 2 && *text == 0xc2 && text[1] < 0xa0);
    const char *escaped = length == 1 ? escape(*text) : NULL;
    if (is_control)
        sink_text(sink, "?");
    else if (escaped)
        sink_text(sink, escaped);
    else if (length > 0)
        sink_bytes(sink, text, length);
    else
        sink_bytes(sink, (const char[]){(char)(0xc0 | *text >> 6), (char)(0x80 | (*text & 0x3f))}, 2);
}

void html_bytes(struct sink *sink, const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;
    while (length > 0) {
        size_t size = character_length(at, length);
        put_character(sink, at, size);
        size = size > 0 ? size : 1;
        at += size;
        length -= size;
    }
}

void html_text(struct sink *sink, const char *text)
{
    html_bytes(sink, text, strlen(text));
}

/* ---- numbers ---- */

#define NO_BREAK "\xc2\xa0"

/* How many digits there are before the point of a number below 1000, once it is rounded to `digits` of them. */
static int whole_digits(double size, int digits)
{
    double half = 0.5 * pow(10, -digits);
    return size >= 100 - 100 * half ? 3 : size >= 10 - 10 * half ? 2 : 1;
}

void si_text(char text[SI_SIZE], double value, int digits, const char *unit)
{
    static const char *const prefix[] = {"f", "p", "n", "\xc2\xb5", "m", "", "k", "M", "G", "T"};
    enum { NONE = 5, COUNT = sizeof prefix / sizeof *prefix, NUMBER = 32 };
    char number[NUMBER];
    double size = fabs(value), half = 0.5 * pow(10, -digits); /* what is rounded up: 999.95 is 1.000 k with four */
    int group = NONE;
    if (size == 0) {
        snprintf(text, SI_SIZE, "0" NO_BREAK "%s", unit);
        return;
    }
    for (; group < COUNT - 1 && size >= 1000 * (1 - half); group++)
        size /= 1000;
    for (; group > 0 && size < 1 - half; group--)
        size *= 1000;
    bool fits = size < 1000 * (1 - half) && size >= 1 - half;
    if (fits)
        snprintf(number, sizeof number, "%.*f", digits - whole_digits(size, digits), value < 0 ? -size : size);
    else
        snprintf(number, sizeof number, "%.*e", digits - 1, value);
    without_locale(number);
    snprintf(text, SI_SIZE, "%s" NO_BREAK "%s%.8s", number, fits ? prefix[group] : "", unit);
}

void html_si(struct sink *sink, double value, const char *unit)
{
    char text[SI_SIZE];
    si_text(text, value, 4, unit);
    sink_text(sink, text);
}

void html_volts(struct sink *sink, double value)
{
    char text[SI_SIZE];
    si_text(text, value, 6, "V");
    sink_text(sink, text);
}

void html_number(struct sink *sink, double number, int digits)
{
    char text[SI_SIZE];
    snprintf(text, sizeof text, "%.*g", digits, number);
    sink_bytes(sink, text, without_locale(text));
}

void html_percent(struct sink *sink, double percent)
{
    if (!isfinite(percent)) {
        sink_text(sink, "\xe2\x80\x93");
        return;
    }
    enum { DIGITS = 4 };
    char text[SI_SIZE];
    double size = fabs(percent);
    if (size == 0)
        snprintf(text, sizeof text, "0");
    else if (size >= 0.001 && size < 9999)
        snprintf(text, sizeof text, "%.*f", size >= 1000 ? 0 : DIGITS - (size < 1 ? 0 : whole_digits(size, DIGITS)),
                 percent);
    else
        snprintf(text, sizeof text, "%.*g", DIGITS, percent);
    sink_bytes(sink, text, without_locale(text));
    sink_text(sink, NO_BREAK "%");
}

void html_count(struct sink *sink, size_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%zu", number);
    for (int at = 0; at < length; at++) {
        if (at > 0 && (length - at) % 3 == 0)
            sink_text(sink, ",");
        sink_bytes(sink, digits + at, 1);
    }
}

/* ---- tables ---- */

void html_cell(struct sink *sink, const char *text)
{
    sink_text(sink, "<td>");
    html_text(sink, text);
    sink_text(sink, "</td>");
}

static void begin_number(struct sink *sink)
{
    sink_text(sink, "<td class=\"n\">");
}

void html_si_cell(struct sink *sink, double value, const char *unit)
{
    begin_number(sink);
    html_si(sink, value, unit);
    sink_text(sink, "</td>");
}

void html_volts_cell(struct sink *sink, double value)
{
    begin_number(sink);
    html_volts(sink, value);
    sink_text(sink, "</td>");
}

void html_percent_cell(struct sink *sink, double percent)
{
    begin_number(sink);
    html_percent(sink, percent);
    sink_text(sink, "</td>");
}

void html_count_cell(struct sink *sink, size_t number)
{
    begin_number(sink);
    html_count(sink, number);
    sink_text(sink, "</td>");
}

void html_number_cell(struct sink *sink, double number, int digits)
{
    begin_number(sink);
    html_number(sink, number, digits);
    sink_text(sink, "</td>");
}

void html_table(struct sink *sink, const char *caption, const char *heads)
{
    sink_text(sink, "<div class=\"scroll\"><table>\n");
    if (caption) {
        sink_text(sink, "<caption>");
        sink_text(sink, caption);
        sink_text(sink, "</caption>\n");
    }
    sink_text(sink, "<thead><tr>");
    for (const char *at = heads; *at;) {
        size_t length = strcspn(at, "|");
        bool right = *at == '>';
        sink_text(sink, right ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
        sink_bytes(sink, at + right, length - right);
        sink_text(sink, "</th>");
        at += length + (at[length] == '|');
    }
    sink_text(sink, "</tr></thead>\n<tbody>\n");
}

void html_end_table(struct sink *sink)
{
    sink_text(sink, "</tbody></table></div>\n");
}

/* ---- pictures ---- */

void html_base64(struct sink *sink, const unsigned char *bytes, size_t size)
{
    static const char letter[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < size; at += 3) {
        size_t left = size - at < 3 ? size - at : 3;
        uint32_t three = (uint32_t)bytes[at] << 16 | (left > 1 ? (uint32_t)bytes[at + 1] << 8 : 0) |
                         (left > 2 ? bytes[at + 2] : 0);
        char four[4] = {letter[three >> 18], letter[three >> 12 & 63], left > 1 ? letter[three >> 6 & 63] : '=',
                        left > 2 ? letter[three & 63] : '='};
        sink_bytes(sink, four, 4);
    }
}
