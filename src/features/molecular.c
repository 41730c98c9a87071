#include "features/molecular.h"

#include <math.h>
#include <stdbool.h>

void dg_molecular_of(dg_molecular_kind kind, const dg_alphabet *alphabet, double max_weight,
                     dg_molecular *out) {
    const bool published = kind == DG_MOLECULAR_PUBLISHED;
    *out = (dg_molecular){.kind = kind};
    for (size_t k = 0; k < alphabet->atom_count; k++) {
        const dg_atom *atom = &alphabet->atoms[k];
        out->valence[k] = published ? (float)k : (float)atom->valence;
        out->hydrogens[k] = (float)atom->label.hydrogens;
        out->weight[k] = (float)((published ? atom->published_weight : atom->weight) / max_weight);
    }
    for (size_t k = 0; k < alphabet->bond_count; k++)
        out->order[k] = published ? (float)k : (float)dg_bond_orders[alphabet->bonds[k]];
}

static float weight_of(const dg_molecular *molecular, size_t n, const uint8_t *node_class) {
    float weight = 0;
    for (size_t i = 0; i < n; i++)
        weight += molecular->weight[node_class[i]];
    return weight;
}

double dg_heaviest(dg_molecular_kind kind, const dg_alphabet *alphabet,
                   const digress_graph_set *set) {
    dg_molecular molecular;
    double heaviest = 0;
    dg_molecular_of(kind, alphabet, 1, &molecular);
    for (size_t k = 0; k < digress_graph_set_count(set); k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        heaviest = fmax(heaviest, (double)weight_of(&molecular, graph.n, graph.node_class));
    }
    return heaviest;
}

void dg_molecular_compute(const dg_molecular *molecular, size_t n, const uint8_t *node_class,
                          const uint8_t *pair_class, size_t edge_classes, float *X, size_t X_stride,
                          float *y) {
    for (size_t i = 0; i < n; i++) {
        float valency = molecular->hydrogens[node_class[i]];
        for (size_t j = 0; j < n; j++)
            if (pair_class[i * n + j] < edge_classes)
                valency += molecular->order[pair_class[i * n + j]];
        X[i * X_stride] = molecular->valence[node_class[i]] - valency;
        X[i * X_stride + 1] = valency;
    }
    *y = weight_of(molecular, n, node_class);
}
