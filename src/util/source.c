#include "util/source.h"

#include "util/array.h"
#include "util/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* flex wants two NULs behind the text. */
enum { END_BYTES = 2, FIRST_READ = 1 << 16 };

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

/* ---- UTF-16 ---- */

/* The unit of two bytes there. */
static uint32_t unit_at(const unsigned char *bytes, bool is_big)
{
    return is_big ? (uint32_t)bytes[0] << 8 | bytes[1] : (uint32_t)bytes[1] << 8 | bytes[0];
}

/* The character there and how many bytes it takes; half of one that takes four, and the last byte of an odd number, is
 * U+FFFD. */
static uint32_t character_at(const unsigned char *bytes, size_t size, bool is_big, size_t *used)
{
    const uint32_t replacement = 0xfffd;
    uint32_t first = size >= 2 ? unit_at(bytes, is_big) : replacement;
    *used = size >= 2 ? 2 : 1;
    if (first < 0xd800 || first > 0xdfff)
        return first;
    uint32_t second = size >= 4 ? unit_at(bytes + 2, is_big) : 0;
    if (first > 0xdbff || second < 0xdc00 || second > 0xdfff)
        return replacement;
    *used = 4;
    return 0x10000 + ((first - 0xd800) << 10 | (second - 0xdc00));
}

/* Put a character in UTF-8; the place behind it. */
static char *put_character(char *at, uint32_t character)
{
    if (character < 0x80) {
        *at++ = (char)character;
        return at;
    }
    int more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    static const uint32_t head[] = {0, 0xc0, 0xe0, 0xf0};
    *at++ = (char)(head[more] | character >> 6 * more);
    while (more-- > 0)
        *at++ = (char)(0x80 | (character >> 6 * more & 0x3f));
    return at;
}

/* Make a text that begins with UTF-16's byte order mark (LTspice saves such) one in UTF-8 without it. False when memory
 * is out. */
static bool from_utf16(char **text, size_t *size)
{
    enum { MOST = 3 }; /* bytes of UTF-8 for two of UTF-16 */
    const unsigned char *bytes = (const unsigned char *)*text;
    bool is_big = *size >= 2 && bytes[0] == 0xfe && bytes[1] == 0xff;
    if (!is_big && !(*size >= 2 && bytes[0] == 0xff && bytes[1] == 0xfe))
        return true;
    char *converted = array_new(*size / 2 + END_BYTES, MOST), *at = converted;
    if (!converted)
        return false;
    for (size_t i = 2, used; i < *size; i += used)
        at = put_character(at, character_at(bytes + i, *size - i, is_big, &used));
    free(*text);
    *text = converted;
    *size = (size_t)(at - converted);
    return true;
}

/* ---- lines that go on ---- */

/* The line break behind two backslashes that end a line, blanks or not; NULL: they do not. */
static char *break_behind(char *at, const char *end)
{
    for (at += 2; at < end && (*at == ' ' || *at == '\t' || *at == '\r'); at++)
        ;
    return at < end && *at == '\n' ? at : NULL;
}

static bool is_comment(const char *line, const char *at)
{
    while (line < at && (*line == ' ' || *line == '\t'))
        line++;
    return *line == '*';
}

/* Where two backslashes end a line, as in HSPICE, it goes on in the next one, which gets a plus sign in place of the
 * line break; this moves up by a byte. */
static void join_lines(char *text, size_t size)
{
    const char *end = text + size, *before = NULL, *seen = text; /* the last line break in text..seen */
    for (char *at = text, *line_break; (at = memchr(at, '\\', (size_t)(end - at))) && end - at > 2; at++) {
        const char *later = memrchr(seen, '\n', (size_t)(at - seen));
        before = later ? later : before;
        seen = at;
        if (at[1] != '\\' || !before || is_comment(before + 1, at) || !(line_break = break_behind(at, end)))
            continue;
        memset(at, ' ', (size_t)(line_break - at));
        line_break[-1] = '\n';
        *line_break = '+';
        at = line_break;
    }
}

/* ---- keeping ---- */

/* What standard input is called. */
static const char *name_of(const char *path)
{
    return strcmp(path, "-") == 0 ? "<stdin>" : path;
}

/* Take over text as the last source; about: the file that it came from, or NULL. On failure text is freed. */
static enum source_status add(struct sources *sources, const char *name, char *text, size_t size,
                              const struct stat *about, const char *included_from)
{
    if (!from_utf16(&text, &size)) {
        free(text);
        return SOURCE_NO_MEMORY;
    }
    char *own_name = copy_text(name);
    size_t *line_at = array_new(size / SOURCE_MARK + 1, sizeof *line_at);
    if (!own_name || !line_at ||
        !array_reserve(&sources->item, &sources->capacity, sources->count + 1, sizeof *sources->item)) {
        free(own_name);
        free(line_at);
        free(text);
        return SOURCE_NO_MEMORY;
    }
    memset(text + size, 0, END_BYTES);
    join_lines(text, size);
    struct source source = {
        .name = own_name, .text = text, .size = size, .included_from = included_from, .line_at = line_at};
    if (about && S_ISREG(about->st_mode)) {
        source.device = about->st_dev;
        source.inode = about->st_ino;
        source.has_identity = true;
    }
    sources->item[sources->count++] = source;
    return SOURCE_OK;
}

