#include "scripts.h"

#include "assertions.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

opspice *scripted_deck(const char *commands, int status)
{
    char text[4000];
    snprintf(text, sizeof text, "script\n" SCRIPT_CIRCUIT ".control\n%s\n.endc\n.end\n", commands);
    for (char *at = strstr(text, ".control"); *at; at++) {
        bool is_comment = *at == ';' && at[1] == ' ';
        if (*at == ';' && !is_comment)
            *at = '\n';
    }
    return deck_load(text, status);
}

char *without_dates(char *text)
{
    static const char head[] = "Doing analysis at TEMP = 27.000000 and TNOM = 27.000000\n\n\nNo. of Data Rows : ";
    static const char *const before_dates[] = {"Operating Point  ", "DC transfer characteristic  ", "\nDate: "};
    char *result = NULL;
    size_t size;
    FILE *file = open_memstream(&result, &size);
    while (*text) {
        if (strncmp(text, head, strlen(head)) == 0) {
            text += strlen(head);
            fprintf(file, "[%.*s]", (int)strcspn(text, "\n"), text);
            text += strcspn(text, "\n");
            continue;
        }
        for (size_t b = 0; b < sizeof before_dates / sizeof *before_dates; b++) {
            size_t length = strlen(before_dates[b]);
            if (strncmp(text, before_dates[b], length) == 0) {
                fprintf(file, "%sDATE", before_dates[b]);
                text += length + strcspn(text + length, "\n");
            }
        }
        putc(*text++, file);
    }
    fclose(file);
    return result;
}

char *printed_by(opspice *deck, int status)
{
    static const char circuit[] = "Circuit: script\n\n";
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    int ran = opspice_run(deck, deck_print, file);
    fclose(file);
    ck_assert_msg(ran == status, "status %d, expected %d: %s", ran, status, deck_diagnostics(deck));
    ck_assert_msg(strncmp(text, circuit, strlen(circuit)) == 0, "begins with %s", text);
    char *printed = without_dates(text + strlen(circuit));
    free(text);
    return printed;
}

static char folder[64];

void folder_enter(void)
{
    strcpy(folder, "/tmp/opspice-script-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

int folder_entries(bool remove_them)
{
    DIR *open = opendir(".");
    int count = 0;
    for (struct dirent *entry; (entry = readdir(open));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        count++;
        if (remove_them)
            ck_assert_int_eq(unlink(entry->d_name), 0);
    }
    closedir(open);
    return count;
}

void folder_leave(void)
{
    folder_entries(true);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

