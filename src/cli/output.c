#include "cli/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "cli/cli.h"

struct report_text_options output_text_options(const char *path)
{
    const char *no_color = getenv("NO_COLOR");
    return (struct report_text_options){
        .colour = !path && isatty(STDOUT_FILENO) && (!no_color || no_color[0] == '\0'),
        .ascii = !cli_locale_is_utf8(),
    };
}

bool output_write(const char *path, struct span text, struct err *err)
{
    if (path)
        return fs_write(path, text, err);
    if (text.len > 0)
        (void)fwrite(text.ptr, 1, text.len, stdout);
    return true;
}
