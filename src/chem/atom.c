#include "chem/atom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const dg_bond_names[DG_BONDS] = {"none", "single", "double", "triple", "aromatic"};
const double dg_bond_orders[DG_BONDS] = {0, 1, 2, 3, 1.5};

/* The elements of organic and drug-like molecules. `shift` is what a positive charge adds to the
 * valence, and a negative one takes away: an ammonium nitrogen makes four bonds, an oxide oxygen
 * one, a borate boron four. 0: either charge takes one away, as from carbon. */
static const struct element {
    const char *symbol;
    int number, valence, shift;
    double weight, published_weight;
} elements[] = {
    {"*", 0, 1, 0, 1.008, 1}, /* an attachment point: as heavy as the hydrogen in its place */
    {"H", 1, 1, 0, 1.008, 1},          {"Li", 3, 1, 0, 6.94, 6.94},
    {"Be", 4, 2, 0, 9.0122, 9.0122},   {"B", 5, 3, -1, 10.81, 10.81},
    {"C", 6, 4, 0, 12.011, 12},        {"N", 7, 3, 1, 14.007, 14},
    {"O", 8, 2, 1, 15.999, 16},        {"F", 9, 1, 1, 18.998, 19},
    {"Na", 11, 1, 0, 22.990, 22.990},  {"Mg", 12, 2, 0, 24.305, 24.305},
    {"Al", 13, 3, -1, 26.982, 26.982}, {"Si", 14, 4, 0, 28.085, 28.09},
    {"P", 15, 3, 1, 30.974, 30.97},    {"S", 16, 2, 1, 32.06, 32},
    {"Cl", 17, 1, 1, 35.45, 35.4},     {"K", 19, 1, 0, 39.098, 39.098},
    {"Ca", 20, 2, 0, 40.078, 40.078},  {"Zn", 30, 2, 0, 65.38, 65.38},
    {"Ge", 32, 4, 0, 72.630, 72.630},  {"As", 33, 3, 1, 74.922, 74.922},
    {"Se", 34, 2, 1, 78.971, 78.97},   {"Br", 35, 1, 1, 79.904, 79.9},
    {"Sn", 50, 4, 0, 118.71, 118.71},  {"Te", 52, 2, 1, 127.60, 127.60},
    {"I", 53, 1, 1, 126.90, 126.9},
};

static const struct element *find_element(const char *name, size_t length) {
    for (size_t k = 0; k < sizeof elements / sizeof *elements; k++)
        if (strlen(elements[k].symbol) == length && memcmp(elements[k].symbol, name, length) == 0)
            return &elements[k];
    return NULL;
}

/* "", "+", "-", "+2", "-3". */
static bool parse_charge(const char *text, int *out) {
    char *end = NULL;
    *out = 0;
    if (!*text) return true;
    int sign = *text == '-' ? -1 : 1;
    if (!text[1]) {
        *out = sign;
        return true;
    }
    long size = strtol(text + 1, &end, 10);
    *out = sign * (int)size;
    return *end == 0 && size >= 1 && size <= 9;
}

bool dg_atom_of(const char *name, dg_atom *out) {
    size_t length = strcspn(name, "+-");
    const struct element *element = find_element(name, length);
    int charge = 0;
    if (!element || !parse_charge(name + length, &charge)) return false;
    int valence = element->valence + (element->shift ? charge * element->shift : -abs(charge));
    *out = (dg_atom){.number = element->number,
                     .charge = charge,
                     .valence = valence > 0 ? valence : 0,
                     .weight = element->weight,
                     .published_weight = element->published_weight};
    memcpy(out->symbol, element->symbol, strlen(element->symbol));
    return true;
}

digress_status dg_atom_parse(const char *name, dg_atom *out) {
    if (dg_atom_of(name, out)) return DIGRESS_OK;
    return dg_error(
        DIGRESS_ERROR_INPUT,
        "'%.40s' is not an atom: expected a symbol like C or N+, of H, B, C, N, O, F, Si, "
        "P, S, Cl, Se, Br, I or the like",
        name);
}

void dg_atom_name(const char *symbol, int charge, char out[DG_ATOM_NAME_SIZE]) {
    const char sign = charge < 0 ? '-' : '+';
    if (charge == 0)
        snprintf(out, DG_ATOM_NAME_SIZE, "%s", symbol);
    else if (abs(charge) == 1)
        snprintf(out, DG_ATOM_NAME_SIZE, "%s%c", symbol, sign);
    else
        snprintf(out, DG_ATOM_NAME_SIZE, "%s%c%d", symbol, sign, abs(charge));
}

bool dg_bond_of(const char *name, int *out) {
    for (*out = 0; *out < DG_BONDS; ++*out)
        if (strcmp(dg_bond_names[*out], name) == 0) return true;
    return false;
}