/* An end at once: the same device as /dev/null. */
static bool is_null(const struct stat *about)
{
    struct stat null;
    return S_ISCHR(about->st_mode) && stat("/dev/null", &null) == 0 && null.st_rdev == about->st_rdev;
}

/* Open for reading what can be read to an end. -1 and errno when it cannot. A FIFO without a writer reads as empty
 * instead of blocking for ever; of devices none is read but a terminal, and /dev/null where it is
 * the netlist itself. */
static int open_file(const char *path, bool is_netlist, struct stat *about)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return -1;
    if (fstat(file, about) == 0) {
        if (S_ISREG(about->st_mode) || S_ISFIFO(about->st_mode) || (is_netlist && is_null(about)) ||
            (S_ISCHR(about->st_mode) && isatty(file))) {
            int flags = fcntl(file, F_GETFL);
            if (flags >= 0 && fcntl(file, F_SETFL, flags & ~O_NONBLOCK) == 0)
                return file;
        } else {
            errno = S_ISDIR(about->st_mode) ? EISDIR : ENODEV;
        }
    }
    int why = errno;
    close(file);
    errno = why;
    return -1;
}

/* Read from file to its end. *text is allocated, END_BYTES longer than *size. */
static enum source_status read_all(int file, size_t expected, char **text, size_t *size)
{
    size_t capacity = 0;
    *text = NULL;
    *size = 0;
    /* One byte more than expected shows the end of the file without growing. */
    if (expected > PTRDIFF_MAX - END_BYTES - 1 || !array_reserve(text, &capacity, expected + 1 + END_BYTES, 1))
        return SOURCE_NO_MEMORY;
    for (;;) {
        ssize_t got = read(file, *text + *size, capacity - END_BYTES - *size);
        if (got == 0)
            return SOURCE_OK;
        if (got < 0 && errno != EINTR)
            return SOURCE_NO_FILE;
        if (got > 0)
            *size += (size_t)got;
        if (*size + END_BYTES == capacity && !array_reserve(text, &capacity, capacity + FIRST_READ, 1))
            return SOURCE_NO_MEMORY;
    }
}

bool sources_confine(struct sources *sources, const char *path)
{
    free(sources->folder);
    sources->folder = folder_of(strcmp(path, "-") == 0 ? "" : path);
    return sources->folder;
}

const char *sources_reason(const struct sources *sources, int reason)
{
    return sources->folder && reason == EPERM ? "it is outside of the netlist's folder (--sandbox)" : strerror(reason);
}

enum source_status sources_read(struct sources *sources, const char *path, const char *included_from)
{
    bool standard_input = strcmp(path, "-") == 0;
    struct stat about = {0};
    if (sources->folder && included_from && !folder_holds(sources->folder, path))
        return errno == ENOMEM ? SOURCE_NO_MEMORY : SOURCE_NO_FILE;
    int file = standard_input ? STDIN_FILENO : open_file(path, !included_from, &about);
    if (file < 0)
        return SOURCE_NO_FILE;

    char *text;
    size_t size;
    size_t expected = S_ISREG(about.st_mode) && about.st_size > 0 ? (size_t)about.st_size : FIRST_READ;
    enum source_status status = read_all(file, expected, &text, &size);
    int why = errno;
    if (!standard_input)
        close(file);
    if (status == SOURCE_OK)
        return add(sources, name_of(path), text, size, standard_input ? NULL : &about,
                   included_from);
    free(text);
    errno = why;
    return status;
}

/* ---- rings ---- */

void sources_join(struct sources *sources, struct sources *more)
{
    more->next = sources->next ? sources->next : sources;
    sources->next = more;
}

static void leave_ring(struct sources *sources)
{
    struct sources *before = sources->next;
    while (before && before->next != sources)
        before = before->next;
    if (before)
        before->next = sources->next != before ? sources->next : NULL;
    sources->next = NULL;
}

/* The next of the ring behind one of them that began with `first`; NULL: that was the last. */
static const struct sources *next_of_ring(const struct sources *sources, const struct sources *first)
{
    return sources->next != first ? sources->next : NULL;
}

/* ---- finding ---- */

bool sources_hold_own(const struct sources *sources, const struct stat *about)
{
    for (size_t s = 0; s < sources->count; s++) {
        const struct source *source = &sources->item[s];
        if (source->has_identity && source->device == about->st_dev && source->inode == about->st_ino)
            return true;
    }
    return false;
}

bool sources_hold(const struct sources *sources, const char *path)
{
    struct stat about;
    bool found = false;
    if (stat(path, &about) != 0)
        return false;
    for (const struct sources *at = sources; at && !found; at = next_of_ring(at, sources))
        found = sources_hold_own(at, &about);
    return found;
}

