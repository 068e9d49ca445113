#include "util/arena.h"

#include "util/array.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = alignof(max_align_t), SMALLEST_BLOCK = 1 << 9, LARGEST_BLOCK = 1 << 24 };

struct arena_block {
    alignas(max_align_t) struct arena_block *older;
    size_t size; /* bytes after this head */
};

static struct arena_block *new_block(size_t size)
{
    if (size > PTRDIFF_MAX - sizeof(struct arena_block))
        return NULL;
    struct arena_block *block = malloc(sizeof *block + size);
    if (!block)
        return NULL;
    array_expect_use(block, size);
    block->size = size;
    return block;
}

/* A block for one large object. It goes behind the head, whose free bytes stay in use. */
static void *alloc_alone(struct arena *arena, size_t size)
{
    struct arena_block *block = new_block(size);
    if (!block)
        return NULL;
    block->older = arena->head->older;
    arena->head->older = block;
    return block + 1;
}

static void *alloc_in_new_block(struct arena *arena, size_t size)
{
    size_t usual = SMALLEST_BLOCK;
    if (arena->head)
        usual = arena->head->size < LARGEST_BLOCK / 2 ? 2 * arena->head->size : LARGEST_BLOCK;
    if (arena->head && size > usual / 4)
        return alloc_alone(arena, size);

    struct arena_block *block = new_block(size > usual ? size : usual);
    if (!block)
        return NULL;
    block->older = arena->head;
    arena->head = block;
    arena->next = (char *)(block + 1) + size;
    arena->left = block->size - size;
    return block + 1;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > PTRDIFF_MAX - ALIGNMENT)
        return NULL;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (size > arena->left || !arena->head)
        return alloc_in_new_block(arena, size);
    void *object = arena->next;
    arena->next += size;
    arena->left -= size;
    return object;
}

char *arena_text(struct arena *arena, const char *text, size_t length)
{
    char *copy = length < PTRDIFF_MAX ? arena_alloc(arena, length + 1) : NULL;
    if (!copy)
        return NULL;
    if (length > 0)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

void arena_join(struct arena *arena, struct arena *other)
{
    struct arena_block *oldest = other->head;
    if (!arena->head) {
        *arena = *other;
    } else if (oldest) {
        while (oldest->older)
            oldest = oldest->older;
        oldest->older = arena->head->older;
        arena->head->older = other->head;
    }
    *other = (struct arena){0};
}

void arena_free(struct arena *arena)
{
    struct arena_block *block = arena->head;
    while (block) {
        struct arena_block *older = block->older;
        free(block);
        block = older;
    }
    *arena = (struct arena){0};
}
