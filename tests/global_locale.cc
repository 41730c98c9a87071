/* For test_locale.c: the locale of C++'s streams, which setlocale does not touch. */
#include <locale>
#include <stdexcept>

extern "C" bool set_global_locale(const char *name) {
    try {
        std::locale::global(std::locale(name));
        return true;
    } catch (const std::runtime_error &) {
        return false;
    }
}
