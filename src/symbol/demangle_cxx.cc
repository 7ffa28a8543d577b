/* demangle_cxx.cc - the C++ runtime's own demangler. Nothing thrown leaves this file. */
extern "C" {
#include "symbol/demangle.h"
}

#include <cxxabi.h>

#include <cstdlib>

extern "C" bool demangle_cxx(const char *mangled, struct sb *out)
{
    try {
        int status = -1;
        char *text = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
        if (text == nullptr || status != 0) {
            std::free(text);
            return false;
        }
        sb_adds(out, text);
        std::free(text);
        return true;
    } catch (...) {
        return false;
    }
}
