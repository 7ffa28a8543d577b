// What can be taken away from a flame graph: pictures drawn here, files made by the service, and the embedded speedscope.
import { button, el, saveBlob } from "./dom.js";

// state of the picture -> a file name that any system takes.
function fileName(head, ending) {
  const name = String(head.name || "profile").replace(/\.[A-Za-z0-9]{1,8}$/, "").replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 80) || "profile";
  return `${name}.${ending}`;
}

// What of an upload is shown, so that a file holds the same: "?column=1&artefact=2".
export function shownQuery({ column, artefact, artefacts, columns }) {
  const query = new URLSearchParams();
  if (columns?.length > 1) query.set("column", column);
  if (artefacts?.length > 1) query.set("artefact", artefact);
  return query.size > 0 ? `?${query}` : "";
}

// profile: address of its API, "" where the picture is of two.
export function exportList({ canvas, head, profile, say }) {
  return (close) => {
    const item = (words, title, action) =>
      button(words, title, async () => {
        close();
        try {
          await action();
        } catch (error) {
          say(`The export did not work: ${error.message}`);
        }
      });
    const items = [
      item("PNG, this picture", "as it stands on the screen", async () => saveBlob(await canvas.png(), fileName(head, "png"))),
      item("SVG, this picture", "as it stands on the screen", async () => saveBlob(new Blob([await canvas.svg()], { type: "image/svg+xml" }), fileName(head, "svg"))),
    ];
    if (profile) {
      const file = (words, path, ending) => el("a", { href: `${profile}/${path}${shownQuery(head)}`, download: fileName(head, ending), onclick: close }, words);
      items.push(
        el("hr"),
        file("pprof, whole profile", "pprof", "pb.gz"),
        file("folded stacks", "folded", "folded"),
        file("speedscope file", "speedscope.json", "speedscope.json"),
        el("hr"),
        el("a", { href: speedscopeUrl(profile, head), target: "_blank", rel: "noopener", onclick: close }, "open in speedscope"),
      );
    }
    return items;
  };
}

export function speedscopeUrl(profile, head) {
  return `/speedscope/index.html#profileURL=${encodeURIComponent(`${profile}/speedscope.json${shownQuery(head)}`)}&title=${encodeURIComponent(head.name || "profile")}`;
}
