/* The node classes of a set of molecules that is being read: given, or collected as they occur. */
#ifndef DG_DATASETS_ATOM_LIST_H
#define DG_DATASETS_ATOM_LIST_H

#include "chem/molecule.h"

typedef struct dg_atom_list {
    bool given, full; /* full atoms (chem/atom.h) */
    size_t count;
    dg_atom atoms[DIGRESS_MAX_CLASSES];
} dg_atom_list;

/* "C,N,O+" into the empty list; NULL: nothing is given. Errors: INPUT, naming the option. */
digress_status dg_atom_list_read(dg_atom_list *list, const char *text, bool full);
/* Errors: INPUT (no atom, or too many). */
digress_status dg_atom_list_add(dg_atom_list *list, const char *name);
/* False if it is not in the list. */
bool dg_atom_list_find(const dg_atom_list *list, const dg_atom_label *wanted, size_t *out);
/* Unless the list was given, sorts it by atomic number; map[k]: the new number of class k. */
void dg_atom_list_sort(dg_atom_list *list, uint8_t map[DIGRESS_MAX_CLASSES]);

#endif
