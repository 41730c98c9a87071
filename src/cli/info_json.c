#include "cli/info_json.h"

#include "config/schema.h"

#include <math.h>
#include <string.h>

json_t *dg_info_number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *dg_info_count(size_t value) {
    return json_integer((json_int_t)value);
}

static json_t *list_of(size_t count, const double *numbers) {
    json_t *list = json_array();
    for (size_t k = 0; k < count; k++)
        dg_json_append(&list, json_real(numbers[k]));
    return list;
}

static json_t *value_of(const dg_config *config, const dg_key *key) {
    const void *place = (const char *)config + key->offset;
    const char *text = NULL;
    switch (key->type) {
    case DG_KEY_WHOLE:
        return json_integer((json_int_t) * (const uint64_t *)place);
    case DG_KEY_NUMBER:
        return json_real(*(const double *)place);
    case DG_KEY_BOOLEAN:
        return json_boolean(*(const bool *)place);
    case DG_KEY_NAME:
        text = dg_key_name_of(config, key);
        return strcmp(text, "null") == 0 ? json_null() : json_string(text);
    case DG_KEY_PAIR:
        return list_of(2, place);
    case DG_KEY_TRIPLE:
        return list_of(3, place);
    default:
        text = *(char *const *)place;
        return text ? dg_json_string(text) : json_null();
    }
}

json_t *dg_info_config_json(const dg_config *config) {
    json_t *object = json_object();
    for (const dg_key *key = dg_keys; key->name; key++)
        dg_json_put(&object, key->name, value_of(config, key));
    return object;
}

json_t *dg_info_classes_json(size_t count, const double *shares, const digress_graph_set *set,
                             const char *(*name)(const digress_graph_set *set, size_t index)) {
    json_t *list = json_array();
    for (size_t k = 0; k < count; k++) {
        json_t *entry = json_object();
        dg_json_put(&entry, "name", dg_json_string(name(set, k)));
        dg_json_put(&entry, "share", dg_info_number(shares[k]));
        dg_json_append(&list, entry);
    }
    return list;
}
