/* src/write/whole_file.h: a file appears whole or not at all, whatever fails. */
#include "fail_alloc.h"
#include "suites.h"
#include "write/whole_file.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/opspice-check-XXXXXX";

static void enter_folder(void)
{
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

/* Nothing else may have been left there. */
static void leave_folder(void)
{
    unlink("file");
    unlink("link");
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void ck_content(const char *path, const char *expected)
{
    char text[64] = "";
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    ck_assert_str_eq(text, expected);
}

static bool put_file(const char *path, const char *text, bool good)
{
    struct whole_file whole;
    if (!whole_file_open(&whole, path))
        return false;
    fputs(text, whole.file);
    return whole_file_close(&whole, good);
}

START_TEST(whole_file)
{
    enter_folder();
    ck_assert(put_file("file", "one", true));
    ck_content("file", "one");
    ck_assert_int_eq(chmod("file", 0640), 0);
    ck_assert(put_file("file", "two", true));
    ck_content("file", "two");
    struct stat there;
    ck_assert_int_eq(stat("file", &there), 0);
    ck_assert_int_eq(there.st_mode & 0777, 0640);

    errno = ERANGE;
    ck_assert(!put_file("file", "three", false));
    ck_content("file", "two");

    ck_assert_int_eq(symlink("file", "link"), 0);
    ck_assert(put_file("link", "four", true));
    ck_content("file", "four");
    ck_assert_int_eq(lstat("link", &there), 0);
    ck_assert(S_ISLNK(there.st_mode));
    leave_folder();
}
END_TEST

START_TEST(whole_file_beyond_limit)
{
    enter_folder();
    ck_assert(put_file("file", "old", true));
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){2, RLIM_INFINITY}), 0);
    ck_assert(!put_file("file", "too long", true));
    ck_assert_int_eq(errno, EFBIG);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}), 0);
    ck_content("file", "old");
    leave_folder();
}
END_TEST

START_TEST(whole_file_without_memory)
{
    enter_folder();
    ck_assert(put_file("file", "old", true));
    for (long n = 0, failed = 1; failed; n++) {
        fail_alloc_after(n);
        bool done = put_file("file", "new", true);
        failed = fail_alloc_off();
        ck_assert_int_eq(done, !failed);
        ck_content("file", failed ? "old" : "new");
    }
    leave_folder();
}
END_TEST

START_TEST(whole_file_nowhere)
{
    ck_assert(!put_file("/nowhere/file", "text", true));
    ck_assert_int_eq(errno, ENOENT);
    ck_assert(!put_file("/", "text", true));
    ck_assert_int_eq(errno, EISDIR);
    ck_assert(!put_file("", "text", true));
    ck_assert_int_eq(errno, ENOENT);
    ck_assert(put_file("/dev/null", "text", true));
    ck_assert(!put_file("/dev/full", "text", true));
    ck_assert_int_eq(errno, ENOSPC);
}
END_TEST

Suite *suite_whole_file(void)
{
    Suite *suite = suite_create("whole_file");
    TCase *files = tcase_create("files");
    tcase_add_test(files, whole_file);
    tcase_add_test(files, whole_file_beyond_limit);
    tcase_add_test(files, whole_file_nowhere);
    tcase_add_test(files, whole_file_without_memory);
    suite_add_tcase(suite, files);
    return suite;
}
