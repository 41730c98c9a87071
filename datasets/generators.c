#include "datasets/generators.h"

#include "config/config.h"
#include "core/memory_limit.h"
#include "datasets/kinds.h"
#include <stdio.h>
#include <string.h>

const dg_generator dg_generators[] = {
    {DG_FAMILY_PLANAR, "Delaunay triangulation of 64 uniform points in the unit square",
     dg_generate_planar, NULL},
    {DG_FAMILY_SBM, "2-5 blocks of 20-40 nodes; an edge with p 0.3 inside a block, 0.005 between",
     dg_generate_sbm, NULL},
    {DG_FAMILY_COMMUNITY,
     "two communities G(k, 0.7), k 6-10; 0.05 n bridges expected, at least one",
     dg_generate_community, NULL},
    {DG_FAMILY_TREE, "uniform labelled tree of 64 nodes", dg_generate_tree, NULL},
    {DG_FAMILY_LOBSTER, "path, legs (p 0.7), claws on the legs (p 0.7); 10-100 nodes",
     dg_generate_lobster, NULL},
    {DG_FAMILY_GRID, "a x b grid, a and b 10-19", dg_generate_grid, NULL},
    {DG_FAMILY_ER, "Erdos-Renyi, 64 nodes, p 0.088 (the planar set's density)", dg_generate_er,
     NULL},
    {DG_FAMILY_MOLECULES,
     "5-9 atoms C, N, O, F that keep their valences; rings, double, triple bonds",
     dg_generate_molecule, dg_create_molecule_set},
    {0}};

const char *dg_generator_name(const dg_generator *generator) {
    return dg_config_choice_name("dataset.generate.kind", generator->family);
}

const dg_generator *dg_generator_of(dg_family family) {
    for (const dg_generator *generator = dg_generators; generator->about; generator++)
        if (generator->family == family) return generator;
    return NULL;
}

const dg_generator *dg_generator_find(const char *name) {
    for (const dg_generator *generator = dg_generators; generator->about; generator++)
        if (strcmp(dg_generator_name(generator), name) == 0) return generator;
    return NULL;
}

/* Whether there is memory for `count` graphs like those of the set so far. */
static digress_status check_memory(const dg_generator *generator, size_t count,
                                   const digress_graph_set *set) {
    char what[64];
    double bytes = 0, made = (double)digress_graph_set_count(set);
    for (size_t k = 0; k < digress_graph_set_count(set); k++) {
        const double n = (double)digress_graph_set_get(set, k).n;
        bytes += n + n * (n - 1) / 2;
    }
    snprintf(what, sizeof what, "%zu graphs of %s", count, dg_generator_name(generator));
    return dg_require_memory(what, bytes / made * (double)count);
}

digress_status dg_generate_more(const dg_generator *generator, uint64_t seed, size_t count,
                                const dg_watch *watch, digress_graph_set *set) {
    bool checked = false;
    if (count > UINT32_MAX)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: at most %u graphs can be made, not %zu",
                        dg_generator_name(generator), UINT32_MAX, count);
    for (size_t index; (index = digress_graph_set_count(set)) < count;) {
        DG_TRY(dg_watch_ask(watch));
        DG_TRY(generator->generate(seed, (uint32_t)index, set));
        if (!checked && index >= 63) DG_TRY(check_memory(generator, count, set));
        checked = index >= 63;
    }
    return DIGRESS_OK;
}

digress_status dg_generator_set(const dg_generator *generator, digress_graph_set **out) {
    return generator->create ? generator->create(out) : digress_graph_set_create(1, 2, out);
}

digress_status dg_generate(const dg_generator *generator, uint64_t seed, size_t count,
                           digress_graph_set **out) {
    digress_graph_set *set = NULL;
    DG_TRY(dg_generator_set(generator, &set));
    digress_status status = dg_generate_more(generator, seed, count, NULL, set);
    if (status != DIGRESS_OK) {
        digress_graph_set_free(set);
        return status;
    }
    *out = set;
    return DIGRESS_OK;
}
