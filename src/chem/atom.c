#include "chem/atom.h"

#include <ctype.h>
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

enum {
    HYDROGEN = 1,
    PHOSPHORUS = 15,
    SULPHUR = 16,
    ARSENIC = 33,
    SELENIUM = 34,
    TELLURIUM = 52,
    IODINE = 53
};
static const double HYDROGEN_WEIGHT = 1.008;

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

static const struct element *parse_plain(const char *name, dg_atom_label *out) {
    const size_t length = strcspn(name, "+-");
    return parse_charge(name + length, &out->charge) ? find_element(name, length) : NULL;
}

/* The elements that SMILES writes in lower case where they are aromatic. */
static bool may_be_aromatic(const struct element *element) {
    static const int numbers[] = {5, 6, 7, 8, 14, 15, 16, 33, 34, 52};
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
        if (numbers[k] == element->number) return true;
    return false;
}

/* Parses what stands between the brackets: "C", "nH", "NH3+", "O-". */
static const struct element *parse_full(const char *inside, dg_atom_label *out) {
    char symbol[DG_ATOM_SYMBOL_SIZE] = "";
    const size_t length = 1 + (islower((unsigned char)inside[1]) != 0);
    memcpy(symbol, inside, length);
    symbol[0] = (char)toupper((unsigned char)*inside);
    out->full = true;
    out->aromatic = islower((unsigned char)*inside) != 0;
    const struct element *element = find_element(symbol, length);
    if (!element || (out->aromatic && !may_be_aromatic(element))) return NULL;
    inside += length;
    if (*inside == 'H') {
        out->hydrogens = isdigit((unsigned char)inside[1]) ? inside[1] - '0' : 1;
        inside += 1 + (isdigit((unsigned char)inside[1]) != 0);
    }
    if (out->hydrogens && element->number == HYDROGEN) return NULL;
    if (*inside && *inside != '+' && *inside != '-') return NULL;
    return parse_charge(inside, &out->charge) ? element : NULL;
}

/* Fills in all but the label's symbol. */
static const struct element *parse_label(const char *name, dg_atom_label *out) {
    char inside[DG_ATOM_NAME_SIZE];
    const size_t length = strlen(name);
    *out = (dg_atom_label){0};
    if (*name != '[') return parse_plain(name, out);
    if (length < 3 || length > sizeof inside || name[length - 1] != ']') return NULL;
    memcpy(inside, name + 1, length - 2);
    inside[length - 2] = 0;
    return parse_full(inside, out);
}

/* What an element can make beyond its valence: a sulphate's sulphur six, a phosphate's phosphorus
 * five, a periodate's iodine seven. */
static int extra_bonds(int number) {
    switch (number) {
    case PHOSPHORUS:
    case ARSENIC:
        return 2;
    case SULPHUR:
    case SELENIUM:
    case TELLURIUM:
        return 4;
    case IODINE:
        return 6;
    default:
        return 0;
    }
}

bool dg_atom_of(const char *name, dg_atom *out) {
    char back[DG_ATOM_NAME_SIZE];
    dg_atom_label label;
    const struct element *element = parse_label(name, &label);
    if (!element) return false;
    memcpy(label.symbol, element->symbol, strlen(element->symbol));
    dg_atom_name(&label, back);
    if (label.full && strcmp(back, name) != 0) return false;
    const int charge = label.charge, hydrogens = label.hydrogens,
              extra = extra_bonds(element->number);
    int valence = element->valence + (element->shift ? charge * element->shift : -abs(charge));
    if (valence < 0) valence = 0;
    *out = (dg_atom){.label = label,
                     .number = element->number,
                     .valence = valence,
                     .most_bonds =
                         extra ? element->valence + extra - (charge > 0 ? charge : 0) : valence,
                     .weight = element->weight + hydrogens * HYDROGEN_WEIGHT,
                     .published_weight = element->published_weight + hydrogens};
    return true;
}

digress_status dg_atom_parse(const char *name, dg_atom *out) {
    if (dg_atom_of(name, out)) return DIGRESS_OK;
    return dg_error(
        DIGRESS_ERROR_INPUT,
        "'%.40s' is not an atom: expected a symbol like C or N+, of H, B, C, N, O, F, Si, "
        "P, S, Cl, Se, Br, I and others, or one with its hydrogens, like [CH3], [nH] or [NH3+]",
        name);
}

static void write_charge(int charge, char *out, size_t size) {
    const char sign = charge < 0 ? '-' : '+';
    if (charge == 0)
        *out = 0;
    else if (abs(charge) == 1)
        snprintf(out, size, "%c", sign);
    else
        snprintf(out, size, "%c%d", sign, abs(charge));
}

void dg_atom_name(const dg_atom_label *label, char out[DG_ATOM_NAME_SIZE]) {
    char symbol[DG_ATOM_SYMBOL_SIZE], hydrogens[12] = "", charge[12];
    write_charge(label->charge, charge, sizeof charge);
    if (!label->full) {
        snprintf(out, DG_ATOM_NAME_SIZE, "%s%s", label->symbol, charge);
        return;
    }
    memcpy(symbol, label->symbol, sizeof symbol);
    if (label->aromatic) symbol[0] = (char)tolower((unsigned char)symbol[0]);
    if (label->hydrogens > 1)
        snprintf(hydrogens, sizeof hydrogens, "H%d", label->hydrogens);
    else if (label->hydrogens == 1)
        snprintf(hydrogens, sizeof hydrogens, "H");
    snprintf(out, DG_ATOM_NAME_SIZE, "[%s%s%s]", symbol, hydrogens, charge);
}

bool dg_atom_label_equal(const dg_atom_label *a, const dg_atom_label *b) {
    return strcmp(a->symbol, b->symbol) == 0 && a->charge == b->charge && a->full == b->full &&
           a->aromatic == b->aromatic && a->hydrogens == b->hydrogens;
}

bool dg_bond_of(const char *name, int *out) {
    for (*out = 0; *out < DG_BONDS; ++*out)
        if (strcmp(dg_bond_names[*out], name) == 0) return true;
    return false;
}
