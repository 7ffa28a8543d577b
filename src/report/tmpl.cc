/* tmpl.cc - the only C++ of the program. Nothing thrown leaves this file: C would not know what to do with it. */
extern "C" {
#include "report/tmpl.h"
#include "base/embed.h"
EMBED_DECLARE(embed_templates);
}

#include <ctemplate/template.h>
#include <ctemplate/template_dictionary.h>
#include <ctemplate/template_emitter.h>

#include <deque>
#include <mutex>
#include <string>

namespace
{

class sb_emitter : public ctemplate::ExpandEmitter
{
  public:
    explicit sb_emitter(struct sb *out) : out_(out)
    {
    }
    void Emit(char c) override
    {
        sb_addc(out_, c);
    }
    void Emit(const std::string &s) override
    {
        sb_add(out_, span_make(s.data(), s.size()));
    }
    void Emit(const char *s) override
    {
        sb_adds(out_, s);
    }
    void Emit(const char *s, size_t len) override
    {
        sb_add(out_, span_make(s, len));
    }

  private:
    struct sb *out_;
};

/* Blank lines alone are dropped: more would glue words together. */
const ctemplate::Strip STRIP = ctemplate::STRIP_BLANK_LINES;

void load_all()
{
    for (size_t i = 0; i < embed_templates_count; i++) {
        const struct embed_file *file = &embed_templates[i];
        (void)ctemplate::StringToTemplateCache(file->name, reinterpret_cast<const char *>(file->begin),
                                               embed_size(file), STRIP);
    }
}

} // namespace

/* The library wants its dictionaries by pointer; those of sections live and die with the root. */
struct tmpl {
    ctemplate::TemplateDictionary *dict = nullptr;
    ctemplate::TemplateDictionary *owned = nullptr;
    std::deque<tmpl> parts;
};

namespace
{

tmpl *part_of(tmpl *t, ctemplate::TemplateDictionary *dict)
{
    t->parts.emplace_back();
    t->parts.back().dict = dict;
    return &t->parts.back();
}

} // namespace

extern "C" {

struct tmpl *tmpl_new(void)
{
    try {
        auto *t = new tmpl;
        t->owned = t->dict = new ctemplate::TemplateDictionary("page");
        return t;
    } catch (...) {
        fatal_oom();
    }
}

void tmpl_free(struct tmpl *t)
{
    if (t == nullptr)
        return;
    delete t->owned;
    delete t;
}

void tmpl_freep(struct tmpl **t)
{
    tmpl_free(*t);
    *t = nullptr;
}

void tmpl_set(struct tmpl *t, const char *name, struct span value)
{
    try {
        t->dict->SetValue(name, ctemplate::TemplateString(value.ptr ? value.ptr : "", value.len));
    } catch (...) {
        fatal_oom();
    }
}

struct tmpl *tmpl_add(struct tmpl *t, const char *section)
{
    try {
        return part_of(t, t->dict->AddSectionDictionary(section));
    } catch (...) {
        fatal_oom();
    }
}

void tmpl_show(struct tmpl *t, const char *section)
{
    try {
        t->dict->ShowSection(section);
    } catch (...) {
        fatal_oom();
    }
}

struct tmpl *tmpl_include(struct tmpl *t, const char *marker, const char *file)
{
    try {
        ctemplate::TemplateDictionary *dict = t->dict->AddIncludeDictionary(marker);
        dict->SetFilename(file);
        return part_of(t, dict);
    } catch (...) {
        fatal_oom();
    }
}

bool tmpl_render(const char *file, struct tmpl *t, struct sb *out, struct err *err)
{
    static std::once_flag loaded;
    try {
        std::call_once(loaded, load_all);
        sb_emitter emitter(out);
        if (ctemplate::ExpandTemplate(file, STRIP, t->dict, &emitter))
            return true;
    } catch (...) {
        return err_set(err, ERR_VALUE, "template %s cannot be filled", file);
    }
    return err_set(err, ERR_VALUE, "template %s is missing or broken", file);
}

} /* extern "C" */
