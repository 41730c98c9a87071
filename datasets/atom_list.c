#include "datasets/atom_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

digress_status dg_atom_list_add(dg_atom_list *list, const char *name) {
    if (list->count == DIGRESS_MAX_CLASSES)
        return dg_error(DIGRESS_ERROR_INPUT, "more than %d kinds of atoms", DIGRESS_MAX_CLASSES);
    DG_TRY(dg_atom_parse(name, &list->atoms[list->count]));
    list->count++;
    return DIGRESS_OK;
}

bool dg_atom_list_find(const dg_atom_list *list, const dg_molecule_atom *wanted, size_t *out) {
    for (*out = 0; *out < list->count; ++*out)
        if (strcmp(list->atoms[*out].symbol, wanted->symbol) == 0 &&
            list->atoms[*out].charge == wanted->charge)
            return true;
    return false;
}

digress_status dg_atom_list_read(dg_atom_list *list, const char *text) {
    char name[DG_ATOM_NAME_SIZE];
    list->given = text != NULL;
    for (const char *from = text; from && *from; from += *from == ',') {
        size_t length = strcspn(from, ","), before;
        snprintf(name, sizeof name, "%.*s", (int)length, from);
        digress_status status = dg_atom_list_add(list, name);
        if (status != DIGRESS_OK) return dg_error_prefix(status, "the option 'atoms'");
        const dg_atom *added = &list->atoms[--list->count];
        dg_molecule_atom twin = {.charge = added->charge};
        memcpy(twin.symbol, added->symbol, sizeof twin.symbol);
        if (dg_atom_list_find(list, &twin, &before))
            return dg_error(DIGRESS_ERROR_INPUT, "the option 'atoms': '%s' is given twice", name);
        list->count++;
        from += length;
    }
    return DIGRESS_OK;
}

/* By atomic number; the neutral atom before its ions. */
static int compare_atoms(const void *left, const void *right) {
    const dg_atom *a = left, *b = right;
    if (a->number != b->number) return a->number < b->number ? -1 : 1;
    if (abs(a->charge) != abs(b->charge)) return abs(a->charge) < abs(b->charge) ? -1 : 1;
    return b->charge - a->charge;
}

void dg_atom_list_sort(dg_atom_list *list, uint8_t map[DIGRESS_MAX_CLASSES]) {
    const dg_atom_list before = *list;
    if (!list->given) qsort(list->atoms, list->count, sizeof *list->atoms, compare_atoms);
    for (size_t k = 0; k < before.count; k++)
        for (size_t to = 0; to < list->count; to++)
            if (compare_atoms(&before.atoms[k], &list->atoms[to]) == 0) map[k] = (uint8_t)to;
}
