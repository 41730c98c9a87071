#include "datasets/atom_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

digress_status dg_atom_list_add(dg_atom_list *list, const char *name) {
    if (list->count == DIGRESS_MAX_CLASSES)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "more than %d kinds of atoms: list those to keep with the option 'atoms'",
                        DIGRESS_MAX_CLASSES);
    DG_TRY(dg_atom_parse(name, &list->atoms[list->count]));
    list->count++;
    return DIGRESS_OK;
}

bool dg_atom_list_find(const dg_atom_list *list, const dg_atom_label *wanted, size_t *out) {
    for (*out = 0; *out < list->count; ++*out)
        if (dg_atom_label_equal(&list->atoms[*out].label, wanted)) return true;
    return false;
}

/* Adds an atom that the option 'atoms' names. */
static digress_status add_given(dg_atom_list *list, const char *name) {
    size_t before;
    DG_TRY(dg_atom_list_add(list, name));
    const dg_atom *added = &list->atoms[--list->count];
    if (added->label.full != list->full)
        return dg_error(DIGRESS_ERROR_INPUT,
                        list->full ? "'%s' does not say its hydrogens: expected atoms like [CH3], "
                                     "[c], [nH], [O-]"
                                   : "'%s' says its hydrogens: it is for full atoms only",
                        name);
    if (dg_atom_list_find(list, &added->label, &before))
        return dg_error(DIGRESS_ERROR_INPUT, "'%s' is given twice", name);
    list->count++;
    return DIGRESS_OK;
}

digress_status dg_atom_list_read(dg_atom_list *list, const char *text, bool full) {
    char name[DG_ATOM_NAME_SIZE];
    list->given = text != NULL;
    list->full = full;
    for (const char *from = text; from && *from; from += *from == ',') {
        size_t length = strcspn(from, ",");
        snprintf(name, sizeof name, "%.*s", (int)length, from);
        digress_status status = add_given(list, name);
        if (status != DIGRESS_OK) return dg_error_prefix(status, "the option 'atoms'");
        from += length;
    }
    return DIGRESS_OK;
}

/* By atomic number; the neutral atom before its ions, few hydrogens before many. */
static int compare_atoms(const void *left, const void *right) {
    const dg_atom *a = left, *b = right;
    const dg_atom_label *x = &a->label, *y = &b->label;
    if (a->number != b->number) return a->number < b->number ? -1 : 1;
    if (x->aromatic != y->aromatic) return x->aromatic ? 1 : -1;
    if (abs(x->charge) != abs(y->charge)) return abs(x->charge) < abs(y->charge) ? -1 : 1;
    if (x->charge != y->charge) return y->charge - x->charge;
    return x->hydrogens - y->hydrogens;
}

void dg_atom_list_sort(dg_atom_list *list, uint8_t map[DIGRESS_MAX_CLASSES]) {
    const dg_atom_list before = *list;
    if (!list->given) qsort(list->atoms, list->count, sizeof *list->atoms, compare_atoms);
    for (size_t k = 0; k < before.count; k++)
        for (size_t to = 0; to < list->count; to++)
            if (compare_atoms(&before.atoms[k], &list->atoms[to]) == 0) map[k] = (uint8_t)to;
}