enum source_status sources_copy(struct sources *sources, const char *name, const char *text, size_t size)
{
    char *copy = size <= PTRDIFF_MAX - END_BYTES ? malloc(size + END_BYTES) : NULL;
    if (!copy)
        return SOURCE_NO_MEMORY;
    if (size > 0)
        memcpy(copy, text, size);
    return add(sources, name, copy, size, NULL, NULL);
}

enum source_status sources_take(struct sources *sources, const char *path, char *text, size_t size,
                                struct source_piece *piece, size_t pieces)
{
    struct stat about;
    bool is_file = strcmp(path, "-") != 0 && stat(path, &about) == 0;
    enum source_status status = add(sources, name_of(path), text, size, is_file ? &about : NULL, NULL);
    if (status != SOURCE_OK) {
        free(piece);
        return status;
    }
    sources->item[sources->count - 1].piece = piece;
    sources->item[sources->count - 1].pieces = pieces;
    return SOURCE_OK;
}

const struct source *sources_find_own(const struct sources *sources, const char *place)
{
    for (size_t i = 0; place && i < sources->count; i++) {
        const struct source *source = &sources->item[i];
        if ((uintptr_t)place >= (uintptr_t)source->text && (uintptr_t)place <= (uintptr_t)(source->text + source->size))
            return source;
    }
    return NULL;
}

const struct source *sources_find(const struct sources *sources, const char *place)
{
    const struct source *found = NULL;
    for (const struct sources *at = sources; at && !found; at = next_of_ring(at, sources))
        found = sources_find_own(at, place);
    return found;
}

/* How many lines end in text[0..length): at LF, at CR LF and at a lone CR. text[length] is there. */
static size_t lines_ended(const char *text, size_t length)
{
    const char *end = text + length;
    size_t ends = 0;
    for (const char *at = text; at < end && (at = memchr(at, '\n', (size_t)(end - at))); at++)
        ends++;
    for (const char *at = text; at < end && (at = memchr(at, '\r', (size_t)(end - at))); at++)
        ends += at[1] != '\n';
    return ends;
}

/* The line of a byte of the text, counted from the last mark before it. */
static size_t line_of_text(const struct source *source, const char *place)
{
    size_t *line_at = source->line_at;
    if (line_at[0] == 0) {
        line_at[0] = 1;
        for (size_t i = 1; i <= source->size / SOURCE_MARK; i++)
            line_at[i] = line_at[i - 1] + lines_ended(source->text + (i - 1) * SOURCE_MARK, SOURCE_MARK);
    }
    size_t offset = (size_t)(place - source->text), mark = offset / SOURCE_MARK;
    return line_at[mark] + lines_ended(source->text + mark * SOURCE_MARK, offset % SOURCE_MARK);
}

/* The piece that a byte of the text is in, or NULL where the text is a whole file. */
static const struct source_piece *piece_of(const struct source *source, size_t at)
{
    size_t low = 0, high = source->pieces; /* piece[low].at <= at < piece[high].at */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        *(source->piece[middle].at <= at ? &low : &high) = middle;
    }
    return source->pieces > 0 ? &source->piece[low] : NULL;
}

size_t sources_offset(const struct source *source, const char *place)
{
    size_t at = (size_t)(place - source->text);
    const struct source_piece *piece = piece_of(source, at);
    return piece ? piece->offset + (at - piece->at) : at;
}

/* Its line in the file. */
static size_t line_of(const struct source *source, const char *place)
{
    const struct source_piece *piece = piece_of(source, (size_t)(place - source->text));
    size_t line = line_of_text(source, place);
    return piece ? piece->line + line - line_of_text(source, source->text + piece->at) : line;
}

static bool ends_line(char byte)
{
    return byte == '\n' || byte == '\r';
}

struct location sources_locate(const struct sources *sources, const char *place)
{
    const struct source *source = sources_find(sources, place);
    if (!source)
        return (struct location){0};

    const char *end = source->text + source->size;
    /* A place on the LF of a CR LF belongs to the line that ends there. */
    const char *start = place > source->text && *place == '\n' && place[-1] == '\r' ? place - 1 : place;
    while (start > source->text && !ends_line(start[-1]))
        start--;
    const char *stop = start;
    while (stop < end && !ends_line(*stop))
        stop++;
    return (struct location){
        .source = source,
        .line = line_of(source, start),
        .column = 1 + (size_t)(place - start),
        .line_text = start,
        .line_length = (size_t)(stop - start),
    };
}

void sources_free(struct sources *sources)
{
    leave_ring(sources);
    for (size_t i = 0; i < sources->count; i++) {
        free(sources->item[i].name);
        free(sources->item[i].text);
        free(sources->item[i].line_at);
        free(sources->item[i].piece);
    }
    free(sources->item);
    free(sources->folder);
    *sources = (struct sources){0};
}
