#include "features/molecular.h"

#include "chem/atom.h"
#include "core/status.h"

static digress_status read_atom(dg_molecular_kind kind, const digress_graph_set *classes, size_t k,
                                dg_molecular *out) {
    dg_atom atom;
    DG_TRY(dg_atom_parse(digress_graph_set_node_name(classes, k), &atom));
    const bool published = kind == DG_MOLECULAR_PUBLISHED;
    out->valence[k] = published ? (float)k : (float)atom.valence;
    out->weight[k] = (float)(published ? atom.published_weight : atom.weight);
    return DIGRESS_OK;
}

static digress_status read_bond(dg_molecular_kind kind, const digress_graph_set *classes, size_t k,
                                dg_molecular *out) {
    int bond = 0;
    DG_TRY(dg_bond_parse(digress_graph_set_edge_name(classes, k), &bond));
    out->order[k] = kind == DG_MOLECULAR_PUBLISHED ? (float)k : (float)dg_bond_orders[bond];
    return DIGRESS_OK;
}

digress_status dg_molecular_of(dg_molecular_kind kind, const digress_graph_set *classes,
                               double max_weight, dg_molecular *out) {
    *out = (dg_molecular){.kind = kind};
    const size_t atoms = digress_graph_set_node_classes(classes);
    for (size_t k = 0; k < atoms; k++) {
        DG_TRY(read_atom(kind, classes, k, out));
        out->weight[k] /= (float)max_weight;
    }
    for (size_t k = 0; k < digress_graph_set_edge_classes(classes); k++)
        DG_TRY(read_bond(kind, classes, k, out));
    return DIGRESS_OK;
}

static float weight_of(const dg_molecular *molecular, size_t n, const uint8_t *node_class) {
    float weight = 0;
    for (size_t i = 0; i < n; i++)
        weight += molecular->weight[node_class[i]];
    return weight;
}

digress_status dg_heaviest(dg_molecular_kind kind, const digress_graph_set *set, double *out) {
    dg_molecular molecular;
    DG_TRY(dg_molecular_of(kind, set, 1, &molecular));
    *out = 0;
    for (size_t k = 0; k < digress_graph_set_count(set); k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        double weight = (double)weight_of(&molecular, graph.n, graph.node_class);
        if (weight > *out) *out = weight;
    }
    return DIGRESS_OK;
}

void dg_molecular_compute(const dg_molecular *molecular, size_t n, const uint8_t *node_class,
                          const uint8_t *pair_class, size_t edge_classes, float *X, size_t X_stride,
                          float *y) {
    for (size_t i = 0; i < n; i++) {
        float valency = 0;
        for (size_t j = 0; j < n; j++)
            if (pair_class[i * n + j] < edge_classes)
                valency += molecular->order[pair_class[i * n + j]];
        X[i * X_stride] = molecular->valence[node_class[i]] - valency;
        X[i * X_stride + 1] = valency;
    }
    *y = weight_of(molecular, n, node_class);
}
