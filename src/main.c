#include "base/unwind.h"
#include "cli/cli.h"
#include "version.h"

int main(int argc, char **argv)
{
    unwind_handle_crashes("stet " STET_VERSION);
    return cli_run(argc, argv);
}
