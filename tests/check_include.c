/* grammar: included files, sections of libraries, files that fail. */
#include "fail_alloc.h"
#include "reader.h"
#include "suites.h"
#include "texts.h"
#include "trees.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void make_folder(void)
{
    strcpy(folder, "/tmp/opspice-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(mkdir("sub", 0700), 0);
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    fclose(file);
}

static void remove_folder(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    char *command = NULL;
    text_append(&command, "rm -r '%s'", folder);
    ck_assert_int_eq(system(command), 0);
    free(command);
}

static void check_file(const char *path, const char *tree, const char *messages)
{
    struct deck deck = tree_of_file(path);
    ck_assert_str_eq(deck.tree, tree);
    ck_assert_str_eq(deck.messages, messages);
    tree_free(&deck);
}

START_TEST(includes_are_read_in_place)
{
    write_file("d.cir", "t\nR1 a b 1\n.include sub/a.inc ; c\nR5 a b 1\n.inc \"sub/s p.inc\"\n.INCLUDE 'top.inc'");
    write_file("sub/a.inc", "* no title\nR2 a b 1\n.include b.inc\n.include top.inc\n.end\nR9 (");
    write_file("sub/b.inc", "\xef\xbb\xbf  R3 a b\n+ 1");
    write_file("sub/s p.inc", "R6 a b 1\n");
    write_file("top.inc", "R4 a b 1\n");
    check_file("d.cir", "R1 a b 1\nR2 a b 1\nR3 a b 1\nR4 a b 1\nR5 a b 1\nR6 a b 1\nR4 a b 1\n", "");
}
END_TEST

/* A text of UTF-8 as a file in UTF-16 with a byte order mark. */
static void write_utf16(const char *name, const char *text, bool is_big)
{
    FILE *file = fopen(name, "w");
    ck_assert_ptr_nonnull(file);
    unsigned long unit[2] = {0xfeff, 0};
    for (const unsigned char *at = (const unsigned char *)text; unit[0]; unit[1] = 0) {
        for (int u = 0; u < 2 && (u == 0 || unit[1]); u++)
            for (int byte = 0; byte < 2; byte++)
                fputc((int)(unit[u] >> ((byte == 0) == is_big ? 8 : 0) & 0xff), file);
        int more = *at < 0x80 ? 0 : *at < 0xe0 ? 1 : *at < 0xf0 ? 2 : 3;
        unsigned long character = more == 0 ? *at : *at & (0x3fu >> more);
        at += *at != '\0';
        for (; more > 0; more--)
            character = character << 6 | (*at++ & 0x3f);
        unit[0] = character < 0x10000 ? character : 0xd800 + ((character - 0x10000) >> 10);
        unit[1] = character < 0x10000 ? 0 : 0xdc00 + ((character - 0x10000) & 0x3ff);
    }
    fclose(file);
}

START_TEST(decks_and_includes_in_utf16)
{
    bool is_big = _i != 0;
    const char *deck = "t \xf0\x9f\x99\x82\r\nR1 a \xc3\xbc 1\xc2\xb5\r\n.include sub/a.inc\r\n.include sub/b.inc\r\n"
                       "R4 \xe2\x82\xac )\r\n";
    write_utf16("d.cir", deck, is_big);
    write_utf16("sub/a.inc", "* no title\r\nR2 a b\r\n+ 1", !is_big);
    write_file("sub/b.inc", "R3 a b 1\n");
    check_file("d.cir", "R1 a \xc3\xbc 1\xc2\xb5\nR2 a b 1\nR3 a b 1\nR4 \xe2\x82\xac\n",
               "5:8 a `)` too many: it is left out\n");
}
END_TEST

START_TEST(includes_that_fail)
{
    write_file("d.cir", "t\n.include none.inc\n.include sub\n.include /dev/zero\n.include\n.include \"x\n"
                        ".include a b\n.include sub/a.inc\n.include \"\"\n.include + \nR1 a b 1\n");
    write_file("sub/a.inc", "\n+ 1\nR2 a )\n");
    check_file("d.cir", "R2 a\nR1 a b 1\n",
               "2:10 cannot read none.inc: No such file or directory\n"
               "3:10 cannot read sub: Is a directory\n"
               "4:10 cannot read /dev/zero: No such device\n"
               "5:1 `.include` needs a path\n"
               "6:10 the quotation is not closed\n"
               "7:10 cannot read a b: No such file or directory\n"
               "2:1 there is no card to continue\n"
               "3:6 a `)` too many: it is left out\n"
               "9:1 `.include` needs a path\n"
               "10:10 cannot read +: No such file or directory\n");

    struct deck deck = tree_of_file("d.cir");
    char *text = diagnostic_text(&deck.diagnostics.item[7], &deck.netlist.sources);
    ck_assert_str_eq(
        text, "sub/a.inc:3:6: warning: a `)` too many: it is left out\n R2 a )\n      ^\nincluded from d.cir:8:\n");
    free(text);
    tree_free(&deck);
}
END_TEST

START_TEST(include_loops_are_named)
{
    write_file("d.cir", "t\n.include sub/a.inc\nR1 a b 1\n");
    write_file("sub/a.inc", ".include b.inc\nR2 a b 1\n");
    write_file("sub/b.inc", ".include ../sub/a.inc\n.include b.inc\n");
    check_file("d.cir", "R2 a b 1\nR1 a b 1\n",
               "1:10 include loop: d.cir -> sub/a.inc -> sub/b.inc -> sub/../sub/a.inc\n"
               "2:10 include loop: d.cir -> sub/a.inc -> sub/b.inc -> sub/b.inc\n");

    for (int i = 0; i < 250; i++) {
        char name[32], text[64];
        snprintf(name, sizeof name, "chain%d", i);
        snprintf(text, sizeof text, "* c\n.include chain%d\n", i + 1);
        write_file(name, text);
    }
    write_file("d.cir", "t\n.include chain0\n");
    check_file("d.cir", "", "2:10 more than 200 files include one another\n");
}
END_TEST

START_TEST(sections_of_libraries)
{
    write_file("d.cir", "t\n.lib sub/a.lib TT\n.lib 'sub/a.lib' \"ss\"\n.lib sub/b.lib\nR9 a b 1\n"
                        ".lib own\nR8 (\n.endl own\nR7 a b 1\n.lib d.cir own2\n.lib own2\nR6 a b 1\n.endl");
    write_file("sub/a.lib",
               "* .lib tt\nR0 (\n.lib ff\nR1 (\n.endl\n.LIB tt ; c\nR2 a b 1\n.endl tt\nR3 a b 1\n"
               ".lib ss $ c\n.lib a.lib common\n.endl ss\n.lib common\nR4 a b 1\n.endl\n.lib tt\nR5 a b 1\n");
    write_file("sub/b.lib", "R10 a b 1\n");
    check_file("d.cir", "R2 a b 1\nR4 a b 1\nR10 a b 1\nR9 a b 1\nR7 a b 1\nR6 a b 1\n", "");
}
END_TEST

START_TEST(sections_that_fail)
{
    write_file("d.cir", "t\n.lib sub/a.lib qq\n.lib none.lib tt\n.lib sub/a.lib open\n.lib sub/a.lib b c\n.lib\n.endl\n"
                        ".lib sub/a.lib loop\n.lib sub/a.lib nest\n.lib last\nR1 a b 1\n");
    write_file("sub/a.lib", ".lib tt\n.endl\n.lib loop\n.lib a.lib loop2\n.endl\n.lib loop2\n.lib a.lib LOOP\n.endl\n"
                            ".lib nest\n.lib inner\n.endl\n.lib open\nR1 a b 1\n");
    check_file("d.cir", "R1 a b 1\n",
               "2:16 sub/a.lib has no section qq\n"
               "2:16 it has tt, loop, loop2, nest, inner, open\n"
               "3:6 cannot read none.lib: No such file or directory\n"
               "12:6 this section is not closed by `.endl`\n"
               "5:6 cannot read sub/a.lib b c: No such file or directory\n"
               "6:1 `.lib` needs a path\n"
               "7:1 `.endl` without `.lib`\n"
               "7:6 include loop: d.cir -> sub/a.lib loop -> sub/a.lib loop2 -> sub/a.lib LOOP\n"
               "10:6 a section inside of a section\n"
               "10:6 this section is not closed by `.endl`\n");
}
END_TEST

START_TEST(decks_that_cannot_be_opened)
{
    struct netlist netlist = {0};
    struct diagnostics diagnostics = {0};
    ck_assert_int_eq(reader_file(&netlist, "none.cir", &diagnostics), READER_NO_FILE);
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_uint_eq(diagnostics.count, 0);
    netlist_free(&netlist);
}
END_TEST

START_TEST(reading_without_memory)
{
    write_file("d.cir", "t\n.include sub/a.inc\n.include d.cir\n");
    write_file("sub/a.inc", TREE_RICH_DECK);
    long failed = 1;
    for (long n = 0; failed; n++) {
        struct netlist netlist = {0};
        struct diagnostics diagnostics = {0};
        fail_alloc_after(n);
        enum reader_status status = reader_file(&netlist, "d.cir", &diagnostics);
        failed = fail_alloc_off();
        ck_assert_int_eq(status, failed ? READER_NO_MEMORY : READER_OK);
        netlist_free(&netlist);
        diagnostics_free(&diagnostics);
    }
}
END_TEST

Suite *suite_include(void)
{
    Suite *suite = suite_create("include");
    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(files, make_folder, remove_folder);
    tcase_add_test(files, includes_are_read_in_place);
    tcase_add_loop_test(files, decks_and_includes_in_utf16, 0, 2);
    tcase_add_test(files, includes_that_fail);
    tcase_add_test(files, include_loops_are_named);
    tcase_add_test(files, sections_of_libraries);
    tcase_add_test(files, sections_that_fail);
    tcase_add_test(files, decks_that_cannot_be_opened);
    tcase_add_test(files, reading_without_memory);
    suite_add_tcase(suite, files);
    return suite;
}
