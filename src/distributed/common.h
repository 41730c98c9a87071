/* Memory that processes of one machine have in common. */
#ifndef DG_DISTRIBUTED_COMMON_H
#define DG_DISTRIBUTED_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DG_COMMON_NAME = 64 };

typedef struct dg_common {
    void *memory; /* NULL: there is none */
    size_t size;
    struct dg_common *next; /* in a list of its owner's */
} dg_common;

/* How others find it. Their number tells the processes of one machine apart. */
typedef struct dg_common_name {
    char text[DG_COMMON_NAME]; /* "": nobody else can */
    uint64_t size;
} dg_common_name;

/* Creates it, to be written; without a name if there are no others. False if there is no room. */
bool dg_common_create(size_t size, size_t number, bool others, dg_common *out,
                      dg_common_name *name);
/* To be read only. False if it cannot be found. */
bool dg_common_attach(const dg_common_name *name, dg_common *out);
/* Nobody needs to find it any more. */
void dg_common_unlink(const dg_common_name *name);
/* The list, of which each was allocated by itself. NULL is allowed. */
void dg_common_free(dg_common *list);

#endif
