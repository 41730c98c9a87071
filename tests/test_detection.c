/* Recognising the format of a file by its name or its bytes, compressed or not; SMILES, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/file.h"
#include "digress/graph.h"
#include "format_fixture.h"
#include "graph/io/format.h"
#include "scratch.h"
#include <zlib.h>

static void format_names(void **state) {
    (void)state;
    digress_format format;
    assert_int_equal(digress_format_parse("tu", &format), DIGRESS_OK);
    assert_int_equal(format, DIGRESS_FORMAT_TU);
    assert_int_equal(digress_format_parse("csv", &format), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "edgelist, graph6, graphml, tu, text"));
}

static size_t graphs_in(const char *path, digress_format format) {
    const digress_read_options options = {.format = format};
    digress_graph_set *set = NULL;
    if (digress_graph_set_read(path, &options, NULL, &set) != DIGRESS_OK) return 0;
    size_t count = digress_graph_set_count(set);
    digress_graph_set_free(set);
    return count;
}

/* Judged by their characters, lines of SMILES may be graph6. */
static void smiles_are_no_graph6(void **state) {
    const char *text = "CS\nCP\nCF\nCI\n";
    const char *path = scratch_file(state, "molecules.txt", text);
    assert_int_equal(graphs_in(path, DIGRESS_FORMAT_AUTO), 0);
    assert_non_null(strstr(digress_last_error(), "molecules: digress data import"));
    assert_int_equal(graphs_in(scratch_file(state, "a.txt", "CS\nCP\n"), DIGRESS_FORMAT_GRAPH6), 2);
    assert_int_equal(graphs_in(scratch_file(state, "a.g6", "CS\nCP\n"), DIGRESS_FORMAT_AUTO), 2);
    assert_int_equal(graphs_in(scratch_file(state, "b.txt", "CS\nCr\n"), DIGRESS_FORMAT_AUTO), 2);
    assert_int_equal(
        graphs_in(scratch_file(state, "c.txt", ">>graph6<<CS\nCP\n"), DIGRESS_FORMAT_AUTO), 2);
}

static void smiles_are_told_by_their_letters(void **state) {
    static const char *const smiles[] = {
        "C1CC1",          "[NH4+].[Cl-]", "c1cc[nH]c1",      "F/C=C/Br",
        "C%12CC%12 name", "*C(C)(C)O",    "CCO\nNone\nCN\n", "# a comment\n\nCC(=O)O\n"};
    static const char *const others[] = {"",
                                         "C1CC",
                                         "C(C",
                                         "CC)",
                                         "[]C",
                                         "(C)",
                                         "1CC1",
                                         "Xy",
                                         "N=3\nX:\n",
                                         "0 1\n",
                                         "<graphml>",
                                         "None\nNone\nCC\n",
                                         ">>graph6<<CC",
                                         "no graph",
                                         "C[",
                                         "C%1"};
    (void)state;
    for (size_t k = 0; k < sizeof smiles / sizeof *smiles; k++)
        if (!dg_is_smiles_text(smiles[k], strlen(smiles[k]))) fail_msg("%s", smiles[k]);
    for (size_t k = 0; k < sizeof others / sizeof *others; k++)
        if (dg_is_smiles_text(others[k], strlen(others[k]))) fail_msg("%s", others[k]);
}

/* A header of 0x33C bytes begins with '<', one of 0x330 with '0'. */
static void safetensors_are_told_whatever_their_length(void **state) {
    digress_graph_set *set = random_set(5, 3, 6, 2, 3);
    const char *path = scratch_path(state, "set.bin");
    char *bytes = NULL, padded[0x1000];
    size_t size = 0;
    assert_int_equal(digress_graph_set_write(set, path, DIGRESS_FORMAT_SAFETENSORS, true, NULL),
                     DIGRESS_OK);
    assert_int_equal(dg_file_read(path, &bytes, &size), DIGRESS_OK);
    const size_t header = (unsigned char)bytes[0] + 256 * (size_t)(unsigned char)bytes[1];
    for (size_t length = 0x330; length < 0x340; length++) {
        assert_true(header < length && 8 + length + size - header < sizeof padded);
        memset(padded, ' ', sizeof padded);
        memcpy(padded, bytes, 8 + header);
        padded[0] = (char)(length & 0xff);
        padded[1] = (char)(length >> 8);
        memcpy(padded + 8 + length, bytes + 8 + header, size - 8 - header);
        scratch_bytes(path, padded, size + length - header);
        if (graphs_in(path, DIGRESS_FORMAT_AUTO) != 3) fail_msg("%s", digress_last_error());
    }
    free(bytes);
    digress_graph_set_free(set);
}

static void write_gzip(const char *path, const char *text, const char *mode) {
    gzFile file = gzopen(path, mode);
    assert_non_null(file);
    assert_int_equal(gzwrite(file, text, (unsigned)strlen(text)), (int)strlen(text));
    assert_int_equal(gzclose(file), Z_OK);
}

static void compressed_files_are_read(void **state) {
    static const struct {
        const char *name, *text;
    } cases[] = {{"a.edges.gz", "0 1\n1 2\n"},
                 {"a.g6.gz", "DQc\n"},
                 {"b.txt.gz", "N=2\nX: \n0 0\nE: \n0 1\n1 0\n\n"},
                 {"a.graphml.gz", "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">"
                                  "<graph edgedefault=\"undirected\"><node id=\"a\"/></graph>"
                                  "</graphml>"}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const char *path = scratch_path(state, cases[k].name);
        write_gzip(path, cases[k].text, "wb");
        if (graphs_in(path, DIGRESS_FORMAT_AUTO) != 1) fail_msg("%s", digress_last_error());
    }
    const char *path = scratch_path(state, "a.g6.gz");
    write_gzip(path, "DQc\n@\n", "ab"); /* a second text behind the first */
    assert_int_equal(graphs_in(path, DIGRESS_FORMAT_AUTO), 3);
    assert_int_equal(truncate(path, 20), 0);
    assert_int_equal(graphs_in(path, DIGRESS_FORMAT_AUTO), 0);
    assert_non_null(
        strstr(digress_last_error(), "a.g6.gz: cannot read: the compressed file is cut"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(format_names),
        SCRATCH_TEST(smiles_are_no_graph6),
        cmocka_unit_test(smiles_are_told_by_their_letters),
        SCRATCH_TEST(safetensors_are_told_whatever_their_length),
        SCRATCH_TEST(compressed_files_are_read),
    };
    return cmocka_run_group_tests_name("detection", tests, NULL, NULL);
}
