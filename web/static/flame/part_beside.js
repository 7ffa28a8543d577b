// Part of a flame graph (index.js): another profile of the run, or another column, beside it.
import { button, el } from "./dom.js";
import { defaults, writeState } from "./state.js";
import { showable } from "./text.js";

// All flame graphs of the page.
export const mounted = [];
export const clockShort = { cpu: "CPU time", wall: "wall clock", off: "off the processor" };

export const Standing = (Base) =>
  class extends Base {
    // Whether this is the only graph of its place.
    mayStandBeside() {
      return !this.host.dataset.beside && this.host.parentElement.querySelectorAll("[data-flame]:not([data-beside])").length === 1;
    }

    besideChoices() {
      try {
        const list = JSON.parse(this.host.dataset.profiles || "[]");
        return list.filter((one) => typeof one.id === "string" && one.id !== this.host.dataset.profile && /^\/api\//.test(one.url));
      } catch {
        return [];
      }
    }

    besideItems(close) {
      const item = (words, w) =>
        button(words, "", () => {
          close();
          this.change({ w });
          this.openBeside(w);
        });
      const list = this.besideChoices().map((one) => item(`${one.name}, ${clockShort[one.clock] ?? "clock not known"}`, one.id));
      const { columns, column } = this.model.head;
      columns.forEach((one, index) => {
        if (index !== column) list.push(item(`this profile: ${showable(one.event)} (${showable(one.unit)})`, `:${index}`));
      });
      if (this.state.w) list.push(el("hr"), item("nothing beside it", ""));
      return list;
    }

    // w: "ID" of a profile of the run, or ":N", another column of this one.
    openBeside(w) {
      this.second?.remove();
      this.second = null;
      const place = this.host.parentElement;
      place.classList.toggle("flame-pair", Boolean(w));
      if (!w) return;
      const one = w.startsWith(":") ? { id: this.host.dataset.profile, url: this.address.pathname, name: this.host.dataset.name } : this.besideChoices().find((choice) => choice.id === w);
      if (!one) {
        place.classList.remove("flame-pair");
        return this.say("The profile that stood beside this one is not in this run any more.");
      }
      const host = el("div", { class: "flame-mount", "data-flame": one.url, "data-profile": one.id, "data-name": one.name, "data-project": this.project, "data-run": this.run, "data-prefix": `${this.prefix}b`, "data-beside": true, "data-write": this.mayWrite });
      if (w.startsWith(":")) host.dataset.column = w.slice(1);
      this.host.after(host);
      const flame = this.mount(host);
      this.second = {
        remove: () => {
          flame.unmount();
          host.remove();
        },
      };
    }

    unmount() {
      this.loading?.abort();
      this.resizer.disconnect();
      this.draw.destroy();
      this.sandwich.destroy();
      mounted.splice(mounted.indexOf(this), 1);
      writeState(this.prefix, defaults, false);
    }
  };
