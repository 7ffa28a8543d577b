// Files out of a drop, a folder or the clipboard. Folders are walked in breadth with bounds; what is left out is said.
const FILES_MAX = 300;
const DEPTH_MAX = 8;

const entries = (reader) => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
const fileOf = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));

// Names that no recorder writes evidence under.
const beside = (name) => name.startsWith(".") || name === "node_modules" || name === "__MACOSX";

async function children(folder) {
  const reader = folder.createReader();
  const found = [];
  // A reader answers in portions, the last one empty.
  for (let part = await entries(reader); part.length > 0; part = await entries(reader)) {
    found.push(...part);
    if (found.length > 20 * FILES_MAX) break;
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function walk(roots) {
  const files = [];
  const notes = [];
  const waiting = roots.map((entry) => ({ entry, depth: 0 }));
  while (waiting.length > 0) {
    const { entry, depth } = waiting.shift();
    if (files.length >= FILES_MAX) {
      notes.push(`more than ${FILES_MAX} files: the rest was left out`);
      break;
    }
    if (depth > 0 && beside(entry.name)) continue;
    try {
      if (entry.isFile) files.push({ file: await fileOf(entry), path: entry.fullPath.replace(/^\//, ""), folder: depth > 0 });
      else if (depth >= DEPTH_MAX) notes.push(`${entry.fullPath}: folders are opened ${DEPTH_MAX} deep`);
      else for (const child of await children(entry)) waiting.push({ entry: child, depth: depth + 1 });
    } catch {
      notes.push(`${entry.fullPath} could not be read`);
    }
  }
  return { files, notes };
}

let pasted = 0;

function textFile(text) {
  pasted += 1;
  return { file: new File([text], `pasted-${pasted}.txt`, { type: "text/plain" }), path: `pasted-${pasted}.txt`, folder: false };
}

// What a drop or the clipboard carries. Entries have to be taken before the first wait: afterwards the list is empty.
export async function filesOf(transfer, { text = true } = {}) {
  const items = [...(transfer?.items ?? [])];
  const roots = items.filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const plain = [...(transfer?.files ?? [])];
  const words = text ? (transfer?.getData("text/plain") ?? "") : "";
  if (roots.length > 0) {
    const found = await walk(roots);
    // Files made by a script have entries that cannot be opened.
    if (found.files.length > 0 || plain.length === 0) return found;
  }
  if (plain.length > 0) return { files: plain.map((file) => ({ file, path: file.name, folder: false })), notes: [] };
  if (words.trim() !== "") return { files: [textFile(words)], notes: [] };
  return { files: [], notes: [] };
}

// What an input holds; with a folder chosen every file names its way below it.
export function filesOfInput(input) {
  const files = [];
  const notes = [];
  for (const file of input.files) {
    const path = file.webkitRelativePath || file.name;
    if (path.split("/").slice(1).some(beside) || path.split("/").length > DEPTH_MAX + 1) continue;
    if (files.length >= FILES_MAX) {
      notes.push(`more than ${FILES_MAX} files: the rest was left out`);
      break;
    }
    files.push({ file, path, folder: path.includes("/") });
  }
  return { files, notes };
}

export const filesOfText = (text) => ({ files: [textFile(text)], notes: [] });

export const carriesFiles = (transfer) => [...(transfer?.types ?? [])].includes("Files");
