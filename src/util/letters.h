/* Letters, digits and blanks of ASCII, whatever the locale. */
#ifndef OPSPICE_LETTERS_H
#define OPSPICE_LETTERS_H

#include <stdbool.h>
#include <stddef.h>

static inline bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* A..Z become a..z; all other bytes, those of UTF-8 among them, stay. */
static inline char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

/* Is the text this word of small letters, in letters of either case? */
static inline bool letters_spell(const char *text, size_t length, const char *word)
{
    for (size_t i = 0; i < length; i++)
        if (word[i] == '\0' || lower(text[i]) != word[i])
            return false;
    return word[length] == '\0';
}

/* A letter of a word: also the underscore and every byte of UTF-8 beyond ASCII. */
static inline bool is_letter(char byte)
{
    return (lower(byte) >= 'a' && lower(byte) <= 'z') || byte == '_' || (unsigned char)byte >= 0x80;
}

/* A blank, the end of a line, or another control byte; not the end of a string. */
static inline bool is_space(char byte)
{
    return (unsigned char)byte <= ' ' && byte != '\0';
}

#endif
