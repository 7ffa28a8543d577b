/* md_write.c - Markdown that code hosts render, with everything from files escaped. */
#include "report/md_write.h"

void md_text(struct sb *out, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        switch (c) {
        case '&':
            sb_adds(out, "&amp;");
            break;
        case '<':
            sb_adds(out, "&lt;");
            break;
        case '>':
            sb_adds(out, "&gt;");
            break;
        case '@': /* would notify somebody */
            sb_adds(out, "&#64;");
            break;
        case '#': /* would link an issue */
            sb_adds(out, "&#35;");
            break;
        case ':': /* would become a link or a picture of a face */
            sb_adds(out, i + 1 < text.len && text.ptr[i + 1] == '/' ? "&#58;" : ":");
            break;
        case '\\':
        case '`':
        case '*':
        case '_':
        case '{':
        case '}':
        case '[':
        case ']':
        case '|':
        case '!':
        case '~':
        case '$':
            sb_addc(out, '\\');
            sb_addc(out, c);
            break;
        default:
            sb_addc(out, c);
            break;
        }
    }
}

void md_z(struct sb *out, const char *text)
{
    sb_adds(out, text);
}

/* A fence that is longer than any run of ` inside. */
void md_code(struct sb *out, struct span text)
{
    size_t longest = 2;
    size_t run = 0;
    for (size_t i = 0; i < text.len; i++) {
        run = text.ptr[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    sb_fill(out, '`', longest + 1);
    md_z(out, "sh\n");
    sb_add(out, text);
    md_z(out, "\n");
    sb_fill(out, '`', longest + 1);
    md_z(out, "\n");
}
