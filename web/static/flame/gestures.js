// Pointers on a FlameCanvas: hovering, choosing, double click to zoom, dragging and pinching, the wheel (with ctrl it
// zooms around the pointer). The page keeps its own scrolling wherever the picture has nothing to scroll.
const DRAG_PX = 4;
const WHEEL_MS = 700; // turns of the wheel that follow each other are one step back

export function listen(view) {
  const { canvas } = view;
  const pointers = new Map(); // id -> { x, y } of those that are down
  let dragged = false;
  let start = null; // what was shown when the pointers last changed
  let origin = null; // what was shown when the first came down, until it is left
  let turned = -Infinity; // when the wheel last zoomed
  let over = null; // where the pointer was last, until the next frame tells it
  let asked = 0;

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left - canvas.clientLeft, y: event.clientY - box.top - canvas.clientTop };
  };
  const tellHover = () => {
    asked = 0;
    if (!over) return;
    const node = view.hit(over.x, over.y);
    view.hover(node);
    view.onHover?.(node, { ...over, narrow: node < 0 ? view.narrowAt(over.x, over.y) : 0 });
  };
  const leave = () => {
    over = null;
    view.hover(-1);
    view.onHover?.(-1, { x: 0, y: 0, narrow: 0 });
  };
  const centre = () => {
    const all = [...pointers.values()];
    return {
      x: all.reduce((sum, p) => sum + p.x, 0) / all.length,
      y: all.reduce((sum, p) => sum + p.y, 0) / all.length,
      spread: all.length > 1 ? Math.hypot(all[0].x - all[1].x, all[0].y - all[1].y) : 0,
    };
  };
  const grip = () => {
    start = pointers.size ? { ...centre(), from: view.from, to: view.to, scroll: view.scroll } : null;
  };

  const down = (event) => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    if (pointers.size === 0) {
      dragged = false;
      origin = { node: view.zoomed, from: view.from, to: view.to, scroll: view.scroll };
    }
    pointers.set(event.pointerId, place(event));
    grip();
  };
  const drag = () => {
    const now = centre();
    if (!dragged && pointers.size < 2 && Math.hypot(now.x - start.x, now.y - start.y) < DRAG_PX) return;
    if (!dragged) {
      dragged = true;
      for (const id of pointers.keys()) canvas.setPointerCapture(id);
    }
    const size = start.to - start.from;
    const factor = start.spread > 0 && now.spread > 0 ? start.spread / now.spread : 1;
    const held = start.from + (start.x / view.width) * size; // what was under the fingers stays there
    const from = held - (now.x / view.width) * size * factor;
    view.zoomRange(from, from + size * factor, { remember: false });
    if (origin && (view.from !== origin.from || view.to !== origin.to)) {
      view.remember(origin);
      origin = null;
    }
    const shift = now.y - start.y;
    view.scrollTo(start.scroll + (view.mode.inverted ? -shift : shift));
  };
  const move = (event) => {
    if (pointers.has(event.pointerId)) {
      pointers.set(event.pointerId, place(event));
      drag();
      if (dragged) return;
    }
    if (event.pointerType === "touch") return;
    over = place(event);
    asked ||= requestAnimationFrame(tellHover);
  };
  const up = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    grip();
    if (event.type === "pointercancel" || dragged || pointers.size > 0) return;
    const { x, y } = place(event);
    const node = view.hit(x, y);
    if (event.pointerType === "touch" && node >= 0 && node === view.selected) {
      view.zoom(node);
      return;
    }
    view.select(node);
    view.onSelect?.(node);
  };
  const twice = (event) => {
    const { x, y } = place(event);
    const node = view.hit(x, y);
    if (node >= 0) view.zoom(node);
  };
  const wheel = (event) => {
    const unit = event.deltaMode === 1 ? view.rowHeight : event.deltaMode === 2 ? view.height : 1;
    if (event.ctrlKey) {
      event.preventDefault();
      const { x } = place(event);
      const size = view.to - view.from;
      const factor = Math.exp(Math.max(-1, Math.min(1, (event.deltaY * unit) / 240)));
      const held = view.from + (x / view.width) * size;
      const remember = event.timeStamp - turned > WHEEL_MS;
      turned = event.timeStamp;
      view.zoomRange(held - (x / view.width) * size * factor, held + (1 - x / view.width) * size * factor, { remember });
      return;
    }
    const delta = event.deltaY * unit;
    if (delta && view.scrollTo(view.scroll + (view.mode.inverted ? delta : -delta))) event.preventDefault();
  };

  const handlers = {
    pointerdown: down, pointermove: move, pointerup: up, pointercancel: up, pointerleave: leave, dblclick: twice, wheel,
  };
  for (const [type, handler] of Object.entries(handlers)) canvas.addEventListener(type, handler, { passive: false });
  return () => {
    cancelAnimationFrame(asked);
    for (const [type, handler] of Object.entries(handlers)) canvas.removeEventListener(type, handler);
  };
}
